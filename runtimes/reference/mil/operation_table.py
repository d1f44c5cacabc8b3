"""The one list of MIL operations that the executor knows, by MIL's names."""

from collections.abc import Callable, Mapping

import torch
from torch.nn import functional as F

from mobileswap.formats.mil.program import Call, Operation
from mobileswap.runtimes.reference.mil import (
    elementwise,
    padding,
    pooling,
    product,
    reduction,
    resizing,
    shape,
    slicing,
)
from mobileswap.runtimes.reference.mil.convolution import conv, conv_transpose
from mobileswap.runtimes.reference.mil.elementwise import binary, shifted, unary
from mobileswap.runtimes.reference.mil.normalization import batch_norm, instance_norm, l2_norm
from mobileswap.runtimes.reference.mil.reduction import reduction as reduced

TABLE: Mapping[str, Callable[[Operation], Call]] = {
    # convolution and products
    "conv": conv,
    "conv_transpose": conv_transpose,
    "linear": product.linear,
    "matmul": product.matmul,
    # normalization
    "batch_norm": batch_norm,
    "instance_norm": instance_norm,
    "l2_norm": l2_norm,
    # activations
    "clip": elementwise.clip,
    "leaky_relu": elementwise.leaky_relu,
    "prelu": elementwise.prelu,
    "relu": unary(torch.relu),
    "relu6": unary(F.relu6),
    "sigmoid": unary(torch.sigmoid),
    "silu": unary(F.silu),
    "softmax": elementwise.softmax,
    "tanh": unary(torch.tanh),
    # arithmetic
    "abs": unary(torch.abs),
    "add": binary(torch.add, integers=True),
    "cast": elementwise.cast,
    "cos": unary(torch.cos),
    "exp": unary(torch.exp),
    "inverse": shifted(torch.reciprocal),
    "log": shifted(torch.log),
    "maximum": binary(torch.maximum, integers=True),
    "minimum": binary(torch.minimum, integers=True),
    "mul": binary(torch.mul, integers=True),
    "pow": binary(torch.pow),
    "real_div": binary(torch.div),
    "rsqrt": shifted(torch.rsqrt),
    "sin": unary(torch.sin),
    "sqrt": unary(torch.sqrt),
    "square": unary(torch.square),
    "sub": binary(torch.sub, integers=True),
    # reduction
    "reduce_l2_norm": reduced(reduction.l2_length),
    "reduce_max": reduced(reduction.largest),
    "reduce_mean": reduced(reduction.mean),
    "reduce_min": reduced(reduction.smallest),
    "reduce_sum": reduced(reduction.total),
    "reduce_sum_square": reduced(reduction.sum_of_squares),
    # pooling, padding, resizing
    "avg_pool": pooling.avg_pool,
    "max_pool": pooling.max_pool,
    "pad": padding.pad,
    "resize_bilinear": resizing.resize_bilinear,
    "upsample_bilinear": resizing.upsample_bilinear,
    "upsample_nearest_neighbor": resizing.upsample_nearest_neighbor,
    # shape
    "concat": shape.concat,
    "crop": slicing.crop,
    "depth_to_space": shape.depth_to_space,
    "expand_dims": shape.reshape,
    "identity": shape.identity,
    "pixel_shuffle": shape.pixel_shuffle,
    "pixel_unshuffle": shape.pixel_unshuffle,
    "reshape": shape.reshape,
    "slice_by_index": slicing.slice_by_index,
    "slice_by_size": slicing.slice_by_size,
    "space_to_depth": shape.space_to_depth,
    "split": shape.split,
    "squeeze": shape.reshape,
    "stack": shape.stack,
    "tile": shape.tile,
    "transpose": shape.transpose,
}
