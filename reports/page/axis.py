"""Where a value lies on a drawn axis, and how values are spread over it. Nothing here knows of HTML."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_LEAST = 5  # values; fewer have no shape worth drawing
_POINTS = 80


@dataclass(frozen=True)
class Axis:
    """A linear axis; places on it are percent of its length, so that a drawing fits any width."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """0 … 100; what lies beyond an end is shown at it."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def ticks(self, most: int = 6) -> list[tuple[float, str]]:
        """At most ``most`` round values with their places."""
        rough = (self.high - self.low) / most or 1.0
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * nice for nice in (1, 2, 5, 10) if power * nice >= rough * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        return [(self.place(i * step), f"{i * step:.{digits}f}") for i in range(first, last + 1)]


def around(values: Sequence[float], margin: float = 0.06) -> Axis:
    """An axis that holds all values, with room at both ends."""
    low, high = min(values), max(values)
    room = (high - low) * margin or abs(high) * 0.01 or 1.0
    return Axis(low - room, high + room)


def density(values: Sequence[float], axis: Axis) -> str:
    """The outline of how values are spread, as an SVG path in a box of 100 × 100; "" where they are too few.

    A Gaussian kernel with Silverman's width (Density Estimation, 1986, eq. 3.31), never thinner than can be seen.
    """
    if len(values) < _LEAST:
        return ""
    given = np.asarray(values, dtype=float)
    low, high = np.percentile(given, (25, 75))
    spread = min(float(given.std(ddof=1)), float(high - low) / 1.34) or float(given.std(ddof=1))
    width = max(0.9 * spread * len(given) ** -0.2, (axis.high - axis.low) / 150)
    ends = max(given.min() - 3 * width, axis.low), min(given.max() + 3 * width, axis.high)
    grid = np.linspace(*ends, _POINTS)
    heights = np.exp(-0.5 * ((grid[:, None] - given) / width) ** 2).sum(axis=1)
    heights *= 96 / heights.max()
    places = [axis.place(x) for x in grid]
    points = (f"L{place},{100 - height:.1f}" for place, height in zip(places, heights, strict=True))
    return f"M{places[0]},100{''.join(points)}L{places[-1]},100Z"
