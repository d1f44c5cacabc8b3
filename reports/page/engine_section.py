"""The Neural Engine: what the lint predicts of every package, chip by chip, and by whose word."""

from __future__ import annotations

from dataclasses import dataclass

from mobileswap.contracts.lint_report import Basis, ChipSummary, LintReport, Verdict
from mobileswap.reports.lint_tables import findings_table, summary_table
from mobileswap.reports.page.cell import Cell, Grid, JsonSpot, linked
from mobileswap.reports.page.run_folder import Run

_HOW = "counted from operations[*]"


@dataclass(frozen=True)
class Part:
    """A verdict's share of the operations, as (from, length) in percent."""

    verdict: str
    tone: str
    start: float
    length: float
    words: str


@dataclass(frozen=True)
class ChipBar:
    """One chip's bar: all operations by verdict, and how many leave the engine or may."""

    name: str
    parts: tuple[Part, ...]
    ok: Cell
    leaves: Cell
    words: str


@dataclass(frozen=True)
class LintedPackage:
    """A package under the rules; ``measured`` where a device's own plan decided."""

    name: str
    measured: str
    chips: tuple[ChipBar, ...]
    summary: Grid
    findings: Grid
    not_judged: tuple[str, ...]


def engine(run: Run) -> tuple[LintedPackage, ...]:
    """Every package that was linted, in the order of the artifacts."""
    return tuple(_package(report, place) for report, place in run.lints)


def _package(report: LintReport, place: JsonSpot) -> LintedPackage:
    return LintedPackage(
        report.artifact,
        report.plan_device if any(one.basis is Basis.MEASURED for one in report.summaries) else "",
        tuple(_chip(one, place.at(f"summaries[{i}]")) for i, one in enumerate(report.summaries)),
        linked(summary_table(report), place, _HOW),
        linked(findings_table(report), place, _HOW),
        report.not_judged,
    )


def _chip(summary: ChipSummary, spot: JsonSpot) -> ChipBar:
    parts, start = [], 0.0
    for share in summary.shares:
        if share.operations:
            words = f"{share.verdict.value}: {share.operations} operations, {share.operations_percent:.1f} %"
            tone = share.verdict.value.replace(" ", "-")
            parts.append(Part(share.verdict.value, tone, round(start, 2), round(share.operations_percent, 2), words))
        start += share.operations_percent
    ok = next(i for i, share in enumerate(summary.shares) if share.verdict is Verdict.OK)
    leaving = summary.operations(Verdict.FALLS_OFF, Verdict.AT_RISK)
    return ChipBar(
        summary.of,
        tuple(parts),
        spot.cell(f"shares[{ok}].operations_percent", "{:.1f}".format),
        spot.derived(str(leaving), "shares: operations that fall off or are at risk", order=leaving),
        f"{summary.of}: {'; '.join(part.words for part in parts) or 'no operations'}",
    )
