"""8-bit pictures at the border of a graph that computes on floats."""

import torch
from torch import Tensor, nn

from mobileswap.contracts.spec import LEVELS, TensorSpec
from mobileswap.model.graph.results import as_given, in_order

Pair = tuple[TensorSpec, TensorSpec]


class BitmapBorder(nn.Module):
    """A graph wrapped so that pictures go in and come out; other tensors pass as they are.

    Args:
        graph: on floats.
        inputs: of each input its form outside and inside.
        outputs: of each output its form inside and outside.
    """

    def __init__(self, graph: nn.Module, inputs: tuple[Pair, ...], outputs: tuple[Pair, ...]) -> None:
        super().__init__()
        self.inner = graph
        self.inputs, self.outputs = inputs, outputs

    def forward(self, *tensors: Tensor) -> Tensor | tuple[Tensor, ...]:
        fed = [_decoded(x, *pair) for x, pair in zip(tensors, self.inputs, strict=True)]
        given = in_order(self.inner(*fed))
        return as_given(tuple(_encoded(x, *pair) for x, pair in zip(given, self.outputs, strict=True)))


def _decoded(picture: Tensor, outside: TensorSpec, inside: TensorSpec) -> Tensor:
    """Levels to the network's own range: divided by the levels of its unit, and shifted."""
    if not outside.is_picture:
        return picture
    values = _laid_out(picture, outside, inside)
    if outside.dtype == "uint8":
        values = values.float()
    unit, zero = _unit_and_zero(inside, values)
    return values / unit - zero / unit


def _encoded(image: Tensor, inside: TensorSpec, outside: TensorSpec) -> Tensor:
    if not inside.is_picture:
        return image
    unit, zero = _unit_and_zero(inside, image)
    levels = image * unit + zero
    if not inside.bounded:
        levels = levels.clamp(*LEVELS)
    if outside.dtype == "uint8":
        levels = levels.round().to(torch.uint8)
    return _laid_out(levels, inside, outside)


def _laid_out(x: Tensor, held: TensorSpec, wanted: TensorSpec) -> Tensor:
    if held.layout != wanted.layout:
        x = x.permute([held.layout.index(axis) for axis in wanted.layout])
    return x.flip(wanted.layout.index("C")) if held.colour != wanted.colour else x


def _unit_and_zero(spec: TensorSpec, like: Tensor) -> tuple[Tensor | float, Tensor | float]:
    """Levels per unit of the network's range, and the level of its 0: numbers, or one of each per channel."""
    if not spec.channel_ranges:
        low, high = spec.value_range
        unit = LEVELS[1] / (high - low)
        return unit, -low * unit
    shape = [-1 if axis == "C" else 1 for axis in spec.layout]
    lows, highs = (torch.tensor(x, dtype=like.dtype).reshape(shape) for x in zip(*spec.channel_ranges, strict=True))
    units = LEVELS[1] / (highs - lows)
    return units, -lows * units
