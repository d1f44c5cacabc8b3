"""Ranges under fp16 as tables: what comes close to its ends, the worst first."""

from mobileswap.contracts.range_report import (
    ACCUMULATOR,
    CLOSE,
    LARGEST,
    SMALLEST_NORMAL,
    RangesReport,
    Severity,
    TensorRange,
)
from mobileswap.reports.figures import distance, interval
from mobileswap.reports.table import Column, Table

_COLUMNS = (
    Column("Severity"),
    Column("Module"),
    Column("Type"),
    Column("Tensor", detail=True),
    Column("Range"),
    Column("Largest", figures=True),
    Column("of 65504 %", figures=True, detail=True),
    Column("Smallest", figures=True, detail=True),
    Column("below normal %", figures=True),
    Column("Sample", detail=True),
)


def ranges_table(report: RangesReport) -> Table:
    """What is not ok, the worst first; where all is, the tensor that comes closest, below the table."""
    return Table(
        f"{report.artifact} under fp16: {len(report.listed)} of {len(report.tensors)} tensors to look at",
        _COLUMNS,
        tuple(_row(one) for one in report.listed),
        (*_extremes(report), *_legend(report)),
    )


def _row(one: TensorRange) -> tuple[str, ...]:
    severity = one.severity.value
    if one.not_finite:
        severity += f" ({one.not_finite} values are not finite in float32 already)"
    return (
        severity,
        one.place,
        one.type,
        one.tensor,
        interval((one.lowest, one.highest)),
        f"{one.largest:.4g}",
        f"{100 * one.largest / LARGEST:.3g}",
        distance(one.smallest),
        f"{100 * one.below_share:.1f}",
        one.sample,
    )


def _extremes(report: RangesReport) -> tuple[str, ...]:
    if not report.tensors:
        return ("No float tensor was seen.",)
    largest = max(report.tensors, key=lambda one: one.largest)
    faint = max(report.tensors, key=lambda one: one.below_share)
    return (
        (
            f"Largest value {largest.largest:.4g}, {100 * largest.largest / LARGEST:.3g} % of fp16's largest: "
            f"{largest.place} ({largest.type}), sample {largest.sample}."
        ),
        f"Most values below fp16's normal numbers, {100 * faint.below_share:.1f} %: {faint.place} ({faint.type}).",
    )


def _legend(report: RangesReport) -> tuple[str, ...]:
    return (
        (
            f"Computed in float32 by {report.runtime} on {len(report.samples)} samples. Listed from a factor of "
            f"{CLOSE:g} below {LARGEST:g}, fp16's largest; sums of products from that far below {ACCUMULATOR:g}, where "
            "chips of the M1's tier saturate (as their users report; nothing here was measured on one)."
        ),
        (
            f"{Severity.FADES.value.capitalize()}: more than half of the values that are not zero are below "
            f"{SMALLEST_NORMAL:.3e}, where fp16 loses digits."
        ),
    )
