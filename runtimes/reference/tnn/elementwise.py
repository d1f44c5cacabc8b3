"""Layers that work element by element: activations, and two operands with broadcasting."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from mobileswap.formats.tnn.layer_words import Params
from mobileswap.runtimes.reference.tnn.kernel import Kernel

Builder = Callable[[Params, tuple[Tensor, ...]], Kernel]


def function(compute: Callable[[Tensor], Tensor]) -> Builder:
    """A layer without parameters."""

    def build(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
        del weights
        params.end()
        return compute

    return build


def two_operands(compute: Callable[[Tensor, Tensor], Tensor]) -> Builder:
    """Two blobs, or a blob and the constant that stands at ``weight_input_index``."""

    def build(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
        index = params.integer("weight_input_index", 1)
        params.end()
        if not weights:
            return compute
        (constant,) = weights
        if index not in (0, 1):
            raise params.fault(f"weight_input_index {index} with a constant")
        if index == 0:
            return lambda x: compute(constant, x)
        return lambda x: compute(x, constant)

    return build


def prelu(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """Keeps x where x ≥ 0, else slope·x, with one slope or one for each channel."""
    shared = params.integer("channel_shared", 0)
    params.integer("has_filler", 0)
    params.end()
    slope = weights[0].reshape(-1)
    if shared not in (0, 1) or (shared == 1) != (slope.numel() == 1):  # TNN reads as many as the line says
        raise params.fault(f"channel_shared {shared} with {slope.numel()} slopes")

    def run(x: Tensor) -> Tensor:
        if x.dim() < 2:
            raise params.fault(f"a blob of shape {tuple(x.shape)} in it")
        return F.prelu(x, slope)

    return run


def clip(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """min(x, high), then max with low: the lower bound wins where they cross."""
    del weights
    low, high = params.number("min"), params.number("max")
    params.end()
    return lambda x: torch.clamp_min(torch.clamp_max(x, high), low)


def power(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """(scale·x + shift) to the power of the exponent."""
    del weights
    exponent, scale, shift = params.number("exponent"), params.number("scale"), params.number("shift")
    params.end()
    return lambda x: torch.pow(x * scale + shift, exponent)


def elu(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    del weights
    alpha = params.number("alpha")
    params.end()
    return lambda x: F.elu(x, alpha)


def hard_sigmoid(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """alpha·x + beta, held between 0 and 1."""
    del weights
    alpha, beta = params.number("alpha"), params.number("beta")
    params.end()
    return lambda x: torch.clamp(x * alpha + beta, 0.0, 1.0)


def hard_swish(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """The first blob times the HardSigmoid of the second, or of itself where there is one only."""
    gate = hard_sigmoid(params, weights)

    def run(x: Tensor, other: Tensor | None = None) -> Tensor:
        factor = gate(x if other is None else other)
        assert isinstance(factor, Tensor)
        return x * factor

    return run


def softmax(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    del weights
    axis = params.integer("axis", 1)
    params.end()

    def run(x: Tensor) -> Tensor:
        if not -x.dim() <= axis < x.dim():
            raise params.fault(f"axis {axis} of a blob {tuple(x.shape)}")
        return torch.softmax(x, axis)

    return run
