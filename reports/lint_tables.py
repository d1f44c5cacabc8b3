"""The lint for the Neural Engine as tables: what it comes to, what was found, and every operation."""

from collections.abc import Iterator
from dataclasses import dataclass

from mobileswap.contracts.lint_report import (
    Basis,
    ChipSummary,
    Finding,
    LintReport,
    OperationVerdict,
    Share,
    Verdict,
    worst,
)
from mobileswap.reports.figures import NOTHING, count
from mobileswap.reports.table import Column, Table, markdown

_SUMMARY = (
    Column("On"),
    *(Column(verdict.value, figures=True) for verdict in Verdict),
    Column("Switches", figures=True),
)
_FOUND = (
    Column("Verdict"),
    Column("Rule"),
    Column("Operation"),
    Column("Count", figures=True),
    Column("GFLOP", figures=True, detail=True),
    Column("Chips", detail=True),
    Column("Why"),
    Column("Source", detail=True),
    Column("Confidence", detail=True),
)
_OPERATIONS = (
    Column("#", figures=True),
    Column("Operation"),
    Column("Type"),
    Column("Shape"),
    Column("MFLOP", figures=True),
    Column("Verdict"),
    Column("Verdict is"),
    Column("Rules"),
    Column("Why"),
    Column("On the device"),
)
_PREDICTED = "Predictions from the file and from what the sources say of such operations; nothing here was measured."


@dataclass(frozen=True)
class _Group:
    """Operations of one type of which one rule says the same, on the same chips."""

    finding: Finding
    type: str
    operations: list[OperationVerdict]


def lint_tables(report: LintReport) -> tuple[Table, Table]:
    """For the terminal: the summary, and what was found, the worst first."""
    return summary_table(report), findings_table(report)


def summary_table(report: LintReport) -> Table:
    """One row per chip, or the one of the device whose plan decides."""
    title = f"{report.artifact} on the Neural Engine: {_decided_by(report)}"
    notes = (
        "Each verdict: operations, and in brackets their share of all operations / of the counted FLOPs, in %.",
        "Switches between the Neural Engine and another unit, in the file's order; up to, if all at risk falls off.",
        *_basis_notes(report),
        *([f"FLOPs are not counted of {', '.join(report.not_counted)}."] if report.not_counted else []),
        report.tier_note,
    )
    return Table(title, _SUMMARY, tuple(_summary_row(summary) for summary in report.summaries), notes)


def findings_table(report: LintReport) -> Table:
    """What is not ok, by rule and type of operation; and what concerns the whole file."""
    groups = sorted(_groups(report), key=lambda group: -group.finding.verdict.severity)
    rows = [_found_row("the whole file", None, None, finding) for finding in report.program]
    rows += [_found_row(group.type, len(group.operations), _work(group.operations), group.finding) for group in groups]
    notes = ("Of several operations the reason of the first is shown.", *report.sources) if rows else ("Nothing.",)
    return Table("What the rules found", _FOUND, tuple(rows), notes)


def operations_table(report: LintReport) -> Table:
    """Every operation of the file, in its order."""
    rows = (_operation_row(number, op) for number, op in enumerate(report.operations, 1))
    return Table("Every operation", _OPERATIONS, tuple(rows))


def lint_markdown(report: LintReport) -> str:
    """All of it, for a file."""
    judged = _worst_of(report)
    parts = [
        f"# {report.artifact} on the Neural Engine",
        f"Worst verdict: **{judged.value}**, {_decided_by(report)}. Package SHA-256 `{report.artifact_sha256}`.",
        markdown(summary_table(report)).rstrip(),
        markdown(findings_table(report)).rstrip(),
        "## What is not judged\n\n" + "\n".join(f"- {reason}" for reason in report.not_judged),
        markdown(operations_table(report)).rstrip(),
    ]
    return "\n\n".join(parts) + "\n"


def _worst_of(report: LintReport) -> Verdict:
    return worst(op.verdict for op in report.operations if not op.border)


def _decided_by(report: LintReport) -> str:
    return f"{Basis.MEASURED.value} ({report.plan_device})" if report.plan_device else Basis.PREDICTION.value


def _basis_notes(report: LintReport) -> Iterator[str]:
    if not report.plan_device:
        yield _PREDICTED
        return
    inside = [op for op in report.operations if not op.border]
    absent = sum(op.plan is None for op in inside)
    overruled = sum(op.overruled for op in inside)
    yield f"Where an operation runs is measured on {report.plan_device}; slow and numeric risk remain predictions."
    yield f"The plan overrules the prediction for {overruled} of {len(inside)} operations."
    if absent:
        yield f"The plan does not speak of {absent} of them: their verdicts are predictions."


def _summary_row(summary: ChipSummary) -> tuple[str, ...]:
    switches = str(summary.switches)
    if summary.most_switches != summary.switches:
        switches += f", up to {summary.most_switches}"
    return (summary.of, *(_share(share) for share in summary.shares), switches)


def _share(share: Share) -> str:
    return f"{share.operations} ({share.operations_percent:.1f} / {share.flops_percent:.1f})"


def _groups(report: LintReport) -> list[_Group]:
    groups: dict[tuple[str, Verdict, str, tuple[str, ...]], _Group] = {}
    for op in report.operations:
        for finding in op.findings:
            if finding.verdict is not Verdict.OK:
                key = (finding.rule, finding.verdict, op.type, finding.tiers)
                groups.setdefault(key, _Group(finding, op.type, [])).operations.append(op)
    return list(groups.values())


def _found_row(what: str, number: int | None, work: int | None, finding: Finding) -> tuple[str, ...]:
    return (
        finding.verdict.value,
        finding.rule,
        what,
        NOTHING if number is None else count(number),
        NOTHING if work is None else f"{work / 1e9:.3f}",
        ", ".join(finding.tiers),
        finding.reason,
        finding.source,
        finding.confidence,
    )


def _work(operations: list[OperationVerdict]) -> int | None:
    counted = [op.flops for op in operations if op.flops is not None]
    return sum(counted) if counted else None


def _operation_row(number: int, op: OperationVerdict) -> tuple[str, ...]:
    said = [finding for finding in op.findings if finding.verdict is worst(one.verdict for one in op.findings)]
    return (
        str(number),
        op.name,
        op.type,
        "×".join("?" if size < 0 else str(size) for size in op.shape) or "scalar",
        NOTHING if op.flops is None else f"{op.flops / 1e6:.2f}",
        "border" if op.border else op.verdict.value,
        op.basis.value,
        ", ".join(dict.fromkeys(finding.rule for finding in op.findings)),
        "; ".join(dict.fromkeys(finding.reason for finding in said)),
        op.plan.preferred if op.plan else NOTHING,
    )
