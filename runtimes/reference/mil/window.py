"""How a sliding window is padded: MIL's ``pad_type`` as cells before and after each spatial axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobileswap.formats.mil.program import Operation

if TYPE_CHECKING:
    from torch import Tensor

Cells = tuple[tuple[int, int], ...]  # before and after, per spatial axis
PAD_TYPES = ("valid", "custom", "same", "same_lower")


def cells_around(op: Operation, size: tuple[int, ...], extent: tuple[int, ...], strides: tuple[int, ...]) -> Cells:
    """The padding of a convolution or pool.

    ``same`` gives ceil(size / stride) outputs. Its odd cell goes behind, that of ``same_lower`` in front. (The
    docstring of ``conv`` adds a formula without the stride that puts it in front; coremltools' shape inference and
    its TensorFlow converter, which writes TensorFlow's SAME as ``same``, contradict that, and are followed here.)

    Args:
        op: has the parameters pad_type and pad.
        size: of the input, per spatial axis.
        extent: cells that the window reaches over, dilation included.
        strides: of the window.

    Raises:
        UnknownOperation: pad_type is another one.
    """
    pad_type = op.text("pad_type")
    match pad_type:
        case "valid":
            return tuple((0, 0) for _ in size)
        case "custom":
            return pairs(op.integers("pad"))
        case "same" | "same_lower":
            cells = []
            for cells_in, reach, stride in zip(size, extent, strides, strict=True):
                total = max(0, (-(-cells_in // stride) - 1) * stride + reach - cells_in)
                few, many = total // 2, total - total // 2
                cells.append((few, many) if pad_type == "same" else (many, few))
            return tuple(cells)
    raise op.refuse(f"pad_type {pad_type!r}; known are {', '.join(PAD_TYPES)}")


def pairs(flat: tuple[int, ...]) -> Cells:
    """MIL's flat list, before and after of the first axis first."""
    return tuple(zip(flat[::2], flat[1::2], strict=True))


def is_even(cells: Cells) -> bool:
    """Whether PyTorch's kernels can pad so themselves: as much before as after."""
    return all(before == after for before, after in cells)


def pad_with(x: Tensor, cells: Cells, value: float) -> Tensor:
    """Pad the last axes with one value."""
    from torch.nn import functional as F

    last_axis_first = [count for pair in reversed(cells) for count in pair]
    return F.pad(x, last_axis_first, value=value)
