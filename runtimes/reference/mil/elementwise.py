"""Operations on each element alone, with the broadcasting that MIL and PyTorch share, and softmax."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from mobileswap.formats.mil.program import FLOATS, Call, Operation

Build = Callable[[Operation], Call]


def unary(function: Callable[[Tensor], Tensor]) -> Build:
    """An operation whose one parameter is x."""
    return lambda op: Call(function, op.floats("x"))


def binary(function: Callable[[Tensor, Tensor], Tensor], *, integers: bool = False) -> Build:
    """An operation on x and y; ``integers`` where it means the same on them."""

    def build(op: Operation) -> Call:
        if integers:
            return Call(function, (op.variable("x"), op.variable("y")))
        return Call(function, op.floats("x", "y"))

    return build


def shifted(function: Callable[[Tensor], Tensor]) -> Build:
    """An operation that adds its epsilon to x first."""

    def build(op: Operation) -> Call:
        epsilon = op.number("epsilon")
        return Call(lambda x: function(x + epsilon), op.floats("x"))

    return build


def clip(op: Operation) -> Call:
    low, high = op.number("alpha"), op.number("beta")
    return Call(lambda x: torch.clamp(x, low, high), op.floats("x"))


def leaky_relu(op: Operation) -> Call:
    alpha = op.number("alpha")
    return Call(lambda x: F.leaky_relu(x, alpha), op.floats("x"))


def prelu(op: Operation) -> Call:
    """leaky_relu with an alpha of its own for each channel (axis 1)."""
    return Call(F.prelu, op.floats("x", "alpha"))


def softmax(op: Operation) -> Call:
    axis = op.integer("axis")
    return Call(lambda x: torch.softmax(x, axis), op.floats("x"))


def cast(op: Operation) -> Call:
    """To another type. A cast between floats does nothing here: fp16 rounding belongs to what runs the operation.

    Raises:
        UnknownOperation: the type is not fp16, fp32, int32 or bool.
    """
    x, target = op.variable("x"), op.text("dtype")
    if target in FLOATS:
        return Call(lambda x: x.float(), (x,))
    if target == "int32":
        return Call(lambda x: x.to(torch.int32), (x,))  # towards zero
    if target == "bool":
        return Call(lambda x: x != 0, (x,))
    raise op.refuse(f"dtype {target}; known are fp16, fp32, int32, bool")
