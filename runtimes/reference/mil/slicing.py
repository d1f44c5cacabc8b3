"""slice_by_index, slice_by_size and crop: views of a part."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mobileswap.formats.mil.program import Call, Operation

if TYPE_CHECKING:
    from torch import Tensor


def slice_by_index(op: Operation) -> Call:
    """NumPy's x[begin:end:stride, …]; a mask opens an end, or (squeeze) takes one element and drops the axis."""
    x = op.variable("x")
    rank = len(x.shape)
    begin, end = op.integers("begin"), op.integers("end")
    stride = op.integers("stride") if op.has("stride") else (1,) * rank

    def mask(name: str) -> tuple[bool, ...]:
        return tuple(map(bool, op.integers(name))) if op.has(name) else (False,) * rank

    opens_begin, opens_end, squeezes = mask("begin_mask"), mask("end_mask"), mask("squeeze_mask")
    index: list[slice | int] = []
    flips: list[int] = []  # axes of the result: PyTorch has no negative strides
    for axis, size in enumerate(x.shape):
        first = None if opens_begin[axis] else begin[axis]
        if squeezes[axis]:
            index.append(first or 0)
            continue
        cells = range(*slice(first, None if opens_end[axis] else end[axis], stride[axis]).indices(size))
        if cells.step < 0 and cells:
            flips.append(sum(isinstance(part, slice) for part in index))
            cells = cells[::-1]
        index.append(slice(cells.start, cells[-1] + 1, cells.step) if cells else slice(0, 0))

    return Call(_take(tuple(index), tuple(flips)), (x,))


def slice_by_size(op: Operation) -> Call:
    """``size`` elements from ``begin`` on, along each axis; −1 means all the rest."""
    x = op.variable("x")
    index = []
    for start, count, extent in zip(op.integers("begin"), op.integers("size"), x.shape, strict=True):
        first = start + extent if start < 0 else start
        index.append(slice(first, extent if count == -1 else first + count))
    return Call(_take(tuple(index)), (x,))


def crop(op: Operation) -> Call:
    """Drop rows at top and bottom and columns at left and right of the last two axes."""
    x = op.variable("x")
    height, width = x.shape[-2:]
    top, bottom = op.integers("crop_height")
    left, right = op.integers("crop_width")
    return Call(_take((..., slice(top, height - bottom), slice(left, width - right))), (x,))


def _take(index: tuple[Any, ...], flips: tuple[int, ...] = ()) -> Callable[[Tensor], Tensor]:
    def run(x: Tensor) -> Tensor:
        part = x[index]
        return part.flip(flips) if flips else part

    return run
