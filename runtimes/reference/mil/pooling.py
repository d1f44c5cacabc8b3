"""avg_pool and max_pool, of one to three spatial axes."""

import torch
from torch.nn import functional as F

from mobileswap.formats.mil.program import Call, Operation, Variable
from mobileswap.runtimes.reference.mil.window import Cells, cells_around, is_even, pad_with

_AVERAGE = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
_MAXIMUM = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}


def avg_pool(op: Operation) -> Call:
    """Mean over a window. Padded cells count as zeros, unless exclude_padding_from_average.

    Raises:
        UnknownOperation: pad_type is unknown, or ceil_mode with a padding that PyTorch does not have.
    """
    x, kernel, strides, cells, padding = _window(op)
    pool = _AVERAGE[len(kernel)]
    ceil, exclude = op.flag("ceil_mode"), op.flag("exclude_padding_from_average")
    if padding is not None:
        # "Same as PyTorch's ceil mode", says MIL
        return Call(lambda x: pool(x, kernel, strides, padding, ceil, not exclude), (x,))
    # How much of each window is real: PyTorch counts padding out only where it did the padding
    real = pool(pad_with(torch.ones(1, 1, *x.shape[2:]), cells, 0.0), kernel, strides) if exclude else torch.ones(())
    return Call(lambda x: pool(pad_with(x, cells, 0.0), kernel, strides) / real, (x,))


def max_pool(op: Operation) -> Call:
    """Largest value of a window; padded cells never are.

    Raises:
        UnknownOperation: pad_type is unknown, or ceil_mode with a padding that PyTorch does not have.
    """
    x, kernel, strides, cells, padding = _window(op)
    pool, ceil = _MAXIMUM[len(kernel)], op.flag("ceil_mode")
    if padding is not None:
        return Call(lambda x: pool(x, kernel, strides, padding, ceil_mode=ceil), (x,))
    return Call(lambda x: pool(pad_with(x, cells, -torch.inf), kernel, strides), (x,))


def _window(op: Operation) -> tuple[Variable, tuple[int, ...], tuple[int, ...], Cells, tuple[int, ...] | None]:
    """The parameters both share; the last is the padding as PyTorch takes it, or None where it takes no such one."""
    (x,) = op.floats("x")
    kernel, strides = op.integers("kernel_sizes"), op.integers("strides")
    cells = cells_around(op, x.shape[2:], kernel, strides)
    if is_even(cells) and all(2 * before <= k for (before, _), k in zip(cells, kernel, strict=True)):
        return x, kernel, strides, cells, tuple(before for before, _ in cells)
    if op.flag("ceil_mode"):
        raise op.refuse(f"ceil_mode with padding {cells}; known is the same before and after, up to half a window")
    return x, kernel, strides, cells, None
