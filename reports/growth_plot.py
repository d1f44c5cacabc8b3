"""The error of every tensor over the order of execution, as a picture for screen and print."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mobileswap.contracts.growth_report import GrowthReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NAMED = 8  # steps that carry a number and their module's path
_ROUNDING = 2.0**-11  # the most that one rounding to fp16 can be off, relative to the value
_INK, _ACCENT, _GREY, _SHADE = "#1f3a5f", "#c0392b", "#6b7280", "#eef1f5"


def draw_growth(report: GrowthReport, stem: Path) -> tuple[Path, Path]:
    """Write ``<stem>.svg`` and ``<stem>.png``, and return both paths."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    # A fixed salt and no date: the same figures give the same bytes
    with rc_context({"svg.hashsalt": "mobileswap", "font.size": 9}):
        figure = Figure(figsize=(11, 5.2), layout="constrained")
        axes = figure.add_subplot()
        _parts(axes, report)
        _curve(axes, report)
        _named(axes, report)
        svg, png = (stem.with_name(f"{stem.name}.{kind}") for kind in ("svg", "png"))
        figure.savefig(svg, metadata={"Date": None})
        figure.savefig(png, dpi=160)
    return svg, png


def _parts(axes: Axes, report: GrowthReport) -> None:
    """Shade every other part of the network, and name those that are wide enough for it."""
    end = 0.5
    parts = groupby(one.place.partition(":")[0].partition(".")[0] for one in report.tensors)
    for number, (name, members) in enumerate(parts):
        start, end = end, end + sum(1 for _ in members)
        if number % 2:
            axes.axvspan(start, end, color=_SHADE, zorder=0, linewidth=0)
        if end - start > len(report.tensors) / 12:
            axes.text(
                (start + end) / 2, 1.01, name, transform=axes.get_xaxis_transform(), ha="center", color=_GREY, size=8
            )


def _curve(axes: Axes, report: GrowthReport) -> None:
    order = np.arange(1, len(report.tensors) + 1)
    errors = np.array([np.nan if one.relative_rmse is None else one.relative_rmse for one in report.tensors])
    lost = np.isnan(errors)
    errors[errors == 0] = np.nan  # an exact tensor has no logarithm
    axes.plot(order, errors, color=_INK, linewidth=1.1, marker=".", markersize=3, label="error of the tensor")
    axes.axhline(_ROUNDING, color=_GREY, linewidth=0.8, linestyle=(0, (4, 3)), label="one rounding to fp16, at most")
    if lost.any():
        top = np.full(np.count_nonzero(lost), 0.97)
        above = axes.get_xaxis_transform()
        axes.plot(order[lost], top, "x", color=_ACCENT, markersize=4, transform=above, label="not finite in fp16")
    axes.set_yscale("log")
    known = errors[~np.isnan(errors)]
    low, high = (known.min(), known.max()) if known.size else (_ROUNDING, _ROUNDING)
    axes.set_ylim(min(low, _ROUNDING) / 2, max(high, _ROUNDING) * 3)  # room for the numbers
    axes.set_xlim(0.5, len(report.tensors) + 0.5)
    axes.set_xlabel("operation, in the order of execution")
    axes.set_ylabel("relative RMSE, fp16 against fp32 arithmetic")
    snr = axes.twinx()
    snr.set_ylim(*(-20 * np.log10(end) for end in axes.get_ylim()))
    snr.set_ylabel("SNR, dB")
    axes.grid(axis="y", color=_GREY, alpha=0.25, linewidth=0.5)
    axes.set_title(f"How the fp16 error grows in {report.artifact}", loc="left", pad=18, weight="bold")
    axes.legend(loc="upper left", frameon=False, ncols=3)


def _named(axes: Axes, report: GrowthReport) -> None:
    """Number the worst steps, and say beside the plot where they are."""
    order = {one.tensor: number for number, one in enumerate(report.tensors, 1)}
    lines = []
    for number, one in enumerate(sorted(report.worst(_NAMED), key=lambda one: order[one.tensor]), 1):
        finite = bool(one.relative_rmse)
        axes.annotate(
            str(number),
            (order[one.tensor], one.relative_rmse if finite else 0.97),
            xycoords="data" if finite else ("data", "axes fraction"),
            xytext=(0, (14, 28)[number % 2] * (1 if finite else -1)),
            textcoords="offset points",
            ha="center",
            va="center",
            color="white",
            size=7.5,
            bbox={"boxstyle": "circle,pad=0.22", "facecolor": _ACCENT, "edgecolor": "none"},
            arrowprops={"arrowstyle": "-", "color": _ACCENT, "linewidth": 0.7},
        )
        does = "overflows" if one.alone_db is None else f"alone leaves {one.alone_db:.1f} dB"
        lines.append(f"{number}  {one.place}\n     {one.type}, {does}")
    text = "Rounding here does most\nto the outputs\n\n" + "\n".join(lines)
    axes.annotate(text, (1.09, 1.0), xycoords="axes fraction", va="top", size=7.5, linespacing=1.45, color=_INK)
