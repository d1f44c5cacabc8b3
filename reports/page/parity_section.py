"""Parity: every output compared as a dot beside its limits, the table, and behind it every figure of every sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mobileswap.contracts.verdict import PSNR_CEILING_DB, Metrics, ParityReport
from mobileswap.reports.caveats import verdict_of
from mobileswap.reports.display_names import artifact_label, framework_name, runtime_name
from mobileswap.reports.figures import NOTHING, decibels, distance, interval
from mobileswap.reports.page.axis import Axis
from mobileswap.reports.page.cell import Cell, Grid, JsonSpot, Row
from mobileswap.reports.page.faces_section import tone
from mobileswap.reports.page.run_folder import Run, Subject
from mobileswap.reports.parity_tables import LIMIT_COLUMNS, LIMIT_WORDS, worst_of
from mobileswap.reports.table import Column

_STEP_DB = 10
_SUMMARY = (
    Column("Artifact"),
    Column("Runtime"),
    Column("Verdict"),
    Column("worst PSNR dB", figures=True),
    Column("hard dB", figures=True),
    Column("expected dB", figures=True),
    Column("worst max abs", figures=True),
    Column("hard max abs", figures=True),
    Column("outputs compared", figures=True),
    Column("Worst sample, output"),
)
_SAMPLES = (
    Column("Sample"),
    Column("Output"),
    Column("Verdict"),
    Column("PSNR dB", figures=True),
    Column("max abs", figures=True),
    Column("mean abs", figures=True),
    Column("RMSE", figures=True),
    Column("SNR dB", figures=True),
    Column("cosine", figures=True),
    Column("SSIM", figures=True),
    Column("worst tile dB", figures=True),
    Column("border dB", figures=True),
    Column("pixels changed %", figures=True),
    Column("by at most, levels", figures=True),
    Column("PyTorch range", figures=True),
    Column("range found", figures=True),
    Column("Detail"),
)


@dataclass(frozen=True)
class OutputDot:
    """An output of a sample on the axis."""

    place: float
    words: str
    tone: str
    worst: bool


@dataclass(frozen=True)
class Strip:
    """A runtime's outputs of one artifact, and where its limits lie."""

    title: str
    subtitle: str
    verdict: str
    tone: str
    worst: Cell
    dots: tuple[OutputDot, ...]
    hard: float
    expected: float
    words: str


@dataclass(frozen=True)
class Detail:
    """All that one runtime found of one artifact."""

    title: str
    verdict: str
    tone: str
    sentence: str
    facts: tuple[tuple[str, Cell], ...]
    rewrites: tuple[str, ...]
    limits: Grid
    samples: Grid


@dataclass(frozen=True)
class Parity:
    """The section; without strips where nothing was compared."""

    strips: tuple[Strip, ...]
    ticks: tuple[tuple[float, str], ...]
    summary: Grid
    details: tuple[Detail, ...]


def parity(run: Run) -> Parity:
    """Everything that parity says, artifact by artifact and runtime by runtime."""
    pairs = [(subject, i) for subject in run.subjects for i in range(len(subject.checked.reports))]
    axis = _axis([subject.checked.reports[i] for subject, i in pairs])
    rows = [row for subject in run.subjects for row in _rows(subject)]
    notes = (
        "Each file was run from disk and compared with the untouched PyTorch model; the worst output decides.",
        "A reference executor is mobileswap's own program in place of the vendor's.",
    )
    return Parity(
        tuple(_strip(subject, i, axis) for subject, i in pairs),
        tuple(axis.ticks(8)),
        Grid("Every artifact in every runtime that has a say", _SUMMARY, tuple(rows), notes),
        tuple(_detail(subject, i) for subject, i in pairs),
    )


def _axis(reports: list[ParityReport]) -> Axis:
    """From below the lowest limit or value to above the highest value that is not "equal"."""
    values = [one.metrics.psnr_db for report in reports for one in report.samples if one.metrics]
    values = [value for value in values if value < PSNR_CEILING_DB]
    ends = [end for report in reports for end in (report.limits.psnr_db.hard, report.limits.psnr_db.expected)]
    everything = [*values, *ends] or [0.0, 100.0]
    low, high = (round(end / _STEP_DB) * _STEP_DB for end in (min(everything) - 8, max(everything) + 8))
    return Axis(low, high)


def _strip(subject: Subject, i: int, axis: Axis) -> Strip:
    report = subject.checked.reports[i]
    bound = report.limits.psnr_db
    dots = [
        OutputDot(
            axis.place(one.metrics.psnr_db),
            f"{one.sample}, {one.output}: {decibels(one.metrics.psnr_db)} dB, {one.outcome.value}",
            tone(one.outcome.value),
            worst=j == report.worst,
        )
        for j, one in enumerate(report.samples)
        if one.metrics
    ]
    worst = worst_of(report)
    lowest = decibels(worst.metrics.psnr_db) if worst and worst.metrics else NOTHING
    return Strip(
        _short(subject),
        f"in {_executor(report)}",
        verdict_of(report),
        tone(verdict_of(report)),
        _worst(subject.reports, i, report, "psnr_db", decibels),
        tuple(dots),
        axis.place(bound.hard),
        axis.place(bound.expected),
        f"{len(dots)} outputs, the worst at {lowest} dB; hard limit {bound.hard:g}, expected {bound.expected:g}",
    )


