"""Operations that put the same values into another shape or order, or put tensors together."""

import torch
from torch import Tensor
from torch.nn import functional as F

from mobileswap.formats.mil.program import Call, Operation


def identity(op: Operation) -> Call:
    return Call(lambda x: x, (op.variable("x"),))


def reshape(op: Operation) -> Call:
    """reshape, squeeze and expand_dims: all shapes are static, so that the output's own says all there is to say."""
    shape = op.outputs[0].shape
    return Call(lambda x: x.reshape(shape), (op.variable("x"),))


def transpose(op: Operation) -> Call:
    axes = op.integers("perm")
    return Call(lambda x: x.permute(axes), (op.variable("x"),))


def tile(op: Operation) -> Call:
    repeats = op.integers("reps")
    return Call(lambda x: x.repeat(repeats), (op.variable("x"),))


def concat(op: Operation) -> Call:
    """Join along an axis, one after the other, or (``interleave``) element by element in turn."""
    values = op.inputs["values"]
    axis = op.integer("axis") % len(values[0].shape)
    if op.flag("interleave"):
        return Call(lambda *tensors: torch.stack(tensors, axis + 1).flatten(axis, axis + 1), values)
    return Call(lambda *tensors: torch.cat(tensors, axis), values)


def stack(op: Operation) -> Call:
    axis = op.integer("axis")
    return Call(lambda *tensors: torch.stack(tensors, axis), op.inputs["values"])


def split(op: Operation) -> Call:
    axis = op.integer("axis")
    sizes = [output.shape[axis] for output in op.outputs]
    return Call(lambda x: torch.split(x, sizes, axis), (op.variable("x"),))


def pixel_shuffle(op: Operation) -> Call:
    """(N, C·f², H, W) to (N, C, H·f, W·f); the f² cells of a channel lie together, as in PyTorch."""
    factor = op.integer("upscale_factor")
    return Call(lambda x: F.pixel_shuffle(x, factor), (op.variable("x"),))


def pixel_unshuffle(op: Operation) -> Call:
    factor = op.integer("downscale_factor")
    return Call(lambda x: F.pixel_unshuffle(x, factor), (op.variable("x"),))


def depth_to_space(op: Operation) -> Call:
    """As pixel_shuffle, but the cells come first in the channel axis: f² blocks of C.

    The docstring is silent on the order. coremltools' TensorFlow converter writes tf.nn.depth_to_space as this, which
    has that order.
    """
    x, f = op.variable("x"), op.integer("block_size")
    n, depth, height, width = x.shape
    channels = depth // (f * f)

    def run(x: Tensor) -> Tensor:
        cells = x.reshape(n, f, f, channels, height, width)  # row in cell, column in cell, channel
        return cells.permute(0, 3, 4, 1, 5, 2).reshape(n, channels, height * f, width * f)

    return Call(run, (x,))


def space_to_depth(op: Operation) -> Call:
    """The inverse of depth_to_space."""
    x, f = op.variable("x"), op.integer("block_size")
    n, channels, height, width = x.shape

    def run(x: Tensor) -> Tensor:
        cells = x.reshape(n, channels, height // f, f, width // f, f)
        return cells.permute(0, 3, 5, 1, 2, 4).reshape(n, channels * f * f, height // f, width // f)

    return Call(run, (x,))
