"""linear and matmul."""

import torch
from torch import Tensor
from torch.nn import functional as F

from mobileswap.formats.mil.program import Call, Operation


def linear(op: Operation) -> Call:
    """Gives x · weightᵀ + bias: weight (D_out, D_in)."""
    return Call(F.linear, op.floats("x", "weight", "bias") if op.has("bias") else op.floats("x", "weight"))


def matmul(op: Operation) -> Call:
    """Gives x · y with NumPy's rules for other ranks than two; a flag swaps an operand's last two axes first."""
    x, y = op.floats("x", "y")
    # "It has no effect when x is 1-D"
    swap_x = op.flag("transpose_x") and len(x.shape) > 1
    swap_y = op.flag("transpose_y") and len(y.shape) > 1

    def run(x: Tensor, y: Tensor) -> Tensor:
        return torch.matmul(x.mT if swap_x else x, y.mT if swap_y else y)

    return Call(run, (x, y))
