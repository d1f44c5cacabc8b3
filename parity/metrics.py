"""The distance of an output from the reference: measured here, judged in limits.py."""

from dataclasses import replace

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.spec import TensorSpec
from mobileswap.contracts.verdict import Metrics
from mobileswap.parity.decibels import decibels
from mobileswap.parity.picture_metrics import SEEN, measure_picture


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
        rmse=mean_square**0.5,
        psnr_db=decibels(data_range**2, mean_square),
        snr_db=decibels(float(np.mean(expected**2)), mean_square),
        cosine=cosine,
        reference_range=(float(expected.min()), float(expected.max())),
        candidate_range=(float(got.min()), float(got.max())),
    )


def measure_output(reference: Array, candidate: Array, spec: TensorSpec) -> Metrics:
    """``measure``, and for pictures and masks what only they have.

    Args:
        reference: finite, as the spec says.
        candidate: the same shape.
        spec: layout and ranges of both.

    Raises:
        ValueError: as ``measure``.
    """
    found = measure(reference, candidate, spec.data_range)
    return replace(found, picture=measure_picture(reference, candidate, spec)) if spec.kind in SEEN else found


def _cosine(a: Array, b: Array) -> float:
    norm_a, norm_b = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if norm_a == 0 or norm_b == 0:
        return 1.0 if norm_a == norm_b else 0.0
    return float(np.dot(a / norm_a, b / norm_b))
