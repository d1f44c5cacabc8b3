"""Resizing of the last two axes. The grid follows the two sizes alone, never the scale factor that is in the file."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from mobileswap.formats.mil.program import Call, Operation

# Sampling modes whose grid PyTorch has, with its align_corners
_PYTORCH = {"STRICT_ALIGN_CORNERS": True, "ALIGN_CORNERS": True, "UNALIGN_CORNERS": False}


def upsample_bilinear(op: Operation) -> Call:
    """Bilinear, to the output's shape; MIL documents the spacing from the sizes, (in − 1) / (out − 1) if aligned."""
    return Call(_pytorch(op, align_corners=op.flag("align_corners")), op.floats("x"))


def resize_bilinear(op: Operation) -> Call:
    """Bilinear, to a target size, in one of five sampling modes.

    Raises:
        UnknownOperation: the sampling mode is another one.
    """
    (x,) = op.floats("x")
    mode, sizes = op.text("sampling_mode"), op.outputs[0].shape[-2:]
    # With one output, ALIGN_CORNERS alone samples the middle, and PyTorch the first
    if mode in _PYTORCH and not (mode == "ALIGN_CORNERS" and 1 in sizes):
        return Call(_pytorch(op, align_corners=_PYTORCH[mode]), (x,))
    grids = [_grid(op, mode, cells_in, cells_out) for cells_in, cells_out in zip(x.shape[-2:], sizes, strict=True)]
    rows, columns = (_sampler(grid, size) for grid, size in zip(grids, x.shape[-2:], strict=True))
    return Call(lambda x: columns(rows(x.mT).mT), (x,))


def upsample_nearest_neighbor(op: Operation) -> Call:
    """Repeat each cell.

    Raises:
        UnknownOperation: a factor is no whole number; MIL does not say which cell is the nearest then.
    """
    factors = op.number("scale_factor_height"), op.number("scale_factor_width")
    if any(not factor.is_integer() or factor < 1 for factor in factors):
        raise op.refuse(f"scale factors {factors}; known are whole numbers")
    (x,) = op.floats("x")
    *front, height, width = x.shape
    cells = (*front, height, int(factors[0]), width, int(factors[1]))  # each cell's copies beside it
    shape = op.outputs[0].shape
    return Call(lambda x: x[..., :, None, :, None].expand(cells).reshape(shape), (x,))


def _pytorch(op: Operation, *, align_corners: bool) -> Callable[[Tensor], Tensor]:
    shape = op.outputs[0].shape
    planes = (1, math.prod(shape[:-2]), *op.variable("x").shape[-2:])  # interpolate wants rank 4, MIL any from 3 on

    def run(x: Tensor) -> Tensor:
        given = x if x.dim() == len(planes) else x.reshape(planes)
        return F.interpolate(given, shape[-2:], mode="bilinear", align_corners=align_corners).reshape(shape)

    return run


def _grid(op: Operation, mode: str, cells_in: int, cells_out: int) -> Tensor:
    """Where along one axis the outputs are sampled, in cells of the input, before clamping to it. In float64."""
    steps = torch.arange(cells_out, dtype=torch.float64)
    match mode:
        case "DEFAULT":
            return steps * (cells_in / cells_out)
        case "OFFSET_CORNERS":
            return (steps + 0.5) * (max(1, cells_in - 1) / cells_out)
        case "ALIGN_CORNERS":
            return steps * (cells_in - 1) / (cells_out - 1) if cells_out > 1 else torch.tensor([(cells_in - 1) / 2])
    raise op.refuse(f"sampling_mode {mode!r}; known are DEFAULT, OFFSET_CORNERS, {', '.join(_PYTORCH)}")


def _sampler(grid: Tensor, size: int) -> Callable[[Tensor], Tensor]:
    """Linear interpolation along the last axis of a tensor, at these places."""
    places = grid.clamp(0, size - 1)
    low = places.floor().long()
    high = (low + 1).clamp(max=size - 1)
    weight = (places - low).float()
    return lambda x: torch.lerp(x[..., low], x[..., high], weight)
