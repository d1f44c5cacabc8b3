"""BatchNormCxx, InstBatchNormCxx and the reductions."""

from collections.abc import Callable

import torch
from torch import Tensor

from mobileswap.formats.tnn.layer_words import Params
from mobileswap.runtimes.reference.tnn.elementwise import Builder
from mobileswap.runtimes.reference.tnn.kernel import Kernel

Reduction = Callable[[Tensor, tuple[int, ...], bool], Tensor]


def batch_norm(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """scale·x + bias, with one number or one for each channel."""
    params.end()
    scale, bias = _channel_numbers(params, weights)
    return lambda x: torch.addcmul(_along_channels(params, bias, x), x, _along_channels(params, scale, x))


def instance_norm(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """Each channel of each image to mean 0 and variance 1 (biased, eps inside the root), then scale and bias."""
    channels = params.integer("channels", 0)
    eps = params.number("eps")
    params.end()
    scale, bias = _channel_numbers(params, weights)
    if channels != scale.numel():
        raise params.fault(f"{channels} channels and {scale.numel()} scales")

    def run(x: Tensor) -> Tensor:
        if x.dim() < 3:
            raise params.fault(f"a blob of shape {tuple(x.shape)} in it")
        variance, mean = torch.var_mean(x, dim=tuple(range(2, x.dim())), correction=0, keepdim=True)
        normal = (x - mean) * torch.rsqrt(variance + eps)
        return normal * _along_channels(params, scale, x) + _along_channels(params, bias, x)

    return run


def reduction(compute: Reduction) -> Builder:
    """keep_dims, then the axes to go."""

    def build(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
        del weights
        keeps = bool(params.integer("keep_dims"))
        axes = params.rest("axis")
        if not axes:
            raise params.unknown("a reduction of no axis")

        def run(x: Tensor) -> Tensor:
            where = tuple(sorted({axis % x.dim() for axis in axes}))
            if any(not -x.dim() <= axis < x.dim() for axis in axes):
                raise params.fault(f"axes {axes} of a blob {tuple(x.shape)}")
            return compute(x, where, keeps)

        return run

    return build


def _channel_numbers(params: Params, weights: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
    scale, bias = (weight.reshape(-1) for weight in weights)
    if not bias.numel():
        bias = torch.zeros_like(scale)
    if not scale.numel() or scale.numel() != bias.numel():
        raise params.fault(f"{scale.numel()} scales and {bias.numel()} biases")
    return scale, bias


def _along_channels(params: Params, values: Tensor, x: Tensor) -> Tensor:
    if x.dim() < 2 or values.numel() not in (1, x.shape[1]):
        raise params.fault(f"{values.numel()} channels for a blob {tuple(x.shape)}")
    return values.reshape(1, -1, *[1] * (x.dim() - 2))
