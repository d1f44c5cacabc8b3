"""Statistics of the timed passes: a pure function of the samples."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from contracts.result import Summary


def summarise(samples_ms: Sequence[float]) -> Summary:
    """Mean, median, percentiles, minimum and coefficient of variation; no sample is dropped as an outlier.

    Percentiles lie on the straight line between the two nearest samples (NumPy's ``linear``, type 7 of Hyndman and
    Fan). The standard deviation is that of a sample (n − 1), and 0 for a single one.

    Raises:
        ValueError: there are no samples, or one is not a positive time.
    """
    if not samples_ms:
        raise ValueError("expected at least one timed pass, got none")
    if not all(0 < sample < math.inf for sample in samples_ms):
        raise ValueError("expected positive times, got one that is zero, negative or not a number")
    ordered = sorted(samples_ms)
    mean = fmean(ordered)
    return Summary(
        mean_ms=mean,
        median_ms=percentile(ordered, 50),
        p90_ms=percentile(ordered, 90),
        p99_ms=percentile(ordered, 99),
        min_ms=ordered[0],
        cv=stdev(ordered) / mean if len(ordered) > 1 else 0.0,
    )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The ``percent``-th percentile of samples that are sorted already."""
    position = (len(ordered) - 1) * percent / 100
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)
