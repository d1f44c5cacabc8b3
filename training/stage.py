"""A generator at one stage of its training: 64² first, then 128², then the whole network at 256².

At the early stages only the layers of that resolution and below take part; a stem of two convolutions stands in for the
finer layers before them. So every layer learns at the resolution at which it will work, at a fraction of the cost.
"""

from collections.abc import Iterator

from torch import Tensor, nn
from torch.nn import functional as F

from mobileswap.model.mobilefsgan.generator import Generator

STAGES = (64, 128, 256)


class Stem(nn.Module):
    """A picture to what the finer layers would give: the attribute encoder's map and the identity encoder's."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.attribute = nn.Conv2d(3, channels, 3, padding=1)
        self.identity = nn.Conv2d(3, channels, 3, padding=1)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        return F.leaky_relu(self.attribute(picture)), F.leaky_relu(self.identity(picture))


class Stage(nn.Module):
    """The part of a generator that a stage trains.

    Args:
        generator: the whole network; its finer layers rest at the early stages.
        size: side of the pictures, one of `STAGES`.
    """

    def __init__(self, generator: Generator, size: int) -> None:
        super().__init__()
        self.generator, self.size = generator, size
        channels = generator.decoder.image64_output.conv.in_channels  # type: ignore[union-attr]
        self.stem = Stem(int(channels)) if size < STAGES[-1] else None  # type: ignore[arg-type]

    def forward(self, targets: Tensor, embeddings: Tensor) -> list[Tensor]:
        """(B, 3, S, S) and (B, 512) to the swapped pictures, the largest first."""
        if self.stem is None:
            return list(self.generator(targets, embeddings)[:3])
        attribute, identity = self.stem(targets)
        maps = self._attribute_maps(attribute)
        return self._decode(self._encode_identity(identity, embeddings), maps)

    def trained(self) -> Iterator[nn.Parameter]:
        """Parameters that take part at this stage."""
        resting = {id(parameter) for module in self._resting() for parameter in module.parameters()}
        return (parameter for parameter in self.parameters() if id(parameter) not in resting)

    def _resting(self) -> list[nn.Module]:
        g = self.generator
        i, a, d = g.identity_encoder, g.attribute_encoder, g.decoder
        fine = [g.encoder_head, i.b256_down, i.down128, a.b256_1, a.b256_2, a.downsample128]
        fine += [d.up256, d.b256_0, d.b256_1, d.b256_2, d.image256_output]
        middle = [i.b128_down, i.down64, a.b128_1, a.b128_2, a.b128_3, a.downsample64]
        middle += [d.up128, d.b128_0, d.b128_1, d.b128_2, d.b128_3, d.image128_output]
        return {64: fine + middle, 128: fine, 256: []}[self.size]

    def _attribute_maps(self, x: Tensor) -> list[Tensor]:
        encoder = self.generator.attribute_encoder
        maps = [x]
        if self.size == 128:
            for block in (encoder.b128_1, encoder.b128_2, encoder.b128_3):
                maps.append(maps[-1] + block(maps[-1]))
            maps.append(encoder.downsample64(maps[-1]))
        for block in (encoder.b64_1, encoder.b64_2, encoder.b64_3, encoder.b64_4):
            maps.append(maps[-1] + block(maps[-1]))
        return maps

    def _encode_identity(self, x: Tensor, embedding: Tensor) -> Tensor:
        encoder = self.generator.identity_encoder
        if self.size == 128:
            x = encoder.down64(x + encoder.b128_down(x, embedding))
        x64 = x + encoder.b64_down(x, embedding)
        x32 = encoder.down32(x64)
        x32 = x32 + encoder.b32_down(x32, embedding)
        x16 = encoder.down16(x32)
        x16 = x16 + encoder.b16_down(x16, embedding)
        x8 = encoder.down8(x16)
        x8 = x8 + encoder.b8_down(x8, embedding)
        y16 = encoder.up16(x8) + x16
        y16 = y16 + encoder.b16_up(y16, embedding)
        y32 = encoder.up32(y16) + x32
        y32 = y32 + encoder.b32_up(y32, embedding)
        y64 = encoder.up64(y32) + x64
        return y64 + encoder.b64_up(y64, embedding)  # type: ignore[no-any-return]

    def _decode(self, x: Tensor, maps: list[Tensor]) -> list[Tensor]:
        decoder = self.generator.decoder
        fine, coarse = maps[:-5], maps[-5:]
        blocks = (decoder.b64_0, decoder.b64_1, decoder.b64_2, decoder.b64_3, decoder.b64_4)
        for block, attribute in zip(reversed(blocks), reversed(coarse), strict=True):
            x = x + block(x, attribute)
        images = [decoder.image64_output(x)]
        if self.size == 128:
            x = decoder.up128(x)
            blocks128 = (decoder.b128_0, decoder.b128_1, decoder.b128_2, decoder.b128_3)
            for block, attribute in zip(reversed(blocks128), reversed(fine), strict=True):
                x = x + block(x, attribute)
            images.insert(0, decoder.image128_output(x))
        return images
