"""The MobileFSGAN generator, as its figure 2 reads from left to right (arXiv 2204.08339; released code 478175b).

image ── head ──┬── attribute encoder ── 12 maps at 256², 128², 64² ──┐
                └── identity encoder (+ embedding) ── 64² ────────── decoder ── images at 64², 128², 256²

The numbers in the names are the resolutions for a 256² image; any multiple of 32 works. The attribute names are the
released checkpoint's, so that loading it needs no map. Released counts: 365 keys, 2,517,781 parameters.
"""

from torch import Tensor, nn

from mobileswap.model.mobilefsgan.blocks import (
    BasicBlock,
    DecoderBlock,
    Downsample,
    Head,
    IdentityBlock,
    ImageOutput,
    Upsample,
)


class IdentityEncoder(nn.Module):
    """Features at 256² down to 8² and back up to 64²; the embedding enters at every scale."""

    def __init__(self, channels: int, embedding_size: int) -> None:
        super().__init__()
        self.b256_down = IdentityBlock(channels, embedding_size)
        self.down128 = Downsample(channels)
        self.b128_down = IdentityBlock(channels, embedding_size)
        self.down64 = Downsample(channels)
        self.b64_down = IdentityBlock(channels, embedding_size)
        self.down32 = Downsample(channels)
        self.b32_down = IdentityBlock(channels, embedding_size)
        self.down16 = Downsample(channels)
        self.b16_down = IdentityBlock(channels, embedding_size)
        self.down8 = Downsample(channels)
        self.b8_down = IdentityBlock(channels, embedding_size)
        self.up16 = Upsample(channels)
        self.b16_up = IdentityBlock(channels, embedding_size)
        self.up32 = Upsample(channels)
        self.b32_up = IdentityBlock(channels, embedding_size)
        self.up64 = Upsample(channels)
        self.b64_up = IdentityBlock(channels, embedding_size)

    def forward(self, x256: Tensor, embedding: Tensor) -> Tensor:
        x256 = x256 + self.b256_down(x256, embedding)
        x128 = self.down128(x256)
        x128 = x128 + self.b128_down(x128, embedding)
        x64 = self.down64(x128)
        x64 = x64 + self.b64_down(x64, embedding)
        x32 = self.down32(x64)
        x32 = x32 + self.b32_down(x32, embedding)
        x16 = self.down16(x32)
        x16 = x16 + self.b16_down(x16, embedding)
        x8 = self.down8(x16)
        x8 = x8 + self.b8_down(x8, embedding)
        y16 = self.up16(x8) + x16
        y16 = y16 + self.b16_up(y16, embedding)
        y32 = self.up32(y16) + x32
        y32 = y32 + self.b32_up(y32, embedding)
        y64 = self.up64(y32) + x64
        return y64 + self.b64_up(y64, embedding)  # type: ignore[no-any-return]  # (B, C, 64, 64)


class AttributeEncoder(nn.Module):
    """What is to be kept of the target face: 3 maps at 256², 4 at 128², 5 at 64², the first of each being its input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.b256_1 = BasicBlock(channels)
        self.b256_2 = BasicBlock(channels)
        self.downsample128 = Downsample(channels)
        self.b128_1 = BasicBlock(channels)
        self.b128_2 = BasicBlock(channels)
        self.b128_3 = BasicBlock(channels)
        self.downsample64 = Downsample(channels)
        self.b64_1 = BasicBlock(channels)
        self.b64_2 = BasicBlock(channels)
        self.b64_3 = BasicBlock(channels)
        self.b64_4 = BasicBlock(channels)

    def forward(self, x: Tensor) -> list[Tensor]:
        a256 = [x]
        for block in (self.b256_1, self.b256_2):
            a256.append(a256[-1] + block(a256[-1]))
        a128 = [self.downsample128(a256[-1])]
        for block in (self.b128_1, self.b128_2, self.b128_3):
            a128.append(a128[-1] + block(a128[-1]))
        a64 = [self.downsample64(a128[-1])]
        for block in (self.b64_1, self.b64_2, self.b64_3, self.b64_4):
            a64.append(a64[-1] + block(a64[-1]))
        return [*a256, *a128, *a64]


class Decoder(nn.Module):
    """From 64² to 256²; at every scale the attribute maps are blended in from the last to the first."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.b64_4 = DecoderBlock(channels)
        self.b64_3 = DecoderBlock(channels)
        self.b64_2 = DecoderBlock(channels)
        self.b64_1 = DecoderBlock(channels)
        self.b64_0 = DecoderBlock(channels)
        self.image64_output: nn.Module = ImageOutput(channels)
        self.up128 = Upsample(channels)
        self.b128_3 = DecoderBlock(channels)
        self.b128_2 = DecoderBlock(channels)
        self.b128_1 = DecoderBlock(channels)
        self.b128_0 = DecoderBlock(channels)
        self.image128_output: nn.Module = ImageOutput(channels)
        self.up256 = Upsample(channels)
        self.b256_2 = DecoderBlock(channels)
        self.b256_1 = DecoderBlock(channels)
        self.b256_0 = DecoderBlock(channels)
        self.image256_output = ImageOutput(channels)

    def forward(self, x: Tensor, attributes: list[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        a256, a128, a64 = attributes[:3], attributes[3:7], attributes[7:]
        blocks64 = (self.b64_0, self.b64_1, self.b64_2, self.b64_3, self.b64_4)
        for block, attribute in zip(reversed(blocks64), reversed(a64), strict=True):
            x = x + block(x, attribute)
        image64 = self.image64_output(x)
        x = self.up128(x)
        blocks128 = (self.b128_0, self.b128_1, self.b128_2, self.b128_3)
        for block, attribute in zip(reversed(blocks128), reversed(a128), strict=True):
            x = x + block(x, attribute)
        image128 = self.image128_output(x)
        x = self.up256(x)
        blocks256 = (self.b256_0, self.b256_1, self.b256_2)
        for block, attribute in zip(reversed(blocks256), reversed(a256), strict=True):
            x = x + block(x, attribute)
        return self.image256_output(x), image128, image64


class Generator(nn.Module):
    """Puts the source person's identity on the target face.

    Args:
        channels: of every feature map; 64 as released.
        embedding_size: of the source face's embedding; 512 as released.
    """

    def __init__(self, channels: int = 64, embedding_size: int = 512) -> None:
        super().__init__()
        self.encoder_head = Head(channels)
        self.identity_encoder = IdentityEncoder(channels, embedding_size)
        self.attribute_encoder = AttributeEncoder(channels)
        self.decoder = Decoder(channels)

    def forward(self, targets: Tensor, embeddings: Tensor) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
        """Swap a batch of faces.

        Args:
            targets: (B, 3, 256, 256) RGB in [-1, 1].
            embeddings: (B, 512), L2 norm 1.

        Returns:
            Images at 256², 128² and 64², RGB in [-1, 1], and the 12 attribute maps.
        """
        tap_a, tap_b = self.encoder_head(targets)
        attributes = self.attribute_encoder(tap_a)
        identity = self.identity_encoder(tap_b, embeddings)
        return *self.decoder(identity, attributes), attributes
