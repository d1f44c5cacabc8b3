"""reduce_*: one number from all elements along some axes. Sums run in float32, and only the result is rounded."""

from collections.abc import Callable

import torch
from torch import Tensor

from mobileswap.formats.mil.program import Call, Operation

Reduce = Callable[[Tensor, tuple[int, ...], bool], Tensor]


def reduction(reduce: Reduce) -> Callable[[Operation], Call]:
    """An operation with the parameters axes (all, where absent) and keep_dims."""

    def build(op: Operation) -> Call:
        (x,) = op.floats("x")
        axes = op.integers("axes") if op.has("axes") else tuple(range(len(x.shape)))
        keep = op.flag("keep_dims")
        return Call(lambda x: reduce(x, axes, keep), (x,))

    return build


def total(x: Tensor, axes: tuple[int, ...], keep: bool) -> Tensor:
    return torch.sum(x, axes, keepdim=keep)


def mean(x: Tensor, axes: tuple[int, ...], keep: bool) -> Tensor:
    return torch.mean(x, axes, keepdim=keep)


def largest(x: Tensor, axes: tuple[int, ...], keep: bool) -> Tensor:
    return torch.amax(x, axes, keepdim=keep)


def smallest(x: Tensor, axes: tuple[int, ...], keep: bool) -> Tensor:
    return torch.amin(x, axes, keepdim=keep)


def sum_of_squares(x: Tensor, axes: tuple[int, ...], keep: bool) -> Tensor:
    return torch.sum(x.square(), axes, keepdim=keep)


def l2_length(x: Tensor, axes: tuple[int, ...], keep: bool) -> Tensor:
    """√Σx², without the epsilon that l2_norm has."""
    return sum_of_squares(x, axes, keep).sqrt()
