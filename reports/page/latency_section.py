"""Latency as it was measured: every pass a dot, the median with its interval; the paper's means beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mobileswap.contracts.bench_result import BenchResult, BenchRun, Scenario
from mobileswap.reports.caveats import marks_of_run, timed
from mobileswap.reports.display_names import backend_name
from mobileswap.reports.figures import MB_NOTE, NOTHING, megabytes, milliseconds
from mobileswap.reports.page.axis import Axis, around, density
from mobileswap.reports.page.cell import Cell, Grid, JsonSpot, Row
from mobileswap.reports.page.run_folder import Run
from mobileswap.reports.papers import CITATION, SPEED, SPEED_MODEL, PaperSpeed
from mobileswap.reports.table import Column

_COLUMNS = (
    Column("Backend"),
    Column("Artifact"),
    Column("Machine"),
    Column("mean ms", figures=True),
    Column("median ms", figures=True),
    Column("95 % interval ms", figures=True),
    Column("p90 ms", figures=True),
    Column("p99 ms", figures=True),
    Column("min ms", figures=True),
    Column("CV %", figures=True),
    Column("passes", figures=True),
    Column("peak MB", figures=True),
    Column("Note"),
)


@dataclass(frozen=True)
class PassDot:
    """A pass: percent along the axis, and percent of all passes that came before it."""

    place: float
    when: float


@dataclass(frozen=True)
class Spread:
    """The passes of one run on one axis; all in percent of its length."""

    ticks: tuple[tuple[float, str], ...]
    dots: tuple[PassDot, ...]
    outline: str
    median: float
    interval: tuple[float, float]
    mean: float
    p99: float


@dataclass(frozen=True)
class LatencyLine:
    """A row of the overview: one of our runs, or a row of the paper's with its mean alone."""

    title: str
    subtitle: str
    origin: str
    figure: Cell
    spread: Spread | None
    mean: float
    words: str


@dataclass(frozen=True)
class Panel:
    """One run enlarged, with all its figures; ``spread`` is None where nothing was timed, and ``failure`` says why."""

    title: str
    subtitle: str
    failure: str
    marks: tuple[str, ...]
    flags: tuple[tuple[str, str], ...]
    spread: Spread | None
    figures: tuple[tuple[str, Cell], ...]
    words: str


@dataclass(frozen=True)
class Latency:
    """The section; without panels where nothing was timed. ``scenario`` says what one pass is."""

    lines: tuple[LatencyLine, ...]
    ticks: tuple[tuple[float, str], ...]
    panels: tuple[Panel, ...]
    grid: Grid
    interleaved: bool


def latency(run: Run) -> Latency:
    """Our runs in the order of bench.json, then the paper's table 3 as printed."""
    bench = run.bench
    spots = [run.timings.at(f"runs[{i}]") for i in range(len(bench.runs))] if bench else []
    tops = [max(spot.value.samples_ms) for spot in spots if timed(spot.value)]
    axis = Axis(0.0, 1.04 * max([*tops, *(row.mean_ms for row in SPEED)]))
    lines = [_line(spot, axis) for spot in spots if timed(spot.value)] + [_paper_line(row, axis) for row in SPEED]
    rows = [_row(spot, bench) for spot in spots if bench] + [_paper_row(row) for row in SPEED]
    notes = (
        f"{CITATION} Mean of 100 forward passes, the face net's pass not counted, precision not stated.",
        "The paper's hardware is not ours: its rows and the measured ones do not compare as equals.",
        "Measured rows: one process per backend, inputs ready, no timed pass dropped; load and first pass stand apart.",
        f"peak MB is the process's highest resident memory. {MB_NOTE}",
    )
    return Latency(
        tuple(lines),
        tuple(axis.ticks(8)),
        tuple(_panel(spot, bench) for spot in spots if bench),
        Grid("Speed, beside the paper's table 3", _COLUMNS, tuple(rows), notes),
        bench.interleaved if bench else False,
    )


def _spread(run: BenchRun, axis: Axis, ticks: int) -> Spread | None:
    if run.summary is None:
        return None
    last = max(len(run.samples_ms) - 1, 1)
    low, high = run.summary.median_interval_ms
    return Spread(
        tuple(axis.ticks(ticks)),
        tuple(PassDot(axis.place(sample), round(100 * i / last, 1)) for i, sample in enumerate(run.samples_ms)),
        density(run.samples_ms, axis),
        axis.place(run.summary.median_ms),
        (axis.place(low), axis.place(high)),
        axis.place(run.summary.mean_ms),
        axis.place(run.summary.p99_ms),
    )


def _subtitle(run: BenchRun) -> str:
    scenario = ", one frame of a swap" if run.scenario is Scenario.SWAP else ""
    return f"{run.artifact}{scenario}, {_where(run)}"


def _where(run: BenchRun) -> str:
    threads = f"{run.threads} thread{'' if run.threads == 1 else 's'}"
    return ", ".join((run.ran_on or run.device, threads, *run.settings))


def _words(run: BenchRun) -> str:
    if run.summary is None:
        return ""
    low, high = (milliseconds(end) for end in run.summary.median_interval_ms)
    return (
        f"{len(run.samples_ms)} passes of {backend_name(run)}: median {milliseconds(run.summary.median_ms)} ms, "
        f"95 % interval {low} to {high} ms"
    )


