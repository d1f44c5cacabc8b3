"""The parity report for the person who signs: per artifact and runtime the verdict, its limits, every sample."""

from collections.abc import Sequence

from contracts.artifact import Artifact
from contracts.verdict import ParityReport, SampleVerdict
from reports.figures import NOTHING, decibels, distance, interval, short_hash
from reports.marks import UNTRAINED, verdict_of
from reports.names import artifact_label, framework_name, runtime_name
from reports.table import Column, Table, markdown

_SUMMARY = (
    Column("Artifact"),
    Column("Runtime"),
    Column("Verdict"),
    Column("worst PSNR dB", figures=True),
    Column("hard / expected dB", figures=True, detail=True),
    Column("worst max abs", figures=True),
    Column("outputs compared", figures=True, detail=True),
    Column("Worst sample", detail=True),
)
_SAMPLES = (
    Column("Sample"),
    Column("Output"),
    Column("Verdict"),
    Column("PSNR dB", figures=True),
    Column("max abs", figures=True),
    Column("at"),
    Column("mean abs", figures=True),
    Column("cosine", figures=True),
    Column("PyTorch range"),
    Column("range found"),
    Column("Detail"),
)


def parity_table(artifacts: Sequence[Artifact]) -> Table:
    """One row per artifact and runtime; an artifact that was never checked has a row that says so."""
    rows = [row for artifact in artifacts for row in _summary_rows(artifact)]
    notes = (
        "Each file was run from disk and compared with the untouched PyTorch model; the worst output decides.",
        "A runtime marked (reference executor) is mobileswap's own program in place of the vendor's.",
    )
    return Table("Parity with PyTorch", _SUMMARY, tuple(rows), notes)


def parity_markdown(artifacts: Sequence[Artifact]) -> str:
    """The whole report: the verdict, the table above, then every artifact with every sample."""
    failed = [artifact_label(artifact) for artifact in artifacts if not artifact.verified]
    if not artifacts:
        verdict = "**NOT PROVEN**: there is no artifact."
    elif failed:
        verdict = f"**NOT PROVEN**: {', '.join(failed)}."
    else:
        verdict = f"**PASS**: all {len(artifacts)} artifacts compute what PyTorch computes, within their limits."
    parts = ["# Parity report", verdict, markdown(parity_table(artifacts)).rstrip()]
    parts += [section for artifact in artifacts for section in _sections(artifact)]
    return "\n\n".join(parts) + "\n"


def worst_of(report: ParityReport) -> SampleVerdict | None:
    """The output of the sample that decided, where there is one."""
    if report.worst is None or not 0 <= report.worst < len(report.samples):
        return None
    return report.samples[report.worst]


def _summary_rows(artifact: Artifact) -> list[tuple[str, ...]]:
    if not artifact.parity:
        return [(artifact_label(artifact), NOTHING, "NOT_CHECKED", *[NOTHING] * 5)]
    return [_summary_row(artifact, report) for report in artifact.parity]


def _summary_row(artifact: Artifact, report: ParityReport) -> tuple[str, ...]:
    worst = worst_of(report)
    metrics = worst.metrics if worst else None
    return (
        artifact_label(artifact),
        runtime_name(report),
        verdict_of(report),
        decibels(metrics.psnr_db) if metrics else NOTHING,
        f"{report.limits.psnr_hard_db:g} / {report.limits.psnr_expected_db:g}",
        distance(metrics.max_abs) if metrics else NOTHING,
        str(len(report.samples)),
        f"{worst.sample}, {worst.output}" if worst else NOTHING,
    )


def _sections(artifact: Artifact) -> list[str]:
    border = {"image": "pictures", "tensor": "tensors"}.get(artifact.io, artifact.io)
    untrained = "" if artifact.weights.trained else f", **{UNTRAINED}**"
    facts = [
        f"- {framework_name(artifact.format)} {artifact.precision}, {border} in and out, SHA-256 `{artifact.sha256}`",
        f"- weights: {artifact.weights.name}, SHA-256 `{short_hash(artifact.weights.sha256)}…`{untrained}",
    ]
    for rewrite in artifact.rewrites:
        moved = f"moved the outputs by at most {distance(rewrite.max_abs_float64)} in float64"
        facts.append(f"- rewrite {rewrite.name}: {rewrite.places} places, {moved}")
    parts = [f"## {artifact_label(artifact)}", "\n".join(facts)]
    if not artifact.parity:
        parts.append("**NOT_CHECKED**: no runtime has executed this file.")
    return parts + [_report(report) for report in artifact.parity]


def _report(report: ParityReport) -> str:
    limits = report.limits
    held_to = (
        f"Limits `{limits.name}`: PSNR at least {limits.psnr_hard_db:g} dB ({limits.psnr_expected_db:g} dB expected), "
        f"max abs at most {limits.max_abs:g} on a data range of 2, cosine at least {limits.cosine:g}. "
        f"Golden file SHA-256 `{short_hash(report.golden_sha256)}…`. Took {report.seconds:.1f} s."
    )
    lines = (f"### {runtime_name(report)}: {verdict_of(report)}", report.sentence, held_to)
    if not report.samples:
        return "\n\n".join((*lines, "No sample was compared."))
    rows = tuple(_sample_row(sample) for sample in report.samples)
    return "\n\n".join((*lines, markdown(Table("Samples", _SAMPLES, rows), level=4).rstrip()))


def _sample_row(sample: SampleVerdict) -> tuple[str, ...]:
    head = (sample.sample, sample.output, sample.outcome.value)
    metrics = sample.metrics
    if metrics is None:
        return (*head, *[NOTHING] * 7, sample.detail)
    return (
        *head,
        decibels(metrics.psnr_db),
        distance(metrics.max_abs),
        ", ".join(str(index) for index in metrics.max_abs_at),
        distance(metrics.mean_abs),
        f"{metrics.cosine:.6f}",
        interval(metrics.reference_range),
        interval(metrics.candidate_range),
        sample.detail,
    )
