"""One tensor in two forms: layout, range, order of colours and 8-bit levels, driven by two specs alone."""

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.spec import LEVELS, TensorSpec

_LEVEL_TOLERANCE = 1e-3  # of a level; float32 rounding of k / 127.5 − 1 moves one by 1e-5


def convert(array: Array, held: TensorSpec, wanted: TensorSpec) -> Array:
    """The same values in another form; never modifies its argument.

    Values are the same to the bit where the ranges are. 8-bit levels are rounded to the nearest and clipped; the range
    of a float is not.

    Args:
        array: as ``held`` says.
        held: the form that it has.
        wanted: the form that it is to have.

    Raises:
        BadInput: ``held`` does not fit the array, or there is no way from one form to the other.
    """
    values = in_range_and_layout(array, held, wanted)
    if wanted.dtype == "uint8":
        return np.asarray(np.clip(np.rint(values), *wanted.value_range), dtype=np.uint8, order="C")
    return np.asarray(values, dtype=np.float32, order="C")


def beside_levels(array: Array, held: TensorSpec, wanted: TensorSpec) -> float:
    """By how much of a level a value lies beside the nearest one, at worst; 0 where ``wanted`` has no levels."""
    if wanted.dtype != "uint8":
        return 0.0
    exact = in_range_and_layout(array, held, wanted)
    beside = float(np.abs(exact - convert(array, held, wanted)).max(initial=0.0))
    return 0.0 if beside <= _LEVEL_TOLERANCE else beside  # a NaN stays one


def in_range_and_layout(array: Array, held: TensorSpec, wanted: TensorSpec) -> Array:
    """Before levels are rounded: the array itself where nothing differs."""
    _require_way(array, held, wanted)
    laid_out = array.transpose([held.layout.index(axis) for axis in wanted.layout])
    if wanted.colour != held.colour:
        laid_out = np.flip(laid_out, axis=wanted.layout.index("C"))
    if not wanted.is_spatial or _ends(held) == _ends(wanted):
        return laid_out
    return _scaled(laid_out, held, wanted)


def _scaled(values: Array, held: TensorSpec, wanted: TensorSpec) -> Array:
    """By one division or multiplication in float32, whichever has the exact factor: 255 levels over a span of 2."""
    low, span = _per_channel(held, wanted)
    wanted_low, wanted_span = _per_channel(wanted, wanted)
    moved = values.astype(np.float32)
    if low.any():
        moved -= low
    if (span > wanted_span).all():
        moved /= np.asarray(span / wanted_span, np.float32)
    else:
        moved *= np.asarray(wanted_span / span, np.float32)
    moved += wanted_low
    return moved


def _per_channel(spec: TensorSpec, layout_of: TensorSpec) -> tuple[Array, Array]:
    """Lowest value and span, to be broadcast over ``layout_of``; colours in its order."""
    ranges = spec.channel_ranges or (spec.value_range,)
    if spec.colour != layout_of.colour:
        ranges = ranges[::-1]
    shape = [-1 if axis == "C" else 1 for axis in layout_of.layout]
    low, high = (np.array(ends, np.float64).reshape(shape) for ends in zip(*ranges, strict=True))
    return low.astype(np.float32), high - low


def _ends(spec: TensorSpec) -> tuple[object, ...]:
    return (spec.value_range, spec.channel_ranges)


def _require_way(array: Array, held: TensorSpec, wanted: TensorSpec) -> None:
    if array.ndim != len(held.layout):
        raise BadInput(f"{held.name}: expected layout {held.layout}, came {array.ndim} axes {array.shape}")
    if sorted(held.layout) != sorted(wanted.layout):
        raise BadInput(f"{held.name}: expected layout {wanted.layout}, came {held.layout} {array.shape}")
    if {held.dtype, wanted.dtype} - {"float32", "uint8"}:
        raise BadInput(f"{held.name}: expected float32 or uint8, came {held.dtype} and {wanted.dtype}")
    if wanted.dtype == "uint8" and not 0 <= wanted.value_range[0] < wanted.value_range[1] <= LEVELS[1]:
        raise BadInput(f"{wanted.name}: expected uint8 levels within 0 and 255, came {wanted.value_range}")
