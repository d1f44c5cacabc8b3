"""The blocks of the MobileFSGAN generator (paper, figures 3 and 4), with the released checkpoint's attribute names.

Every feature map has N channels (64 as released) at every scale. C below is always N. LeakyReLU slope 0.01, BN eps
1e-5. A block never adds its own input: whoever calls it does, so that the skip is visible where the figure shows it.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Head(nn.Module):
    """RGB image to features, twice: tap A for the attribute encoder, tap B for the identity encoder."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_image = nn.Conv2d(3, channels, 3, padding=1)
        self.conv1x1 = nn.Conv2d(channels, channels, 1)
        self.conv3x3 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        tap_a = F.leaky_relu(self.conv_image(image))  # (B, C, H, W)
        tap_b = self.conv3x3(F.leaky_relu(self.conv1x1(tap_a)))  # (B, C, H, W)
        return tap_a, tap_b


class BasicBlock(nn.Module):
    """Normalise, mix channels, mix pixels; the residual branch of the attribute encoder and of the decoder."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.normalize: nn.Module = nn.BatchNorm2d(channels)
        self.conv1x1 = nn.Conv2d(channels, channels, 1)
        self.conv3x3 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv3x3(F.leaky_relu(self.conv1x1(self.normalize(x))))  # type: ignore[no-any-return]


class OverPixels(nn.Module):
    """(B, C) to (B, C, 1, 1), one value for all pixels of a channel."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, :, None, None]


class IdentityBlock(nn.Module):
    """The residual branch of the identity encoder: the embedding scales and shifts the normalised features (AdaIN)."""

    def __init__(self, channels: int, embedding_size: int) -> None:
        super().__init__()
        self.normalize: nn.Module = nn.BatchNorm2d(channels, affine=False)
        self.fc_mean: nn.Module = nn.Linear(embedding_size, channels)
        self.fc_var: nn.Module = nn.Linear(embedding_size, channels)
        self.over_pixels: nn.Module = OverPixels()
        self.conv1x1 = nn.Conv2d(channels, channels, 1)
        self.conv3x3 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        shift = self.over_pixels(self.fc_mean(embedding))  # (B, C, 1, 1)
        scale = self.over_pixels(self.fc_var(embedding))  # (B, C, 1, 1); raw, so it may be negative
        x = self.normalize(x) * scale + shift
        return self.conv3x3(F.leaky_relu(self.conv1x1(F.leaky_relu(x))))  # type: ignore[no-any-return]


class Downsample(nn.Module):
    """(B, C, H, W) to (B, C, H/2, W/2).

    The convolution pads with zeros *after* the normalisation, so the two cannot be folded into one exactly.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.normalize = nn.BatchNorm2d(channels)
        self.conv = nn.Conv2d(channels, channels, 4, stride=2, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.leaky_relu(self.conv(self.normalize(x)))


class Enlarge(nn.Module):
    """(B, C, H, W) to (B, C, 2H+2, 2W+2): bilinear with aligned corners to twice the size, then a reflected border."""

    def forward(self, x: Tensor) -> Tensor:
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)  # (B, C, 2H, 2W)
        return F.pad(x, (1, 1, 1, 1), mode="reflect")


class Upsample(nn.Module):
    """(B, C, H, W) to (B, C, 2H, 2W): enlarged with a border of one, which the unpadded convolution uses up."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.normalize: nn.Module = nn.BatchNorm2d(channels)
        self.enlarge: nn.Module = Enlarge()
        self.conv = nn.Conv2d(channels, channels, 3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.leaky_relu(self.conv(self.enlarge(self.normalize(x))))


class WeightedSum(nn.Module):
    """M·x + (1 − M)·attribute, as published. M is a linear map of x and unbounded, so this is quadratic in x."""

    def forward(self, mask: Tensor, x: Tensor, attribute: Tensor) -> Tensor:
        return mask * x + (1 - mask) * attribute


class Interpolation(nn.Module):
    """attribute + M·(x − attribute): the same value with one multiplication and no literal."""

    def forward(self, mask: Tensor, x: Tensor, attribute: Tensor) -> Tensor:
        return attribute + mask * (x - attribute)


class DecoderBlock(nn.Module):
    """Blend the features with the attribute map of the same scale where the attention says so, then a basic block."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_attention = nn.Conv2d(channels, 1, 1)
        self.blend: nn.Module = WeightedSum()
        self.basic_block = BasicBlock(channels)

    def forward(self, x: Tensor, attribute: Tensor) -> Tensor:
        mask = self.conv_attention(x)  # (B, 1, H, W)
        return self.basic_block(self.blend(mask, x, attribute))  # type: ignore[no-any-return]


class ImageOutput(nn.Module):
    """Features to an RGB image in [-1, 1]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(self.conv(x))
