"""The parity report for the person who signs: per artifact and runtime the verdict, its limits, every sample."""

from collections.abc import Sequence

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.parity_results import PictureSet
from mobileswap.contracts.verdict import Bound, Limits, Metrics, ParityReport, SampleVerdict
from mobileswap.reports.caveats import UNTRAINED, verdict_of
from mobileswap.reports.display_names import artifact_label, framework_name, runtime_name
from mobileswap.reports.figures import NOTHING, decibels, distance, interval, short_hash
from mobileswap.reports.table import Column, Table, markdown

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
    Column("RMSE", figures=True),
    Column("SNR dB", figures=True),
    Column("cosine", figures=True),
    Column("SSIM", figures=True),
    Column("worst tile dB", figures=True),
    Column("at"),
    Column("border dB", figures=True),
    Column("pixels changed %", figures=True),
    Column("by levels: mean, most", figures=True),
    Column("PyTorch range"),
    Column("range found"),
    Column("Detail"),
)
LIMIT_COLUMNS = (
    Column("Limit"),
    Column("hard", figures=True),
    Column("expected", figures=True),
    Column("default hard", figures=True),
    Column("default expected", figures=True),
)
LIMIT_WORDS = {
    "psnr_db": "PSNR dB, at least",
    "max_abs": "max abs on a data range of 2, at most",
    "cosine": "cosine, at least",
    "snr_db": "SNR dB, at least",
    "ssim": "SSIM, at least",
    "tile_psnr_db": "worst tile's PSNR dB, at least",
    "border_psnr_db": "border's PSNR dB, at least",
    "changed_share": "share of pixels with another level, at most",
}


def parity_table(artifacts: Sequence[Artifact]) -> Table:
    """One row per artifact and runtime; an artifact that was never checked has a row that says so."""
    rows = [row for artifact in artifacts for row in _summary_rows(artifact)]
    notes = (
        "Each file was run from disk and compared with the untouched PyTorch model; the worst output decides.",
        "A runtime marked (reference executor) is mobileswap's own program in place of the vendor's.",
        *dict.fromkeys(note for artifact in artifacts for report in artifact.parity for note in _changes(report)),
    )
    return Table("Parity with PyTorch", _SUMMARY, tuple(rows), notes)


def _changes(report: ParityReport) -> list[str]:
    """What the user changed of the judgement, in words."""
    changed = [
        f"{metric} {_ends(used)} (default {_ends(default)})"
        for metric, used, default in _bounds(report)
        if used != default
    ]
    notes = [f"Limits {report.limits.name} were changed, hard / expected: {', '.join(changed)}."] if changed else []
    if report.waiver:
        notes.append(f"Waived, {report.waiver.name} not checked: {report.waiver.reason}")
    return notes


def _bounds(report: ParityReport) -> list[tuple[str, Bound, Bound]]:
    """Every limit's name, as it was used, and its default."""

    def of(limits: Limits, metric: str) -> Bound:
        bound: Bound = getattr(limits, metric)
        return bound

    return [(metric, of(report.limits, metric), of(report.default_limits, metric)) for metric in LIMIT_WORDS]


def _ends(bound: Bound) -> str:
    return f"{bound.hard:g} / {bound.expected:g}"


def parity_markdown(artifacts: Sequence[Artifact], pictures: Sequence[Sequence[PictureSet]] = ()) -> str:
    """The whole report: the verdict, the table above, then every artifact with every sample.

    Args:
        artifacts: with their reports.
        pictures: of each artifact, with paths relative to where the text will lie; none where there are none.
    """
    failed = [artifact_label(artifact) for artifact in artifacts if not artifact.accepted]
    waived = [artifact_label(artifact) for artifact in artifacts if artifact.accepted and not artifact.verified]
    if not artifacts:
        verdict = "**NOT PROVEN**: there is no artifact."
    elif failed:
        verdict = f"**NOT PROVEN**: {', '.join(failed)}."
    elif waived:
        verdict = f"**WAIVED**: not all was checked of {', '.join(waived)}; who answers for it gives the reason below."
    else:
        verdict = f"**PASS**: all {len(artifacts)} artifacts compute what PyTorch computes, within their limits."
    parts = ["# Parity report", verdict, markdown(parity_table(artifacts)).rstrip()]
    drawn = pictures or [()] * len(artifacts)
    parts += [
        section
        for artifact, sets in zip(artifacts, drawn, strict=True)
        for section in (*_sections(artifact), *(_gallery(artifact, sets) if sets else ()))
    ]
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
        _ends(report.limits.psnr_db),
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


def _gallery(artifact: Artifact, sets: Sequence[PictureSet]) -> list[str]:
    columns = tuple(Column(name) for name in ("Sample", "Runtime", "PyTorch", "artifact", "difference × 32"))
    rows = tuple(
        (
            f"{one.sample}, {one.output}",
            one.runtime,
            *(f"![]({path})" for path in (one.reference, one.artifact, one.difference)),
        )
        for one in sets
    )
    return [markdown(Table(f"Pictures of {artifact_label(artifact)}", columns, rows), level=3).rstrip()]


def _report(report: ParityReport) -> str:
    facts = (
        f"Golden file SHA-256 `{short_hash(report.golden_sha256)}…`. Took {report.seconds:.1f} s, of which the passes "
        f"{report.passes_seconds:.1f} s."
    )
    lines = [f"### {runtime_name(report)}: {verdict_of(report)}", report.sentence, facts]
    if report.waiver:
        lines.append(f"**Waived**: {report.waiver.reason}")
    lines.append(markdown(_limits_table(report), level=4).rstrip())
    if not report.samples:
        return "\n\n".join((*lines, "No sample was compared."))
    rows = tuple(_sample_row(sample) for sample in report.samples)
    return "\n\n".join((*lines, markdown(Table("Samples", _SAMPLES, rows), level=4).rstrip()))


def _limits_table(report: ParityReport) -> Table:
    rows = tuple(
        (LIMIT_WORDS[metric], *(f"{end:g}" for bound in (used, default) for end in (bound.hard, bound.expected)))
        for metric, used, default in _bounds(report)
    )
    return Table(f"Limits {report.limits.name}", LIMIT_COLUMNS, rows)


def _sample_row(sample: SampleVerdict) -> tuple[str, ...]:
    head = (sample.sample, sample.output, sample.outcome.value)
    metrics = sample.metrics
    if metrics is None:
        return (*head, *[NOTHING] * (len(_SAMPLES) - len(head) - 1), sample.detail)
    return (
        *head,
        decibels(metrics.psnr_db),
        distance(metrics.max_abs),
        ", ".join(str(index) for index in metrics.max_abs_at),
        distance(metrics.mean_abs),
        distance(metrics.rmse),
        decibels(metrics.snr_db),
        f"{metrics.cosine:.6f}",
        *_picture_cells(metrics),
        interval(metrics.reference_range),
        interval(metrics.candidate_range),
        sample.detail,
    )


def _picture_cells(metrics: Metrics) -> tuple[str, ...]:
    picture = metrics.picture
    if picture is None:
        return (NOTHING,) * 6
    return (
        NOTHING if picture.ssim is None else f"{picture.ssim:.6f}",
        decibels(picture.tile_psnr_db),
        ", ".join(str(index) for index in picture.tile_at),
        decibels(picture.border_psnr_db),
        f"{100 * picture.changed_share:.2f}",
        f"{picture.changed_mean:.2f}, {picture.changed_most}",
    )
