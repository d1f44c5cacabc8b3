"""Upsample, Pad, PadV2 and Pooling."""

import torch
from torch import Tensor
from torch.nn import functional as F

from mobileswap.formats.tnn.layer_words import Params
from mobileswap.runtimes.reference.tnn.kernel import Kernel

_NEAREST, _BILINEAR, _CUBIC = 1, 2, 3
_MAX, _AVERAGE = 0, 1


def upsample(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """Nearest takes pixel floor(i·in/out); bilinear and cubic (−0.75) look at half pixels or align the corners."""
    del weights
    mode = params.integer("mode")
    scales = params.number("scale_h"), params.number("scale_w")
    corners = params.integer("align_corners", 0)
    size = params.integers(2, "size", least=1) if params.more else None
    params.end()
    if mode not in (_NEAREST, _BILINEAR, _CUBIC) or corners not in (0, 1):
        raise params.unknown(f"mode {mode}, align_corners {corners}")

    def run(x: Tensor) -> Tensor:
        if x.dim() != 4:
            raise params.fault(f"a blob of shape {tuple(x.shape)} in it")
        rounded = [int(old * scale + 0.5) for old, scale in zip(x.shape[2:], scales, strict=True)]
        height, width = size or rounded
        if any(
            abs(old * scale - new) >= 1 for old, scale, new in zip(x.shape[2:], scales, (height, width), strict=True)
        ):
            raise params.fault(f"scales {scales} of {tuple(x.shape[2:])} and a size of {height, width}")
        if (height, width) == tuple(x.shape[2:]):
            return x
        if mode == _NEAREST:
            return x[:, :, _floor_index(height, x, 2)][:, :, :, _floor_index(width, x, 3)]
        if not corners and 1 in (height, width):
            raise params.unknown("half pixels of a single row or column")
        name = "bilinear" if mode == _BILINEAR else "bicubic"
        return F.interpolate(x, (height, width), mode=name, align_corners=bool(corners))

    return run


def pad(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """Two unused numbers, top, bottom, left, right, channels before and after, type, value."""
    del weights
    params.integers(2, "an unused number")
    top, bottom, left, right, before, after = params.integers(6, "pad", least=0)
    kind = params.integer("type", 0)
    value = params.number("value") if params.more else 0.0
    params.end()
    if kind == 0:
        return lambda x: F.pad(_images(params, x), (left, right, top, bottom, before, after), "constant", value)
    if kind != 1 or before or after:
        raise params.unknown(f"type {kind} with {before, after} channels")
    return lambda x: F.pad(_images(params, x), (left, right, top, bottom), "reflect")


def pad_v2(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """Rank, so many pads in front, so many behind, type, value; any axis."""
    del weights
    rank = params.integer("rank", least=1)
    begins, ends = params.integers(rank, "pad", least=0), params.integers(rank, "pad", least=0)
    kind = params.integer("type", 0)
    value = params.number("value") if params.more else 0.0
    params.end()
    if kind != 0:
        raise params.unknown(f"type {kind}")
    pairs = [number for axis in reversed(range(rank)) for number in (begins[axis], ends[axis])]

    def run(x: Tensor) -> Tensor:
        if x.dim() != rank:
            raise params.fault(f"{rank} axes for a blob {tuple(x.shape)}")
        return F.pad(x, pairs, "constant", value)

    return run


def pooling(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """Maximum or mean of what a window covers of the blob; pads are never counted. A kernel of 0 is the whole blob."""
    del weights
    kind = params.integer("pool_type")
    kernel, strides = params.integers(2, "kernel", least=0), params.integers(2, "stride", least=1)
    pads = params.integers(2, "pad", least=0)
    indexes = params.integer("kernel_index", -1), params.integer("kernel_index", -1)
    pad_type, ceil = params.integer("pad_type", 0), params.integer("ceil_mode", 0)
    adaptive = params.integer("is_adaptive_pool", 0)
    params.integer("output_h", 0)
    params.integer("output_w", 0)
    params.end()
    if kind not in (_MAX, _AVERAGE) or pad_type != -1 or adaptive or indexes != (-1, -1) or ceil not in (0, 1):
        raise params.unknown(f"pool_type {kind}, pad_type {pad_type}, adaptive {adaptive}, kernel_index {indexes}")

    def run(x: Tensor) -> Tensor:
        sizes = _images(params, x).shape[2:]
        if not _sizes_hold(sizes, kernel, strides, pads, ceil):
            raise params.unknown(f"a window of {kernel} at strides {strides} that leaves rows or columns of {sizes}")
        extents = [extent or size for extent, size in zip(kernel, sizes, strict=True)]
        borders = []
        for size, extent, stride, before in zip(sizes, extents, strides, pads, strict=True):
            room = size + 2 * before - extent
            steps = (-(-room // stride) if ceil else room // stride) + 1
            if room < 0 or before >= extent:
                raise params.fault(f"a kernel {tuple(extents)} with pads {pads} on {tuple(sizes)}")
            borders.append((before, max((steps - 1) * stride + extent - size - before, 0)))
        around = (*borders[1], *borders[0])
        if kind == _MAX:
            return F.max_pool2d(F.pad(x, around, "constant", -torch.inf), extents, strides)
        sums = F.avg_pool2d(F.pad(x, around), extents, strides, divisor_override=1)
        counts = F.avg_pool2d(F.pad(torch.ones_like(x[:1, :1]), around), extents, strides, divisor_override=1)
        return sums / counts

    return run


def _sizes_hold(
    sizes: torch.Size, kernel: tuple[int, ...], strides: tuple[int, ...], pads: tuple[int, ...], ceil: int
) -> bool:
    """TNN's own check of a window that leaves the last rows or columns out: it refuses most such networks.

    Where a pad behind would be negative it counts the outputs again without it, and of the columns with the pad below
    in place of the one on the left (layer/pooling_layer.cc at f0cb081).
    """
    counts, behind = [], []
    for size, extent, stride, before in zip(sizes, kernel, strides, pads, strict=True):
        room = size + 2 * before - (extent or size)
        counts.append((-(-room // stride) if ceil else room // stride) + 1)
        behind.append((counts[-1] - 1) * stride + (extent or size) - size - before)
    if min(behind) >= 0:
        return True
    below, right = (max(pad, 0) for pad in behind)
    rooms = (sizes[0] + pads[0] + below, sizes[1] + (pads[1] if ceil else below) + right)
    extents = [extent or size for extent, size in zip(kernel, sizes, strict=True)]
    again = [
        (-(-(room - extent) // stride) if ceil else (room - extent) // stride) + 1
        for room, extent, stride in zip(rooms, extents, strides, strict=True)
    ]
    return again == counts


def _floor_index(count: int, x: Tensor, axis: int) -> Tensor:
    ratio = torch.tensor(x.shape[axis], dtype=torch.float32) / count
    return (torch.arange(count, dtype=torch.float32) * ratio).long().clamp_max(x.shape[axis] - 1).to(x.device)


def _images(params: Params, x: Tensor) -> Tensor:
    if x.dim() != 4:
        raise params.fault(f"a blob of shape {tuple(x.shape)} in it")
    return x
