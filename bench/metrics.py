"""The distance of an output from the reference: measured here, judged in limits.py."""

import numpy as np

from bench.runner import Array
from contracts.verdict import PSNR_CEILING_DB, Metrics


def measure(reference: Array, candidate: Array, data_range: float) -> Metrics:
    """Measure in float64, without touching the arguments.

    Args:
        reference: any shape, any number of axes, at least one element.
        candidate: the same shape. A NaN in it makes NaN metrics, which no limit accepts.
        data_range: the declared peak-to-peak value, for instance 2.0 for [-1, 1]. Never taken from the candidate: one
            wild value there would raise its own PSNR.

    Raises:
        ValueError: the shapes differ, there is nothing to measure, or the data range is not positive.
    """
    if reference.shape != candidate.shape or reference.size == 0:
        raise ValueError(f"expected two equal shapes with elements, got {reference.shape} and {candidate.shape}")
    if not data_range > 0:
        raise ValueError(f"expected a positive data range, got {data_range}")
    expected, got = reference.astype(np.float64), candidate.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):  # infinities are the candidate's, and end in NaN
        distance = np.abs(got - expected)
        mean_square = float(np.mean(distance**2))
        cosine = _cosine(expected.ravel(), got.ravel())
    at = np.unravel_index(int(distance.argmax()), distance.shape)
    return Metrics(
        max_abs=float(distance[at]),
        max_abs_at=tuple(int(i) for i in at),
        mean_abs=float(distance.mean()),
        psnr_db=_psnr_db(mean_square, data_range),
        cosine=cosine,
        reference_range=(float(expected.min()), float(expected.max())),
        candidate_range=(float(got.min()), float(got.max())),
    )


def _psnr_db(mean_square: float, data_range: float) -> float:
    if mean_square == 0:
        return PSNR_CEILING_DB
    with np.errstate(invalid="ignore"):
        psnr_db = 20 * np.log10(data_range) - 10 * np.log10(mean_square)
    return float(np.clip(psnr_db, -PSNR_CEILING_DB, PSNR_CEILING_DB))


def _cosine(a: Array, b: Array) -> float:
    norm_a, norm_b = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if norm_a == 0 or norm_b == 0:
        return 1.0 if norm_a == norm_b else 0.0
    return float(np.dot(a / norm_a, b / norm_b))
