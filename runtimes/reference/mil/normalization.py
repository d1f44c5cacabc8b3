"""batch_norm, instance_norm and l2_norm. Inside they compute in float32; in fp16 only what comes out is rounded."""

import torch
from torch import Tensor
from torch.nn import functional as F

from mobileswap.formats.mil.program import Call, Operation, Variable


def batch_norm(op: Operation) -> Call:
    """(x − mean) / √(variance + epsilon) · gamma + beta, per channel (axis 1)."""
    x, mean, variance = op.floats("x", "mean", "variance")
    epsilon = op.number("epsilon")
    scale, offset = _scale(op)

    def run(x: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
        return F.batch_norm(x, mean, variance, scale, offset, eps=epsilon)

    return Call(run, (x, mean, variance))


def instance_norm(op: Operation) -> Call:
    """As batch_norm, with the mean and (biased) variance of each picture's own channel."""
    (x,) = op.floats("x")
    epsilon = op.number("epsilon")
    scale, offset = _scale(op)

    def run(x: Tensor) -> Tensor:
        return F.instance_norm(x, weight=scale, bias=offset, eps=epsilon)

    return Call(run, (x,))


def l2_norm(op: Operation) -> Call:
    """Gives x / √(Σx² + epsilon), over the last three axes together."""
    (x,) = op.floats("x")
    epsilon = op.number("epsilon")

    def run(x: Tensor) -> Tensor:
        return x / torch.sqrt(x.square().sum((-3, -2, -1), keepdim=True) + epsilon)

    return Call(run, (x,))


def _scale(op: Operation) -> tuple[Tensor | None, Tensor | None]:
    def tensor(parameter: str) -> Tensor | None:
        if not op.has(parameter):
            return None
        variable: Variable = op.floats(parameter)[0]
        op.constant(parameter)
        return variable.tensor

    return tensor("gamma"), tensor("beta")
