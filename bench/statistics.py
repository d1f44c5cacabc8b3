"""Statistics of the timed passes: a pure function of the samples."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev

import numpy as np

from mobileswap.contracts.bench_result import Summary

CONFIDENCE = 0.95
_RESAMPLES = 9999


def summarise(samples_ms: Sequence[float]) -> Summary:
    """Mean, median, percentiles, minimum and coefficient of variation; no sample is dropped as an outlier.

    Percentiles lie on the straight line between the two nearest samples (NumPy's ``linear``, type 7 of Hyndman and
    Fan). The standard deviation is that of a sample (n − 1), and 0 for a single one, whose median has an interval of
    no width.

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
        median_interval_ms=median_interval(samples_ms),
        p90_ms=percentile(ordered, 90),
        p99_ms=percentile(ordered, 99),
        min_ms=ordered[0],
        cv=stdev(ordered) / mean if len(ordered) > 1 else 0.0,
        drift=drift(samples_ms),
    )


def median_interval(samples: Sequence[float]) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the median; always the same for the same samples."""
    from scipy.stats import bootstrap

    if len(samples) < 2:
        return samples[0], samples[0]
    found = bootstrap(
        (samples,),
        np.median,
        confidence_level=CONFIDENCE,
        n_resamples=_RESAMPLES,
        method="percentile",  # the bias correction of BCa is not defined for many equal samples
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)


def drift(samples: Sequence[float]) -> float:
    """Median of the last third over the median of the first − 1, in the order of time; 0.0 below three samples."""
    third = len(samples) // 3
    if not third:
        return 0.0
    first, last = (percentile(sorted(part), 50) for part in (samples[:third], samples[-third:]))
    return last / first - 1


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The ``percent``-th percentile of samples that are sorted already."""
    position = (len(ordered) - 1) * percent / 100
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)
