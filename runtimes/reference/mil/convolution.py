"""conv and conv_transpose, of one to three spatial axes."""

from torch import Tensor
from torch.nn import functional as F

from mobileswap.formats.mil.program import Call, Operation, Variable
from mobileswap.runtimes.reference.mil.window import Cells, cells_around, is_even, pad_with

_CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def conv(op: Operation) -> Call:
    """Convolution: weight (C_out, C_in / groups, *K), zeros outside the image."""
    x, weight, *_ = arguments = _operands(op)
    axes = len(x.shape) - 2
    strides, dilations, groups = op.integers("strides"), op.integers("dilations"), op.integer("groups")
    cells = cells_around(op, x.shape[2:], _extent(weight.shape[2:], dilations), strides)
    convolve = _CONV[axes]
    even = is_even(cells)
    padding = tuple(before for before, _ in cells) if even else (0,) * axes

    def run(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        padded = x if even else pad_with(x, cells, 0.0)
        return convolve(padded, weight, bias, strides, padding, dilations, groups)

    return Call(run, arguments)


def conv_transpose(op: Operation) -> Call:
    """Transposed convolution: weight (C_in, C_out / groups, *K). The padding is cropped from the full result.

    Raises:
        UnknownOperation: pad_type is unknown, or the output's size cannot be had by cropping alone.
    """
    x, weight, *_ = arguments = _operands(op)
    axes = len(x.shape) - 2
    strides, dilations, groups = op.integers("strides"), op.integers("dilations"), op.integer("groups")
    extent = _extent(weight.shape[2:], dilations)
    full = tuple((size - 1) * s + reach for size, s, reach in zip(x.shape[2:], strides, extent, strict=True))
    wanted = op.outputs[0].shape[2:]
    crop = _crop(op, full, wanted, extent, strides)
    left = tuple(size - before - after for size, (before, after) in zip(full, crop, strict=True))
    if left != wanted or any(count < 0 for pair in crop for count in pair):
        raise op.refuse(f"output {wanted} from a full size of {full} less {crop}; known is what cropping gives")
    convolve = _TRANSPOSE[axes]
    even = is_even(crop)
    padding = tuple(before for before, _ in crop) if even else (0,) * axes
    spatial = (slice(before, size - after) for size, (before, after) in zip(full, crop, strict=True))
    inside = (slice(None), slice(None), *spatial)

    def run(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        y = convolve(x, weight, bias, strides, padding, 0, groups, dilations)
        return y if even else y[inside]

    return Call(run, arguments)


def _crop(
    op: Operation, full: tuple[int, ...], wanted: tuple[int, ...], extent: tuple[int, ...], strides: tuple[int, ...]
) -> Cells:
    pad_type = op.text("pad_type")
    if pad_type == "same_lower":
        raise op.refuse("pad_type 'same_lower'; known are valid, custom, same")
    if pad_type != "same":
        return cells_around(op, wanted, extent, strides)
    # The gradient of a `same` convolution: the odd cell is behind there, so it is behind here
    totals = tuple(size - out for size, out in zip(full, wanted, strict=True))
    return tuple((total // 2, total - total // 2) for total in totals)


def _operands(op: Operation) -> tuple[Variable, ...]:
    names = ("x", "weight", "bias") if op.has("bias") else ("x", "weight")
    return op.floats(*names)


def _extent(kernel: tuple[int, ...], dilations: tuple[int, ...]) -> tuple[int, ...]:
    return tuple((k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True))
