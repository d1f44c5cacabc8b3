"""Layers that only move numbers about."""

import torch
from torch import Tensor

from mobileswap.formats.tnn.layer_words import Params
from mobileswap.runtimes.reference.tnn.kernel import Kernel

_FORWARD = (0, 1)


def reshape(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """axis, num_axes, sizes, type: the sizes from ``axis`` on; 0 keeps the size of the input, −1 is what is left."""
    del weights
    axis, num_axes = params.integer("axis", least=0), params.integer("num_axes")
    sizes = params.counted("sizes", least=-1)
    kind = params.integer("reshape_type", 0)
    params.end()
    if kind or num_axes not in (-1, len(sizes)):
        raise params.unknown(f"reshape_type {kind}, {num_axes} axes with {len(sizes)} sizes")

    def run(x: Tensor) -> Tensor:
        wanted = [*x.shape[:axis], *sizes]
        if len(wanted) != axis + len(sizes) or any(size == 0 and i >= x.dim() for i, size in enumerate(wanted)):
            raise params.fault(f"a blob of shape {tuple(x.shape)} in it")
        return x.reshape([x.shape[i] if size == 0 else size for i, size in enumerate(wanted)])

    return run


def flatten(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """Two axes: what is before ``axis``, and the rest."""
    del weights
    axis = params.integer("axis", least=0)
    params.end()

    def run(x: Tensor) -> Tensor:
        if axis > x.dim():
            raise params.fault(f"axis {axis} of a blob {tuple(x.shape)}")
        rows = 1
        for size in x.shape[:axis]:
            rows *= size
        return x.reshape(rows, -1)

    return run


def squeeze(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """Axes of size 1 go, the last one first."""
    del weights
    axes = params.counted("axes")
    params.end()

    def run(x: Tensor) -> Tensor:
        for axis in reversed(axes):
            if x.shape[axis] != 1:
                raise params.fault(f"axis {axis} of a blob {tuple(x.shape)}")
            x = x.squeeze(axis)
        return x

    return run


def unsqueeze(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """Axes of size 1 come, in the order of the list."""
    del weights
    axes = params.counted("axes")
    params.end()

    def run(x: Tensor) -> Tensor:
        for axis in axes:
            x = x.unsqueeze(axis)
        return x

    return run


def permute(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """Output axis i is input axis orders[i]; axes that the list has not follow in their order."""
    del weights
    order = params.counted("orders", least=0)
    params.end()
    return lambda x: x.permute(*order, *[axis for axis in range(x.dim()) if axis not in order])


def concat(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    del weights
    axis = params.integer("axis", 1)
    params.end()
    return lambda *parts: torch.cat(parts, axis)


def strided_slice(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """Four lists: begins, ends, axes, strides. A negative begin or end counts from the end of its axis.

    TNN walks through the axes once, from the first on: it passes over a negative one, and one that comes too late.
    """
    del weights
    begins, ends = params.counted("begins"), params.counted("ends")
    axes, strides = params.counted("axes"), params.counted("strides")
    params.end()
    if not len(begins) == len(ends) == len(axes) == len(strides):
        raise params.fault("lists of different lengths")
    if min(strides, default=1) < 1:
        raise params.unknown(f"strides {strides}")
    if min(axes, default=0) < 0 or list(axes) != sorted(set(axes)):
        raise params.unknown(f"axes {axes}")

    def run(x: Tensor) -> Tensor:
        for begin, end, axis, stride in zip(begins, ends, axes, strides, strict=True):
            size = x.shape[axis]
            first = begin + size if begin < 0 else begin
            last = end + size if end < 0 else min(end, size)
            if not 0 <= first < last:
                raise params.fault(f"{begin}:{end} of axis {axis} of a blob {tuple(x.shape)}")
            x = x.narrow(axis, first, last - first)[_every(axis, stride, x.dim())]
        return x

    return run


def split(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """axis, then the sizes of the parts."""
    del weights
    axis = params.integer("axis")
    sizes = params.counted("sizes", least=1)
    params.end()
    return lambda x: tuple(torch.split(x, list(sizes), axis))


def expand(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """Broadcast with a shape, both ways."""
    del weights
    shape = params.counted("sizes", least=1)
    params.end()

    def run(x: Tensor) -> Tensor:
        return x.broadcast_to(torch.broadcast_shapes(x.shape, shape))  # type: ignore[no-untyped-call]

    return run


def reorg(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """Forward: channels become pixels. Mode 0 counts blocks first in the channels, mode 1 pixels of a block."""
    del weights
    block, forward = params.integer("stride", least=1), params.integer("forward")
    params.integer("an unused number")
    mode = params.integer("mode")
    params.end()
    if forward not in _FORWARD or mode not in (0, 1):
        raise params.unknown(f"forward {forward}, mode {mode}")

    def to_pixels(x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        planes = channels // (block * block)
        if mode == 0:
            order = x.reshape(batch, block, block, planes, height, width).permute(0, 3, 4, 1, 5, 2)
        else:
            order = x.reshape(batch, planes, block, block, height, width).permute(0, 1, 4, 2, 5, 3)
        return order.reshape(batch, planes, height * block, width * block)

    def to_channels(x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        cut = x.reshape(batch, channels, height // block, block, width // block, block)
        order = cut.permute(0, 3, 5, 1, 2, 4) if mode == 0 else cut.permute(0, 1, 3, 5, 2, 4)
        return order.reshape(batch, channels * block * block, height // block, width // block)

    return to_pixels if forward else to_channels


def _every(axis: int, stride: int, rank: int) -> tuple[slice, ...]:
    return tuple(slice(None, None, stride) if i == axis % rank else slice(None) for i in range(rank))
