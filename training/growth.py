"""From one stage to the next without losing what was learned: new layers start as ones that change nothing.

The new stem passes the picture on, shifted to four sides, in twelve channels; out of these the convolution that halves
the resolution computes exactly what the old stem computed on the halved picture. New blocks add nothing at first. The
new upsampling passes its input on, lifted above zero so that LeakyReLU lets it through.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mobileswap.model.mobilefsgan.blocks import Downsample, ImageOutput, Upsample
from mobileswap.model.mobilefsgan.generator import Generator
from mobileswap.training.stage import Stage

LIFT = 1.5  # a picture's −1 to 1 becomes positive, and LeakyReLU passes it
SHIFTS = ((0, 0), (0, 2), (2, 0), (2, 2))  # which of a 3×3 kernel's taps is 1: the four diagonal neighbours
COLOURS = 3 * len(SHIFTS)  # channels that carry the picture
ONE = COLOURS  # the channel that carries 1, for the old stem's bias


@dataclass(frozen=True)
class NewLayers:
    """What joins at a stage."""

    halving: tuple[Downsample, Downsample]
    blocks: tuple[Any, ...]
    doubling: Upsample
    old_output: ImageOutput
    new_output: ImageOutput


@torch.no_grad()
def grow(old: Stage, targets: Tensor, embeddings: Tensor) -> Stage:
    """The next stage of the same generator, which computes nearly the same.

    Args:
        old: the stage that is over.
        targets: (B, 3, 2S, 2S), pictures by which statistics of the new layers are set.
        embeddings: (B, 512).
    """
    assert old.stem is not None
    new = Stage(old.generator, old.size * 2)
    layers = _layers_at(new)
    if new.stem is None:
        _pass_head(old.generator)
    else:
        _pass_picture(new.stem.attribute)
        _pass_picture(new.stem.identity)
    for block in layers.blocks:
        nn.init.zeros_(block.conv3x3.weight)
    _observe(new, layers, targets, embeddings)
    for halving, stem in zip(layers.halving, (old.stem.attribute, old.stem.identity), strict=True):
        _halve_like(halving, stem)
    lowest = _observe(new, layers, targets, embeddings)
    offset = _double_like(layers.doubling, lowest)
    _draw_like(layers.new_output, layers.old_output, offset)
    _observe(new, layers, targets, embeddings, but=(*layers.halving, layers.doubling))
    return new


def _layers_at(stage: Stage) -> NewLayers:
    attribute: Any = stage.generator.attribute_encoder
    identity: Any = stage.generator.identity_encoder
    decoder: Any = stage.generator.decoder
    encoding: tuple[Any, ...]
    joining: tuple[Any, ...]
    if stage.size == 128:
        joining = (decoder.b128_0, decoder.b128_1, decoder.b128_2, decoder.b128_3)
        encoding = (attribute.b128_1, attribute.b128_2, attribute.b128_3, identity.b128_down)
        halving = (attribute.downsample64, identity.down64)
        doubling, old_output, new_output = decoder.up128, decoder.image64_output, decoder.image128_output
    else:
        joining = (decoder.b256_0, decoder.b256_1, decoder.b256_2)
        encoding = (attribute.b256_1, attribute.b256_2, identity.b256_down)
        halving = (attribute.downsample128, identity.down128)
        doubling, old_output, new_output = decoder.up256, decoder.image128_output, decoder.image256_output
    blocks = (*encoding, *(block.basic_block for block in joining))
    return NewLayers(halving, blocks, doubling, old_output, new_output)


def _pass_picture(convolution: nn.Conv2d) -> None:
    """The first channels are the picture's colours, shifted and lifted, and 1; the others keep their first weights."""
    assert convolution.bias is not None
    convolution.weight[: ONE + 1] = 0
    convolution.bias[:COLOURS] = LIFT
    convolution.bias[ONE] = 1
    for number, (row, column) in enumerate(SHIFTS):
        for colour in range(3):
            convolution.weight[3 * number + colour, colour, row, column] = 1


