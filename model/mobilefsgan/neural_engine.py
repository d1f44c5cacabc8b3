"""The same layers, put together from operations that the lint's sources call native to every chip from the A13 on.

What `mobileswap lint ane` names in the published form: resizing and reflection need a texture engine, which the A13
has not; a fully connected layer and its reshaping may go to the CPU; a crop that begins inside a row goes through a
copy that turns 4096 into infinity. Here are convolutions of one channel each, additions, multiplications by constants
and a pixel shuffle in their place. No shape is computed while the network runs, so the constants follow the size that
it is traced with.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mobileswap.model.mobilefsgan.blocks import IdentityBlock, OverPixels, Upsample
from mobileswap.model.mobilefsgan.embedder import CROP, FACE_SIZE, MobileFaceNet, UnitLength

Constant = npt.NDArray[np.float64]


class EnlargeByConvolution(nn.Module):
    """Enlarge (bilinear ×2 with aligned corners, then a reflected border of one) without resizing or reflecting.

    Along an axis of n cells let cell k, from 0 to n, be the pair of results 2k − 1 and 2k; all cells are then just the
    enlarged axis with its border, −1 to 2n. With d = 1/(2n − 1) both lie between x[k−1] and x[k]:

        result 2k − 1 = x[k] + ((n−1)·d + k·d) · (x[k−1] − x[k])
        result 2k     = x[k] + k·d             · (x[k−1] − x[k])

    The border comes out right if x itself is reflected: x[−1] = x[1] and x[n] = x[n−2].
    """

    def forward(self, x: Tensor) -> Tensor:
        x = _reflected(_reflected(x, axis=2), axis=3)  # (B, C, H+2, W+2)
        x = _pairs(x, axis=2)  # (B, 2C, H+1, W+2)
        x = _pairs(x, axis=3)  # (B, 4C, H+1, W+1)
        return F.pixel_shuffle(x, 2)  # (B, C, 2H+2, 2W+2)


class PixelLinear(nn.Conv2d):
    """A linear layer as a convolution over a single pixel: (B, C_in) or (B, C_in, 1, 1) to (B, C_out, 1, 1)."""

    def __init__(self, linear: nn.Linear) -> None:
        has_bias = linear.bias is not None
        super().__init__(linear.in_features, linear.out_features, 1, bias=has_bias, dtype=linear.weight.dtype)
        self.weight = nn.Parameter(linear.weight[:, :, None, None])
        if has_bias:
            self.bias = nn.Parameter(linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x if x.dim() == 4 else x[:, :, None, None])


class CropByMatrices(nn.Module):
    """The face crop as one matrix for the rows and the same for the columns, each a 1×1 convolution."""

    def forward(self, sources: Tensor) -> Tensor:
        matrix = _tensor(_crop_matrix(_size(sources, 2)), sources)[:, :, None, None]  # (112, 256, 1, 1)
        rows = F.conv2d(sources.permute(0, 2, 1, 3), matrix)  # (B, 112, 3, 256): rows stand where channels do
        columns = F.conv2d(rows.permute(0, 3, 2, 1), matrix)  # (B, 112, 3, 112): columns, channels, rows
        return columns.permute(0, 2, 3, 1)  # (B, 3, 112, 112)


def enlarge_by_convolution(network: nn.Module) -> int:
    count = 0
    for block in network.modules():
        if isinstance(block, Upsample):
            block.enlarge = EnlargeByConvolution()
            count += 1
    return count


def modulate_by_convolution(network: nn.Module) -> int:
    """The fully connected layers of the identity encoder give (B, C, 1, 1) at once."""
    count = 0
    for block in network.modules():
        if isinstance(block, IdentityBlock) and isinstance(block.over_pixels, OverPixels):
            assert isinstance(block.fc_mean, nn.Linear)
            assert isinstance(block.fc_var, nn.Linear)
            block.fc_mean, block.fc_var = PixelLinear(block.fc_mean), PixelLinear(block.fc_var)
            block.over_pixels = nn.Identity()
            count += 1
    return count


def crop_by_matrices(network: nn.Module) -> int:
    count = 0
    for net in network.modules():
        if isinstance(net, MobileFaceNet):
            net.crop = CropByMatrices()
            count += 1
    return count


def embed_by_convolution(network: nn.Module) -> int:
    """The last layer and the norm stay at (B, C, 1, 1); only the result is flattened. Wants the last BN folded."""
    count = 0
    for net in network.modules():
        if isinstance(net, MobileFaceNet) and isinstance(net.linear, nn.Linear) and isinstance(net.bn, nn.Identity):
            net.flatten = nn.Identity()
            net.linear = PixelLinear(net.linear)
            net.unit = nn.Sequential(UnitLength(), nn.Flatten())
            count += 1
    return count


def _reflected(x: Tensor, axis: int) -> Tensor:
    """One cell more at both ends of the axis, equal to the one next to the end: moved there by two, all else masked.

    A single cell has no neighbour; 0 stands in its place and is weighed with 0 later on. Joining slices would be
    shorter, but coremltools (9.0, pass use_reflection_padding) turns that into the very operation it is to avoid; and
    columns would be cut inside a row.
    """
    channels, cells = _size(x, 1), _size(x, axis)
    taps, mask = _tensor(_moved_by_two(channels, axis), x), _tensor(_ends(cells + 2, _beside(x, axis), axis), x)
    wider, padding = ((0, 0, 1, 1), (3, 0)) if axis == 2 else ((1, 1), (0, 3))
    return F.pad(x, wider) + mask * F.conv2d(x, taps, padding=padding, groups=channels)


def _pairs(x: Tensor, axis: int) -> Tensor:
    """(…, n+2) along the axis to n+1 pairs: channel c becomes 2c, the first of each pair, and 2c + 1, the second."""
    channels, n = _size(x, 1), _size(x, axis) - 2
    base, slope = (_tensor(_taps(kind, channels, n, axis), x) for kind in ("base", "slope"))
    ramp = _tensor(_ramp(n, _beside(x, axis), axis), x)
    return F.conv2d(x, base, groups=channels) + ramp * F.conv2d(x, slope, groups=channels)


def _beside(x: Tensor, axis: int) -> int:
    """How wide a constant along the axis is made along the other: a last axis of 1 would be stored 32 times over."""
    return _size(x, 3) if axis == 2 else 1


@lru_cache(maxsize=64)
def _taps(kind: str, channels: int, n: int, axis: int) -> Constant:
    """Weights on x[k−1] and x[k] for both results of a pair: (2C, 1, 2, 1) or (2C, 1, 1, 2)."""
    nearer = (n - 1) / (2 * n - 1)
    pair = [[nearer, 1 - nearer], [0.0, 1.0]] if kind == "base" else [[1.0, -1.0], [1.0, -1.0]]
    return np.tile(np.array(pair), (channels, 1)).reshape((-1, 1, 2, 1) if axis == 2 else (-1, 1, 1, 2))


@lru_cache(maxsize=64)
def _moved_by_two(channels: int, axis: int) -> Constant:
    """Each cell gets the sum of those two before and two behind it: (C, 1, 5, 1) or (C, 1, 1, 5)."""
    return np.tile([1.0, 0, 0, 0, 1], (channels, 1)).reshape((-1, 1, 5, 1) if axis == 2 else (-1, 1, 1, 5))


@lru_cache(maxsize=64)
def _ends(cells: int, beside: int, axis: int) -> Constant:
    return _along(np.array([1.0, *[0.0] * (cells - 2), 1]), beside, axis)


@lru_cache(maxsize=64)
def _ramp(n: int, beside: int, axis: int) -> Constant:
    """The step d = 1/(2n − 1) times k, for k from 0 to n."""
    return _along(np.arange(n + 1) / (2 * n - 1), beside, axis)


def _along(values: Constant, beside: int, axis: int) -> Constant:
    """(1, 1, cells, beside) or (1, 1, beside, cells)."""
    grid = np.repeat(values[:, None], beside, axis=1)
    return (grid if axis == 2 else grid.T)[None, None].copy()


@lru_cache(maxsize=4)
def _crop_matrix(size: int) -> Constant:
    """(112, size): each row picks two neighbouring cells of the crop, aligned at its corners."""
    first, cells = CROP.start, CROP.stop - CROP.start
    places = np.arange(FACE_SIZE) * (cells - 1) / (FACE_SIZE - 1)
    low = np.minimum(places.astype(int), cells - 2)
    matrix = np.zeros((FACE_SIZE, size))
    outputs = np.arange(FACE_SIZE)
    matrix[outputs, first + low] = 1 - (places - low)
    matrix[outputs, first + low + 1] += places - low
    return matrix


def _size(x: Tensor, axis: int) -> int:
    """As a number, under tracing too: shapes are static, and what is computed from them is a constant."""
    return int(x.shape[axis])


def _tensor(values: Constant, like: Tensor) -> Tensor:
    return torch.from_numpy(values).to(like.dtype)
