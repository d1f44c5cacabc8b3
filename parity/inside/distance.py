"""How far a tensor of a file is from what it should be, and what of that its precision explains."""

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.bisection import FAR, Distance, Tolerance

_SMALLEST = 1e-12  # a reference of zeros has no scale of its own

# Compared is an operation's own error, for the file's own inputs, so that depth does not matter. Measured on healthy
# generators and embedders, released size and small, what remains beyond rounding is at most: fp32 4e-7 (rms) and 4e-6
# (peak); fp16-weights, computed in float32, 1e-6, but 1e-4 where a normalisation became a scale and a shift;
# fp16-arithmetic 5e-4 and 6e-4, since ONNX Runtime passes on values that it only rounds for whoever looks. A slope that
# is wrong by a tenth gives 7e-4 in fp32 and fp16-weights; in fp16-arithmetic only overflow and lost digits are sought.
TOLERANCES = {
    "fp32": Tolerance("fp32", rounding=2.0**-20, rms=2e-5, peak=2e-4, output=1e-4),
    "fp16-weights": Tolerance("fp16-weights", rounding=2.0**-10, rms=5e-5, peak=5e-4, output=1e-4),
    "fp16-arithmetic": Tolerance("fp16-arithmetic", rounding=2.0**-10, rms=1e-2, peak=5e-2, output=1e-2),
}


def distance(expected: Array, got: Array, *, rounding: float = 0.0, step: float = 0.0) -> Distance:
    """Compare two tensors, ``got`` reshaped where it only lacks axes of one.

    Where ``expected`` is not finite, nothing is known and nothing is compared.

    Args:
        expected: the reference.
        got: what is to be judged.
        rounding: relative error of a single value that is explained.
        step: absolute error of a single value that is explained, for instance 1 for 8-bit levels.
    """
    if got.size != expected.size or [n for n in got.shape if n > 1] != [n for n in expected.shape if n > 1]:
        return Distance(FAR, FAR, FAR, FAR, finite=bool(np.isfinite(got).all()), at=())
    reference = np.asarray(expected, np.float32).ravel()
    with np.errstate(invalid="ignore", over="ignore"):  # infinity minus infinity, and what no float32 holds
        difference = np.asarray(got, np.float32).ravel() - reference
    magnitude = np.abs(reference)
    known = np.isfinite(magnitude)
    if not known.all():
        difference[~known] = 0.0
        magnitude[~known] = 0.0
    np.abs(difference, out=difference)
    at = tuple(int(i) for i in np.unravel_index(int(difference.argmax()), expected.shape)) if difference.size else ()
    if not np.isfinite(difference).all():
        return Distance(FAR, FAR, FAR, FAR, finite=False, at=at)
    rms, peak = max(_rms(magnitude), _SMALLEST), max(float(magnitude.max(initial=0.0)), _SMALLEST)
    whole_rms, whole_peak = _rms(difference), float(difference.max(initial=0.0))
    magnitude *= np.float32(rounding)
    difference -= magnitude
    difference -= np.float32(step)
    np.maximum(difference, 0.0, out=difference)
    return Distance(
        rms=min(whole_rms / rms, FAR),
        peak=min(whole_peak / peak, FAR),
        beyond_rms=min(_rms(difference) / rms, FAR),
        beyond_peak=min(float(difference.max(initial=0.0)) / peak, FAR),
        finite=True,
        at=at,
    )


def blamed(own: Distance, tolerance: Tolerance, operation: str = "") -> bool:
    """Whether an operation's own error is more than its precision explains.

    Args:
        own: its error, measured with the tolerance's rounding.
        tolerance: of the precision.
        operation: ATen's name. A normalisation that a file stores as one scale and one shift has these rounded once
            more, and where a large shift cancels a large mean that shows.
    """
    factor = 10 if operation == "batch_norm" and tolerance.name != "fp32" else 1
    within = own.finite and own.beyond_rms <= factor * tolerance.rms and own.beyond_peak <= factor * tolerance.peak
    return not within


def _rms(values: Array) -> float:
    return float(np.sqrt(np.dot(values, values) / max(values.size, 1)))  # BLAS adds up in blocks
