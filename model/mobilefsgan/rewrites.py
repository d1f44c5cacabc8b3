"""The exact algebra that simplifies MobileFSGAN for shipping.

Each function changes the network it is given and returns in how many places; model/graph/deploy.py hands it a copy and
measures in float64 that the outputs stayed. Of the 42 BatchNorms 35 go. The 7 of the downsamplings stay: their
convolution pads with zeros after the normalisation, and no bias can say that at the border.
"""

import torch
from torch import Tensor, nn

from mobileswap.model.mobilefsgan.blocks import BasicBlock, DecoderBlock, IdentityBlock, Interpolation, Upsample
from mobileswap.model.mobilefsgan.embedder import ConvBlock, LinearBlock, MobileFaceNet
from mobileswap.model.mobilefsgan.generator import Decoder
from mobileswap.model.mobilefsgan.neural_engine import (
    crop_by_matrices,
    embed_by_convolution,
    enlarge_by_convolution,
    modulate_by_convolution,
)
from mobileswap.model.rewrite import Rewrite


def _scale_and_shift(norm: nn.Module) -> tuple[Tensor, Tensor]:
    """BN at inference is x·scale + shift, per channel: both (C,)."""
    assert isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = torch.rsqrt(norm.running_var + norm.eps)
    shift = -norm.running_mean * scale
    if norm.affine:
        scale, shift = scale * norm.weight, shift * norm.weight + norm.bias
    return scale.detach(), shift.detach()


def _fold_before(norm: nn.Module, conv: nn.Conv2d) -> None:
    """Conv(x·scale + shift) with no zero padding between: scale into the input channels, shift into the bias."""
    scale, shift = _scale_and_shift(norm)
    bias = (conv.weight * shift[None, :, None, None]).sum(dim=(1, 2, 3))
    conv.bias = nn.Parameter(bias if conv.bias is None else conv.bias + bias)
    conv.weight = nn.Parameter(conv.weight * scale[None, :, None, None])


def _fold_after(norm: nn.Module, layer: nn.Conv2d | nn.Linear) -> None:
    """layer(x)·scale + shift: always exact. ``layer`` has no bias of its own in MobileFaceNet."""
    scale, shift = _scale_and_shift(norm)
    layer.weight = nn.Parameter(layer.weight * scale.reshape(-1, *(1 for _ in layer.weight.shape[1:])))
    layer.bias = nn.Parameter(shift)


def drop_side_heads(network: nn.Module) -> int:
    count = 0
    for decoder in network.modules():
        if isinstance(decoder, Decoder):
            decoder.image64_output = nn.Identity()
            decoder.image128_output = nn.Identity()
            count += 2
    return count


def fold_norm_into_conv1x1(network: nn.Module) -> int:
    count = 0
    for block in network.modules():
        if isinstance(block, BasicBlock):
            _fold_before(block.normalize, block.conv1x1)
            block.normalize = nn.Identity()
            count += 1
    return count


def fold_norm_through_upsample(network: nn.Module) -> int:
    count = 0
    for block in network.modules():
        if isinstance(block, Upsample):
            _fold_before(block.normalize, block.conv)
            block.normalize = nn.Identity()
            count += 1
    return count


def fold_norm_into_modulation(network: nn.Module) -> int:
    """(x·s + t)·scale + shift = x·(s·scale) + (shift + t·scale), with scale and shift linear in the embedding."""
    count = 0
    for block in network.modules():
        if isinstance(block, IdentityBlock):
            s, t = _scale_and_shift(block.normalize)
            mean, var = block.fc_mean, block.fc_var
            assert isinstance(mean, nn.Linear)
            assert isinstance(var, nn.Linear)
            mean.weight = nn.Parameter(mean.weight + t[:, None] * var.weight)
            mean.bias = nn.Parameter(mean.bias + t * var.bias)
            var.weight = nn.Parameter(var.weight * s[:, None])
            var.bias = nn.Parameter(var.bias * s)
            block.normalize = nn.Identity()
            count += 1
    return count


def blend_by_interpolation(network: nn.Module) -> int:
    count = 0
    for block in network.modules():
        if isinstance(block, DecoderBlock):
            block.blend = Interpolation()
            count += 1
    return count


class Constant(nn.Module):
    """A layer whose output is known beforehand."""

    value: Tensor

    def __init__(self, value: Tensor) -> None:
        super().__init__()
        self.register_buffer("value", value)

    def forward(self, _: Tensor) -> Tensor:
        return self.value


@torch.no_grad()
def bake_identity(network: nn.Module, embedding: Tensor) -> int:
    """Replace the fully connected layers of the identity encoder by what they say of this one embedding (1, 512)."""
    count = 0
    for block in network.modules():
        if isinstance(block, IdentityBlock):
            for name in ("fc_mean", "fc_var"):
                layer: nn.Linear = getattr(block, name)
                setattr(block, name, Constant(layer(embedding.to(layer.weight.dtype))))  # (1, C)
                count += 1
    return count


def fold_conv_norm(network: nn.Module) -> int:
    count = 0
    for block in network.modules():
        if isinstance(block, ConvBlock | LinearBlock):
            _fold_after(block.bn, block.conv)
            block.bn = nn.Identity()
            count += 1
    return count


def fold_linear_norm(network: nn.Module) -> int:
    count = 0
    for net in network.modules():
        if isinstance(net, MobileFaceNet):
            assert isinstance(net.linear, nn.Linear)
            _fold_after(net.bn, net.linear)
            net.bn = nn.Identity()
            count += 1
    return count


GENERATOR_REWRITES = (
    Rewrite("drop-side-heads", "the 64² and 128² images serve training only", drop_side_heads),
    Rewrite("fold-norm-into-conv1x1", "a 1×1 convolution has no border", fold_norm_into_conv1x1),
    Rewrite("fold-norm-through-upsample", "bilinear weights sum to 1, reflection repeats", fold_norm_through_upsample),
    Rewrite("fold-norm-into-modulation", "scale and shift are linear in the embedding", fold_norm_into_modulation),
    Rewrite("blend-by-interpolation", "a + M·(x − a) = M·x + (1 − M)·a", blend_by_interpolation),
    Rewrite("enlarge-by-convolution", "between two neighbours, linear in the place", enlarge_by_convolution, ("ane",)),
    Rewrite("modulate-by-convolution", "a linear layer is a 1×1 convolution", modulate_by_convolution, ("ane",)),
)

EMBEDDER_REWRITES = (
    Rewrite("fold-conv-norm", "BN follows its convolution directly", fold_conv_norm),
    Rewrite("fold-linear-norm", "BN follows its linear layer directly", fold_linear_norm),
    Rewrite("crop-by-matrices", "a bilinear resize is a matrix along each axis", crop_by_matrices, ("ane",)),
    Rewrite("embed-by-convolution", "a linear layer is a 1×1 convolution", embed_by_convolution, ("ane",)),
)