def _pass_head(generator: Generator) -> None:
    head = generator.encoder_head
    _pass_picture(head.conv_image)
    assert head.conv1x1.bias is not None
    for layer in (head.conv1x1, head.conv3x3):
        layer.weight[: ONE + 1] = 0
    head.conv1x1.bias[: ONE + 1] = 0
    for channel in range(ONE + 1):
        head.conv1x1.weight[channel, channel] = 1
        head.conv3x3.weight[channel, channel, 1, 1] = 1


def _halve_like(layer: Downsample, stem: nn.Conv2d) -> None:
    """What ``stem`` does on a picture of half the size, made by averaging 2×2 pixels.

    Output x of a 4×4 convolution with stride 2 sees pixels 2x−1 to 2x+2 of each channel, and channels are themselves
    shifted by one pixel to either side: together pixels 2x−2 to 2x+3, of which the stem's tap k averages 2k and 2k+1.
    """
    batch = layer.normalize
    assert stem.bias is not None
    assert batch.running_var is not None
    assert batch.running_mean is not None
    batch.running_var[ONE] = 1
    batch.weight.copy_((batch.running_var + batch.eps).sqrt())
    batch.bias.copy_(batch.running_mean)
    batch.bias[:COLOURS] -= LIFT
    batch.weight[ONE], batch.bias[ONE] = 0, 1
    nn.init.zeros_(layer.conv.weight)
    for number, (shift_row, shift_column) in enumerate(SHIFTS):
        for row in range(4):
            for column in range(4):
                tap_row, tap_column = row + shift_row, column + shift_column
                share = _share(tap_row) * _share(tap_column) / 4
                kernel = stem.weight[:, :, tap_row // 2, tap_column // 2]
                layer.conv.weight[:, 3 * number : 3 * number + 3, row, column] = kernel * share
    layer.conv.weight[:, ONE, 1, 1] = stem.bias


def _share(tap: int) -> float:
    """Of six pixels the middle two are seen through both shifts."""
    return 0.5 if tap in (2, 3) else 1.0


def _double_like(layer: Upsample, lowest: Tensor) -> Tensor:
    """Pass the features on, larger and lifted above zero; gives the lift of each channel."""
    batch: Any = layer.normalize
    deviation = (batch.running_var + batch.eps).sqrt()
    lift = (-lowest).clamp(min=0) + 0.5 * deviation
    batch.weight.copy_(deviation)
    batch.bias.copy_(batch.running_mean + lift)
    nn.init.zeros_(layer.conv.weight)
    for channel in range(len(lift)):
        layer.conv.weight[channel, channel, 1, 1] = 1
    return torch.as_tensor(lift)


def _draw_like(new: ImageOutput, old: ImageOutput, lift: Tensor) -> None:
    """The old picture at twice the size.

    What the outer taps see of the lift is moved to the middle tap: at the border they see padding, which is not lifted.
    """
    kernel = old.conv.weight
    along = torch.einsum("oiab,i->oab", kernel, lift) / lift.square().sum()
    seen = along[:, None] * lift[None, :, None, None]
    kernel = kernel - seen
    kernel[:, :, 1, 1] += seen.sum((2, 3))
    assert new.conv.bias is not None
    assert old.conv.bias is not None
    new.conv.weight.copy_(kernel)
    new.conv.bias.copy_(old.conv.bias - kernel.sum((2, 3)) @ lift)


def _observe(
    stage: Stage, layers: NewLayers, targets: Tensor, embeddings: Tensor, but: tuple[nn.Module, ...] = ()
) -> Tensor:
    """Set the statistics of the new layers by a batch; gives the least value of each channel before the doubling."""
    stage.eval()
    fresh = [layer for layer in (*layers.halving, *layers.blocks, layers.doubling) if layer not in but]
    batches: list[Any] = [layer.normalize for layer in fresh]
    lowest: list[Tensor] = []
    hook = layers.doubling.register_forward_pre_hook(
        lambda _, inputs: lowest.append(inputs[0].float().amin(dim=(0, 2, 3)))
    )
    usual = [batch.momentum for batch in batches]
    for batch in batches:
        batch.train()
        batch.momentum = 1.0
    stage(targets, embeddings)
    hook.remove()
    for batch, momentum in zip(batches, usual, strict=True):
        batch.eval()
        batch.momentum = momentum
    return lowest[0]