def _short(subject: Subject) -> str:
    """``CoreML generator-fp16``: the family is the same for all, and is left out where it is known."""
    family = f"{subject.artifact.family}-" if subject.artifact else ""
    return f"{framework_name(subject.checked.format)} {subject.checked.name.removeprefix(family)}"


def _executor(report: ParityReport) -> str:
    return f"{report.runtime}{', reference executor' if report.reference_executor else ''}"


def _rows(subject: Subject) -> list[Row]:
    name = Cell(_short(subject))
    if not subject.checked.reports:
        return [Row((name, Cell(NOTHING), Cell("NOT_CHECKED", tone="fail"), *[Cell(NOTHING)] * (len(_SUMMARY) - 3)))]
    rows = []
    for i, report in enumerate(subject.checked.reports):
        worst = worst_of(report)
        at = subject.reports
        rows.append(
            Row(
                (
                    name,
                    Cell(_executor(report), title=runtime_name(report)),
                    Cell(verdict_of(report), tone=tone(verdict_of(report))),
                    _worst(at, i, report, "psnr_db", decibels),
                    at.cell(f"[{i}].limits.psnr_db.hard", "{:g}".format),
                    at.cell(f"[{i}].limits.psnr_db.expected", "{:g}".format),
                    _worst(at, i, report, "max_abs", distance),
                    at.cell(f"[{i}].limits.max_abs.hard", "{:g}".format),
                    at.at(f"[{i}].samples").length(),
                    Cell(f"{worst.sample}, {worst.output}" if worst else NOTHING),
                ),
                "measured",
            )
        )
    return rows


def _worst(at: JsonSpot, i: int, report: ParityReport, metric: str, show: Callable[[Any], str]) -> Cell:
    worst = worst_of(report)
    if worst is None or worst.metrics is None:
        return Cell(NOTHING)
    return at.cell(f"[{i}].samples[{report.worst}].metrics.{metric}", show)


def _detail(subject: Subject, i: int) -> Detail:
    report, at = subject.checked.reports[i], subject.reports.at(f"[{i}]")
    artifact = subject.artifact
    rewrites = [
        f"{one.name} in {one.places} places, moved the outputs by at most {distance(one.max_abs_float64)} in float64"
        for one in (artifact.rewrites if artifact else ())
    ]
    facts = [
        ("artifact", Cell(artifact_label(subject.checked))),
        ("runtime", Cell(runtime_name(report))),
        ("golden file, SHA-256", at.cell("golden_sha256")),
        ("check took, s", at.cell("seconds", "{:.1f}".format)),
        ("of which passes, s", at.cell("passes_seconds", "{:.1f}".format)),
    ]
    samples = tuple(_sample(report, at, j) for j in range(len(report.samples)))
    return Detail(
        f"{_short(subject)} in {_executor(report)}",
        verdict_of(report),
        tone(verdict_of(report)),
        report.sentence,
        tuple(facts),
        tuple(rewrites),
        _limits(report, at),
        Grid("Every output of every sample", _SAMPLES, samples),
    )


def _limits(report: ParityReport, at: JsonSpot) -> Grid:
    def ends(metric: str) -> list[Cell]:
        changed = getattr(report.limits, metric) != getattr(report.default_limits, metric)
        return [
            at.cell(f"{limits}.{metric}.{end}", "{:g}".format, tone="warn" if changed and limits == "limits" else "")
            for limits in ("limits", "default_limits")
            for end in ("hard", "expected")
        ]

    rows = tuple(Row((Cell(words), *ends(metric))) for metric, words in LIMIT_WORDS.items())
    return Grid(f"Limits {report.limits.name}", LIMIT_COLUMNS, rows)


def _sample(report: ParityReport, at: JsonSpot, j: int) -> Row:
    one = report.samples[j]
    head = (Cell(one.sample), Cell(one.output), Cell(one.outcome.value, tone=tone(one.outcome.value)))
    if one.metrics is None:
        return Row((*head, *[Cell(NOTHING)] * (len(_SAMPLES) - len(head) - 1), Cell(one.detail)))
    spot = at.at(f"samples[{j}].metrics")
    return Row(
        (
            *head,
            spot.cell("psnr_db", decibels),
            spot.cell("max_abs", distance),
            spot.cell("mean_abs", distance),
            spot.cell("rmse", distance),
            spot.cell("snr_db", decibels),
            spot.cell("cosine", "{:.6f}".format),
            *_picture(spot, one.metrics),
            spot.cell("reference_range", interval),
            spot.cell("candidate_range", interval),
            Cell(one.detail),
        ),
        "measured",
    )


def _picture(spot: JsonSpot, metrics: Metrics) -> tuple[Cell, ...]:
    if metrics.picture is None:
        return (Cell(NOTHING),) * 5
    return (
        spot.cell("picture.ssim", "{:.6f}".format),
        spot.cell("picture.tile_psnr_db", decibels),
        spot.cell("picture.border_psnr_db", decibels),
        spot.cell("picture.changed_share", "{:.2f}".format, scale=100),
        spot.cell("picture.changed_most"),
    )
