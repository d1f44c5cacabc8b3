"""From the golden file's form of a tensor to an artifact's, driven by its TensorSpec alone.

The golden file holds pictures as float32 NCHW RGB in [-1, 1] and vectors as float32 NC. An artifact may take or give
another layout, another range, or 8-bit levels.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.golden_file import Sample
from mobileswap.contracts.spec import TensorSpec

_GOLDEN_RANGE = (-1.0, 1.0)  # of pictures
_KNOWN = frozenset({(d, n) for d in ("float32", "uint8") for n in ("NCHW", "NHWC")} | {("float32", "NC")})
_LEVEL_TOLERANCE = 1e-3  # of a level; float32 rounding of k / 127.5 − 1 moves one by 1e-5


def to_artifact(array: Array, spec: TensorSpec) -> Array:
    """A golden tensor as the artifact takes or gives it; never modifies its argument.

    Values are the same to the bit where the ranges are; 8-bit levels are rounded to the nearest and clipped.

    Raises:
        BadInput: the spec is of a kind that golden tensors have no such form of.
    """
    values = _in_range_and_layout(array, spec)
    if spec.dtype == "uint8":
        return np.asarray(np.clip(np.rint(values), *spec.value_range), dtype=np.uint8, order="C")
    return np.asarray(values, dtype=np.float32, order="C")


def to_golden(array: Array, spec: TensorSpec) -> Array:
    """An artifact's tensor in the golden file's form: the way back from ``to_artifact``, in float32.

    Raises:
        BadInput: as ``to_artifact``.
    """
    _require_known(spec)
    values = array.transpose(0, 3, 1, 2) if spec.layout == "NHWC" else array
    if spec.is_image and spec.value_range != _GOLDEN_RANGE:
        (low, high), (golden_low, golden_high) = spec.value_range, _GOLDEN_RANGE
        values = golden_low + (values.astype(np.float64) - low) * ((golden_high - golden_low) / (high - low))
    return np.asarray(values, dtype=np.float32, order="C")


def at_border(specs: Sequence[TensorSpec], *, bitmaps: bool) -> tuple[TensorSpec, ...]:
    """The specs in a runtime's own form: with ``bitmaps``, a picture with values 0–255 is uint8 NHWC."""
    return tuple(_as_bitmap(spec) if bitmaps else spec for spec in specs)


def _as_bitmap(spec: TensorSpec) -> TensorSpec:
    if not spec.is_image or spec.value_range != (0, 255):
        return spec
    n, c, h, w = spec.shape if spec.layout == "NCHW" else (spec.shape[i] for i in (0, 3, 1, 2))
    return replace(spec, shape=(n, h, w, c), dtype="uint8", layout="NHWC")


def feed(sample: Sample, inputs: Sequence[TensorSpec]) -> dict[str, Array]:
    """What to run an artifact with. A golden input that the artifact lacks, for it is baked in, is left out.

    Raises:
        BadInput: the golden file lacks an input of the artifact's, or has it in another size.
    """
    fed = {}
    for spec in inputs:
        if spec.name not in sample.inputs:
            raise BadInput(f"the artifact takes {spec.name!r}; the golden file has only {', '.join(sample.inputs)}")
        array = to_artifact(sample.inputs[spec.name], spec)
        if array.shape != spec.shape:
            raise BadInput(f"input {spec.name}: the artifact takes {spec.shape}, the golden file has {array.shape}")
        fed[spec.name] = array
    return fed


def require_exact(sample: Sample, inputs: Sequence[TensorSpec]) -> None:
    """Refuse inputs that 8-bit levels cannot hold: the artifact would be shown another picture than the model was.

    Raises:
        BadInput: a value lies between two levels or outside them.
    """
    for spec in inputs:
        if spec.dtype != "uint8" or spec.name not in sample.inputs:
            continue
        array = sample.inputs[spec.name]
        beside = np.abs(_in_range_and_layout(array, spec) - to_artifact(array, spec)).max(initial=0.0)
        if not beside <= _LEVEL_TOLERANCE:
            raise BadInput(
                f"sample {sample.name}, input {spec.name}: the artifact takes 8-bit levels, the golden input lies "
                f"{beside:.3g} of a level beside one; make the golden file from pictures of 8-bit levels"
            )


def _in_range_and_layout(array: Array, spec: TensorSpec) -> Array:
    """Before the rounding: the golden array itself where nothing differs, else in float64."""
    _require_known(spec)
    if array.ndim != len(spec.layout):
        raise BadInput(f"{spec.name}: the artifact has layout {spec.layout}, the golden file {array.ndim} axes")
    laid_out = array.transpose(0, 2, 3, 1) if spec.layout == "NHWC" else array
    if not spec.is_image or spec.value_range == _GOLDEN_RANGE:
        return laid_out
    (low, high), (golden_low, golden_high) = spec.value_range, _GOLDEN_RANGE
    return low + (laid_out.astype(np.float64) - golden_low) * ((high - low) / (golden_high - golden_low))


def _require_known(spec: TensorSpec) -> None:
    if (spec.dtype, spec.layout) not in _KNOWN:
        raise BadInput(f"{spec.name}: expected a float32 or uint8 picture or a float32 vector, got {spec}")
    if spec.dtype == "uint8" and not 0 <= spec.value_range[0] < spec.value_range[1] <= 255:
        raise BadInput(f"{spec.name}: expected uint8 levels within 0 and 255, got {spec.value_range}")
