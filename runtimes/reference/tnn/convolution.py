"""Convolution, Deconvolution, InnerProduct and MatMul."""

from torch import Tensor
from torch.nn import functional as F

from mobileswap.formats.tnn.layer_words import Params
from mobileswap.runtimes.reference.tnn.kernel import Kernel

_AS_GIVEN = -1


def convolution(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """Filter as OIHW, its I that of one group. activation: 0 none, 1 ReLU, 2 ReLU6."""
    group, out_channels, kernel, strides, pads, dilations, activation = _window(params, weights)
    weight, bias = _weight_and_bias(params, weights, out_channels)
    if weight.numel() % (out_channels * kernel[0] * kernel[1]):
        raise params.fault(f"a weight of {weight.numel()} numbers for {out_channels} × {kernel}")
    weight = weight.reshape(out_channels, -1, *kernel)

    def run(x: Tensor) -> Tensor:
        _require_images(params, x)
        return _activated(F.conv2d(x, weight, bias, strides, pads, dilations, group), activation)

    return run


def deconvolution(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """Filter as (group, I, O, H, W). Every input pixel adds the filter to the output; the pads are cut off."""
    group, out_channels, kernel, strides, pads, dilations, activation = _window(params, weights)
    weight, bias = _weight_and_bias(params, weights, out_channels)
    if out_channels % group or weight.numel() % (out_channels // group * kernel[0] * kernel[1]):
        raise params.fault(f"a weight of {weight.numel()} numbers for {out_channels} × {kernel}")
    weight = weight.reshape(-1, out_channels // group, *kernel)

    def run(x: Tensor) -> Tensor:
        _require_images(params, x)
        whole = F.conv_transpose2d(x, weight, bias, strides, pads, (0, 0), group, dilations)
        return _activated(whole, activation)

    return run


def inner_product(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """W·x + b, with W as (out, in) and everything behind the batch in one row."""
    outputs = params.integer("num_output", least=1)
    has_bias, transpose, axis = (params.integer(what) for what in ("has_bias", "transpose", "axis"))
    params.end()
    if transpose or axis != 1:
        raise params.unknown(f"transpose {transpose}, axis {axis}")
    weight, bias = weights
    if weight.numel() % outputs or (has_bias and bias.numel() != outputs):
        raise params.fault(f"{weight.numel()} weights and {bias.numel()} biases for {outputs} outputs")
    matrix = weight.reshape(outputs, -1)
    shift = bias.reshape(-1) if has_bias else None
    return lambda x: F.linear(x.flatten(1), matrix, shift)


def matmul(params: Params, weights: tuple[Tensor, ...]) -> Kernel:
    """The product of two blobs, or of a blob and the constant that stands at ``weight_position``."""
    position = params.integer("weight_position", -1)
    params.end()
    if not weights:
        return lambda a, b: a @ b
    if position not in (0, 1):
        raise params.fault(f"weight_position {position}")
    (weight,) = weights
    return (lambda x: x @ weight) if position == 1 else (lambda x: weight @ x)


def _window(
    params: Params, weights: tuple[Tensor, ...]
) -> tuple[int, int, tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...], int]:
    group = params.integer("group", least=1)
    in_channels = params.integer("in_channels", least=1)
    out_channels = params.integer("out_channels", least=1)
    kernel = params.integers(2, "kernel", least=1)
    strides = params.integers(2, "stride", least=1)
    pads = params.integers(2, "pad", least=0)
    has_bias = params.integer("has_bias", least=0)
    pad_type = params.integer("pad_type", 0)
    dilations = params.integer("dilation", 1, least=1), params.integer("dilation", 1, least=1)
    activation = params.integer("activation", 0)
    params.end()
    if pad_type != _AS_GIVEN:
        raise params.unknown(f"pad_type {pad_type}")
    if activation not in (0, 1, 2):
        raise params.unknown(f"activation {activation}")
    if dilations[0] != dilations[1]:  # TNN's kernels take the first for both axes
        raise params.unknown(f"dilations {dilations}")
    _require_resource(params, weights, has_bias, in_channels * out_channels * kernel[0] * kernel[1])
    return group, out_channels, kernel, strides, pads, dilations, activation


def _require_resource(params: Params, weights: tuple[Tensor, ...], has_bias: int, count: int) -> None:
    """The line and the .tnnmodel say twice whether there is a bias; TNN reads by one and computes by the other."""
    if has_bias != len(weights) - 1:
        raise params.fault(f"has_bias {has_bias} with {len(weights) - 1} biases in the .tnnmodel")
    if weights[0].numel() != count:
        raise params.fault(f"{weights[0].numel()} weights where its channels and kernel need {count}")


def _weight_and_bias(params: Params, weights: tuple[Tensor, ...], channels: int) -> tuple[Tensor, Tensor | None]:
    bias = weights[1].reshape(-1) if len(weights) > 1 else None
    if not weights[0].numel() or (bias is not None and bias.numel() != channels):
        raise params.fault(f"{weights[0].numel()} weights, {'no' if bias is None else bias.numel()} biases")
    return weights[0], bias


def _require_images(params: Params, x: Tensor) -> None:
    if x.dim() != 4:  # PyTorch takes three axes for one image without a batch
        raise params.fault(f"a blob of shape {tuple(x.shape)} in it")


def _activated(x: Tensor, activation: int) -> Tensor:
    if activation == 0:
        return x
    return F.relu(x) if activation == 1 else F.relu6(x)
