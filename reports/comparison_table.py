"""The table of `bench compare`."""

from mobileswap.contracts.speed_comparison import Comparison, Difference, SpeedFinding
from mobileswap.reports.figures import milliseconds
from mobileswap.reports.table import Column, Table

_COLUMNS = (
    Column("Kind"),
    Column("Base", detail=True),
    Column("New", detail=True),
    Column("base median ms", figures=True),
    Column("new median ms", figures=True),
    Column("ratio", figures=True),
    Column("95 % interval", figures=True),
    Column("p", figures=True),
    Column("Finding"),
    Column("Doubts"),
)


def comparison_table(comparison: Comparison) -> Table:
    """A row for each pair; what has no partner stands in the notes."""
    rows = tuple(_row(one) for one in comparison.differences)
    title = "New against base" if comparison.new == comparison.base else f"{comparison.new} against {comparison.base}"
    return Table(title, _COLUMNS, rows, _notes(comparison))


def _row(one: Difference) -> tuple[str, ...]:
    low, high = one.interval
    return (
        one.name,
        one.base,
        one.new,
        milliseconds(one.base_median_ms),
        milliseconds(one.new_median_ms),
        f"{one.ratio:.3f}",
        f"{low:.3f}–{high:.3f}",
        f"{one.p_value:.2g}",
        one.finding.value
        if one.finding is SpeedFinding.NOT_SHOWN
        else f"{one.finding.value} by {abs(one.ratio - 1):.1%}",
        "; ".join(one.doubts),
    )


def _notes(comparison: Comparison) -> tuple[str, ...]:
    times = (
        "Both were timed by turns in one run."
        if comparison.together
        else "They were timed at different times: what changed on the machine in between looks like a difference."
    )
    return (
        "ratio: median of the new over that of the base, above 1 is slower; its interval is a bootstrap over blocks.",
        "p: Mann–Whitney on the medians of the blocks; of those that took turns, on all passes, rounds as clusters.",
        times,
        *([f"On different machines: {' and '.join(comparison.machines)}."] if len({*comparison.machines}) > 1 else []),
        *(
            f"{one.name}: {min(one.blocks)} blocks of passes are too few to show anything; time more of them"
            for one in comparison.differences
            if one.too_short
        ),
        *(f"not compared: {words}" for words in comparison.alone),
    )