def _line(spot: JsonSpot, axis: Axis) -> LatencyLine:
    run: BenchRun = spot.value
    mean = axis.place(run.summary.mean_ms) if run.summary else 0.0
    return LatencyLine(
        backend_name(run),
        _subtitle(run),
        "measured",
        spot.cell("summary.median_ms", milliseconds),
        _spread(run, axis, 8),
        mean,
        _words(run),
    )


def _paper_line(row: PaperSpeed, axis: Axis) -> LatencyLine:
    title, subtitle = f"{row.framework}, {row.platform}", f"{row.hardware}; {row.source}"
    words = f"{row.source}: mean {row.mean_ms:.1f} ms, {row.framework} on {row.platform}, {row.hardware}"
    return LatencyLine(
        title, subtitle, "paper", Cell(f"{row.mean_ms:.1f}", title=row.source), None, axis.place(row.mean_ms), words
    )


def _panel(spot: JsonSpot, bench: BenchResult) -> Panel:
    run: BenchRun = spot.value
    there = timed(run)
    return Panel(
        backend_name(run),
        _subtitle(run),
        "" if there else f"{_failure(run)}: {run.detail or 'no reason given'}",
        marks_of_run(run),
        tuple((flag.doubt.value, flag.detail) for flag in run.flags),
        _spread(run, around(run.samples_ms), 5) if there else None,
        tuple(_figures(spot, bench)) if there else (),
        _words(run),
    )


def _failure(run: BenchRun) -> str:
    return "NO SAMPLES" if run.outcome.passed else run.outcome.value


def _figures(spot: JsonSpot, bench: BenchResult) -> list[tuple[str, Cell]]:
    run: BenchRun = spot.value
    figures = [
        ("median ms", spot.cell("summary.median_ms", milliseconds)),
        ("its 95 % interval", spot.cell("summary.median_interval_ms", _span)),
        ("mean ms", spot.cell("summary.mean_ms", milliseconds)),
        ("p90 ms", spot.cell("summary.p90_ms", milliseconds)),
        ("p99 ms", spot.cell("summary.p99_ms", milliseconds)),
        ("min ms", spot.cell("summary.min_ms", milliseconds)),
        ("CV %", spot.cell("summary.cv", _percent)),
        ("drift %", spot.cell("summary.drift", _signed)),
        ("passes", spot.at("samples_ms").length()),
        ("warm-up passes", spot.cell("warmup")),
        ("load ms", _unless_zero(spot, "load_ms", milliseconds)),
        ("first pass ms", _unless_zero(spot, "first_pass_ms", milliseconds)),
        ("peak MB", _unless_zero(spot, "peak_memory_bytes", megabytes)),
    ]
    if run.embedding_ms:
        figures.append(("embedding, once, ms", spot.cell("embedding_ms", milliseconds)))
    if run.scenario is Scenario.SWAP and run.summary:
        rate = 1e3 / run.summary.median_ms
        figures.append(("frames per s", spot.derived(f"{rate:.1f}", "1000 / summary.median_ms", order=rate)))
    if run.gflops_per_s:
        text = f"{run.gflops_per_s:.1f}"
        figures.append(("GFLOP/s", spot.derived(text, "flops / summary.median_ms", order=run.gflops_per_s)))
        if share := bench.share_of_peak(run):
            figures.append(("of the peak %", spot.derived(f"{100 * share:.0f}", "GFLOP/s over peaks[*]", order=share)))
    return figures


def _row(spot: JsonSpot, bench: BenchResult) -> Row:
    run: BenchRun = spot.value
    head = (Cell(backend_name(run)), Cell(run.artifact), Cell(f"{bench.environment.cpu}, {_where(run)}"))
    notes = [*marks_of_run(run), *(f"{flag.doubt.value}: {flag.detail}" for flag in run.flags)]
    if not timed(run):
        empty = [Cell(NOTHING)] * (len(_COLUMNS) - len(head) - 2)
        note = Cell("; ".join([*notes, run.detail or "no reason given"]))
        return Row((*head, Cell(_failure(run), tone="fail"), *empty, note), "measured")
    return Row(
        (
            *head,
            spot.cell("summary.mean_ms", milliseconds),
            spot.cell("summary.median_ms", milliseconds),
            spot.cell("summary.median_interval_ms", _span),
            spot.cell("summary.p90_ms", milliseconds),
            spot.cell("summary.p99_ms", milliseconds),
            spot.cell("summary.min_ms", milliseconds),
            spot.cell("summary.cv", _percent),
            spot.at("samples_ms").length(),
            _unless_zero(spot, "peak_memory_bytes", megabytes),
            Cell("; ".join(notes)),
        ),
        "measured",
    )


def _paper_row(row: PaperSpeed) -> Row:
    machine = f"{row.platform}, {row.os}, {row.hardware}"
    mean = Cell(f"{row.mean_ms:.1f}", title=row.source, order=row.mean_ms)
    head = (Cell(row.framework), Cell(SPEED_MODEL), Cell(machine), mean)
    return Row((*head, *[Cell(NOTHING)] * (len(_COLUMNS) - len(head) - 1), Cell(row.source)), "paper")


def _unless_zero(spot: JsonSpot, field: str, show: Callable[[Any], str]) -> Cell:
    """A vendor's program shows neither its load time nor its memory, which is 0 in the JSON."""
    return spot.cell(field, show) if spot.at(field).value else Cell(NOTHING)


def _span(ends: tuple[float, float]) -> str:
    return " … ".join(milliseconds(end) for end in ends)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _signed(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")
