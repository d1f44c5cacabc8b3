"""MobileFaceNet, the embedder (arXiv 1804.07573, in the 512-d form that MobileFSGAN released; 1,200,512 parameters).

Attribute names are the released checkpoint's (333 keys, no prefix).
"""

from torch import Tensor, nn
from torch.nn import functional as F

CROP = slice(26, 230)  # of a 256² aligned face, both axes (released code): what the 112² face crop shows
FACE_SIZE = 112


class ConvBlock(nn.Module):
    """Convolution, BN, PReLU."""

    def __init__(
        self, cin: int, cout: int, kernel: int = 1, stride: int = 1, padding: int = 0, groups: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel, stride, padding, groups=groups, bias=False)
        self.bn: nn.Module = nn.BatchNorm2d(cout)
        self.prelu = nn.PReLU(cout)

    def forward(self, x: Tensor) -> Tensor:
        return self.prelu(self.bn(self.conv(x)))  # type: ignore[no-any-return]


class LinearBlock(nn.Module):
    """Convolution and BN, no activation: the bottleneck stays linear."""

    def __init__(self, cin: int, cout: int, kernel: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel, groups=groups, bias=False)
        self.bn: nn.Module = nn.BatchNorm2d(cout)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x))  # type: ignore[no-any-return]


class DepthWise(nn.Module):
    """Widen with a 1×1, filter each channel with a 3×3, project back with a linear 1×1."""

    def __init__(self, cin: int, cout: int, width: int, stride: int = 2) -> None:
        super().__init__()
        self.conv = ConvBlock(cin, width)
        self.conv_dw = ConvBlock(width, width, kernel=3, stride=stride, padding=1, groups=width)
        self.project = LinearBlock(width, cout)

    def forward(self, x: Tensor) -> Tensor:
        return self.project(self.conv_dw(self.conv(x)))  # type: ignore[no-any-return]


class Residual(nn.Module):
    """A chain of depth-wise blocks at one resolution, each added to its input."""

    def __init__(self, channels: int, width: int, count: int) -> None:
        super().__init__()
        self.model = nn.Sequential(*(DepthWise(channels, channels, width, stride=1) for _ in range(count)))

    def forward(self, x: Tensor) -> Tensor:
        for block in self.model:
            x = x + block(x)
        return x


class UnitLength(nn.Module):
    """(B, C, ...) divided by its L2 norm over the channels. As released there is no epsilon: zeros would give NaN."""

    def forward(self, x: Tensor) -> Tensor:
        return x / x.norm(dim=1, keepdim=True)  # type: ignore[no-any-return]


class FaceCrop(nn.Module):
    """crop_face as a module, which a rewrite can replace."""

    def forward(self, sources: Tensor) -> Tensor:
        return crop_face(sources)


class MobileFaceNet(nn.Module):
    """A face crop to its embedding. ``crop`` makes the crop; it is here so that it is rewritten with the rest."""

    def __init__(self, embedding_size: int = 512) -> None:
        super().__init__()
        self.conv1 = ConvBlock(3, 64, kernel=3, stride=2, padding=1)  # (B, 64, 56, 56)
        self.conv2_dw = ConvBlock(64, 64, kernel=3, padding=1, groups=64)
        self.conv_23 = DepthWise(64, 64, width=128)  # (B, 64, 28, 28)
        self.conv_3 = Residual(64, width=128, count=4)
        self.conv_34 = DepthWise(64, 128, width=256)  # (B, 128, 14, 14)
        self.conv_4 = Residual(128, width=256, count=6)
        self.conv_45 = DepthWise(128, 128, width=512)  # (B, 128, 7, 7)
        self.conv_5 = Residual(128, width=256, count=2)
        self.conv_6_sep = ConvBlock(128, 512)  # (B, 512, 7, 7)
        self.conv_6_dw = LinearBlock(512, 512, kernel=7, groups=512)  # (B, 512, 1, 1)
        self.flatten: nn.Module = nn.Flatten()
        self.linear: nn.Module = nn.Linear(512, embedding_size, bias=False)
        self.bn: nn.Module = nn.BatchNorm1d(embedding_size)
        self.unit: nn.Module = UnitLength()
        self.crop: nn.Module = FaceCrop()

    def forward(self, crops: Tensor) -> Tensor:
        """Embed a batch of crops.

        Args:
            crops: (B, 3, 112, 112) RGB in [-1, 1].

        Returns:
            (B, 512), L2 norm 1.
        """
        x = self.conv_23(self.conv2_dw(self.conv1(crops)))
        x = self.conv_34(self.conv_3(x))
        x = self.conv_45(self.conv_4(x))
        x = self.conv_6_dw(self.conv_6_sep(self.conv_5(x)))
        return self.unit(self.bn(self.linear(self.flatten(x))))  # type: ignore[no-any-return]


def crop_face(sources: Tensor) -> Tensor:
    """(B, 3, 256, 256) aligned faces to the (B, 3, 112, 112) crops that MobileFaceNet was trained on."""
    crops = sources[:, :, CROP, CROP]  # (B, 3, 204, 204)
    return F.interpolate(crops, size=(FACE_SIZE, FACE_SIZE), mode="bilinear", align_corners=True)
