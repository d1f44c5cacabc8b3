"""Results over time: a table, and a plot of the medians with their intervals."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from mobileswap.contracts.bench_result import BenchResult, BenchRun
from mobileswap.reports.caveats import timed
from mobileswap.reports.figures import milliseconds
from mobileswap.reports.speed_table import median_cell
from mobileswap.reports.table import Column, Table

_COLUMNS = (
    Column("When (UTC)"),
    Column("Commit"),
    Column("Run"),
    Column("median ms (95 %)", figures=True),
    Column("p99 ms", figures=True),
    Column("passes", figures=True),
    Column("CPU", detail=True),
    Column("Doubts"),
)


def history_table(results: Sequence[BenchResult]) -> Table:
    """A row for each run, the oldest first; one without figures shows the name of its outcome."""
    rows = tuple(
        (
            result.created[:16].replace("T", " "),
            _commit(result),
            _kind(run),
            median_cell(run.summary) if timed(run) and run.summary else run.outcome.value,
            milliseconds(run.summary.p99_ms) if timed(run) and run.summary else "–",
            str(len(run.samples_ms)),
            result.environment.cpu,
            ", ".join(flag.doubt.value for flag in run.flags),
        )
        for result in results
        for run in result.runs
    )
    return Table("Benchmarks over time", _COLUMNS, rows)


def plot_history(results: Sequence[BenchResult], path: Path) -> None:
    """Write a PNG: a line for each kind of run, a point for each result, with its median's 95 % interval.

    Args:
        results: in the order of time; they stand side by side, named by date and commit.
        path: of the picture.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines: dict[str, list[tuple[int, BenchRun]]] = defaultdict(list)
    for i, result in enumerate(results):
        for run in result.runs:
            if timed(run):
                lines[f"{_kind(run)}, {result.environment.cpu}"].append((i, run))
    figure = Figure(figsize=(max(6.0, 0.5 * len(results) + 3), 5.0), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for name, points in lines.items():
        summaries = [run.summary for _, run in points if run.summary]
        axes.errorbar(
            [i for i, _ in points],
            [summary.median_ms for summary in summaries],
            yerr=[
                [summary.median_ms - summary.median_interval_ms[0] for summary in summaries],
                [summary.median_interval_ms[1] - summary.median_ms for summary in summaries],
            ],
            marker="o",
            capsize=3,
            label=name,
        )
    axes.set_xticks(range(len(results)), [_tick(result) for result in results], rotation=60, ha="right")
    axes.set_ylim(bottom=0)
    axes.set_ylabel("median of a pass, ms, with its 95 % interval")
    axes.grid(visible=True, axis="y", alpha=0.3)
    if lines:
        axes.legend(fontsize="small")
    figure.savefig(path, format="png", dpi=150)


def _kind(run: BenchRun) -> str:
    words = [run.backend, run.component, run.precision, *run.settings, f"{run.threads}t"]
    return " ".join(words if run.scenario == "forward" else [*words, run.scenario.value])


def _commit(result: BenchResult) -> str:
    commit, _, dirty = result.environment.commit.partition("-")
    return f"{commit[:8]}{'+' if dirty else ''}" or "–"


def _tick(result: BenchResult) -> str:
    when = datetime.fromisoformat(result.created)
    return f"{when:%Y-%m-%d %H:%M}\n{_commit(result)}"
