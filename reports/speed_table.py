"""The speed table: the paper's table 3 above, our runs below, each row with its source."""

from mobileswap.contracts.bench_result import BenchResult, BenchRun, Doubt, Summary
from mobileswap.reports.caveats import marks_of_run, timed
from mobileswap.reports.display_names import backend_name, hardware_name, passes_name, work_name
from mobileswap.reports.figures import MB_NOTE, NOTHING, megabytes, milliseconds
from mobileswap.reports.papers import CITATION, SPEED, SPEED_MODEL, PaperSpeed
from mobileswap.reports.table import Column, Table

_COLUMNS = (
    Column("Source"),
    Column("Platform"),
    Column("OS", detail=True),
    Column("Framework"),
    Column("Hardware"),
    Column("Network", detail=True),
    Column("mean ms", figures=True),
    Column("median ms (95 %)", figures=True),
    Column("p90 ms", figures=True, detail=True),
    Column("p99 ms", figures=True),
    Column("min ms", figures=True, detail=True),
    Column("CV %", figures=True, detail=True),
    Column("drift %", figures=True, detail=True),
    Column("GFLOP/s", figures=True),
    Column("of peak %", figures=True, detail=True),
    Column("load ms", figures=True, detail=True),
    Column("first ms", figures=True, detail=True),
    Column("peak MB", figures=True),
    Column("size MB", figures=True, detail=True),
    Column("Note"),
)
_FIGURES = sum(column.figures for column in _COLUMNS)


def speed_table(result: BenchResult) -> Table:
    """The paper's rows, then every run of the result in its order.

    A run that gave no figures shows the name of its outcome in their place, and why in the note.
    """
    rows = [_paper_row(row) for row in SPEED]
    rows += [_measured_row(run, result) for run in result.runs]
    return Table("Speed of one forward pass", _COLUMNS, tuple(rows), _notes(result))


def _paper_row(row: PaperSpeed) -> tuple[str, ...]:
    return (
        row.source,
        row.platform,
        row.os,
        row.framework,
        row.hardware,
        SPEED_MODEL,
        f"{row.mean_ms:.1f}",  # as printed
        *[NOTHING] * (_FIGURES - 1),
        "",
    )


def _measured_row(run: BenchRun, result: BenchResult) -> tuple[str, ...]:
    environment = result.environment
    return (
        f"measured {result.created[:10]}",
        environment.cpu,
        environment.os,
        backend_name(run),
        hardware_name(run),
        work_name(run),
        *_figures(run, result),
        _note(run),
    )


def _figures(run: BenchRun, result: BenchResult) -> tuple[str, ...]:
    if not timed(run) or run.summary is None:
        name = run.outcome.value if not run.outcome.passed else "NO SAMPLES"
        return (name, *[NOTHING] * (_FIGURES - 1))
    summary, share = run.summary, result.share_of_peak(run)
    return (
        milliseconds(summary.mean_ms),
        median_cell(summary),
        *(milliseconds(span) for span in (summary.p90_ms, summary.p99_ms, summary.min_ms)),
        f"{summary.cv * 100:.1f}",
        f"{summary.drift * 100:+.1f}".replace("-", "−"),
        f"{run.gflops_per_s:.1f}" if run.gflops_per_s else NOTHING,
        f"{share * 100:.0f}" if share else NOTHING,
        # a vendor's program shows neither its load time nor its memory
        milliseconds(run.load_ms) if run.load_ms else NOTHING,
        milliseconds(run.first_pass_ms),
        megabytes(run.peak_memory_bytes) if run.peak_memory_bytes else NOTHING,
        megabytes(run.size_bytes),
    )


def median_cell(summary: Summary) -> str:
    """The median with its 95 % interval: 196.50 (195.10–198.00)."""
    low, high = summary.median_interval_ms
    return f"{milliseconds(summary.median_ms)} ({milliseconds(low)}–{milliseconds(high)})"


def _note(run: BenchRun) -> str:
    parts = [*marks_of_run(run)]
    if timed(run):
        parts.append(passes_name(run))
        parts += [f"{flag.doubt.value}: {flag.detail}" for flag in run.flags if flag.doubt is not Doubt.UNVERIFIED]
    else:
        parts.append(run.detail or "no reason given")
    return "; ".join(parts)


def _notes(result: BenchResult) -> tuple[str, ...]:
    environment = result.environment
    return (
        f"{CITATION} Mean of 100 forward passes, the face net's pass not counted, precision not stated.",
        "Measured rows: one process per backend, inputs ready, no timed pass dropped; load and first pass stand apart.",
        f"Measured on {environment.cores} cores, load average {environment.load_average:.2f} before the first pass.",
        *(["The backends took turns in random blocks of passes."] if result.interleaved else []),
        "GFLOP/s: the untouched network's work over the median; convolutions and matrix products, 2 per multiply-add.",
        *(
            f"Peak of {peak.device} in {peak.dtype}, threads {peak.threads}: {peak.gflops_per_s:.0f} GFLOP/s, measured "
            "with matrix products in the same run."
            for peak in result.peaks
        ),
        "The paper's hardware is not ours: its rows and the measured ones do not compare as equals.",
        f"peak MB is the process's highest resident memory. {MB_NOTE}",
    )
