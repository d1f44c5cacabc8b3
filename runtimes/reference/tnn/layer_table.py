"""The one table: TNN layer type → what it computes."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from mobileswap.contracts.errors import UnknownOperation
from mobileswap.formats.tnn.layer_words import Params
from mobileswap.formats.tnn.proto_reader import ProtoLayer
from mobileswap.runtimes.reference.tnn.convolution import convolution, deconvolution, inner_product, matmul
from mobileswap.runtimes.reference.tnn.elementwise import (
    Builder,
    clip,
    elu,
    function,
    hard_sigmoid,
    hard_swish,
    power,
    prelu,
    softmax,
    two_operands,
)
from mobileswap.runtimes.reference.tnn.kernel import Kernel
from mobileswap.runtimes.reference.tnn.movement import (
    concat,
    expand,
    flatten,
    permute,
    reorg,
    reshape,
    split,
    squeeze,
    strided_slice,
    unsqueeze,
)
from mobileswap.runtimes.reference.tnn.normalization import batch_norm, instance_norm, reduction
from mobileswap.runtimes.reference.tnn.sampling import pad, pad_v2, pooling, upsample

LAYERS: Mapping[str, Builder] = {
    "Abs": function(torch.abs),
    "Add": two_operands(torch.add),
    "BatchNormCxx": batch_norm,
    "Ceil": function(torch.ceil),
    "Clip": clip,
    "Concat": concat,
    "Convolution": convolution,
    "Cos": function(torch.cos),
    "Deconvolution": deconvolution,
    "Div": two_operands(torch.div),
    "Elu": elu,
    "Exp": function(torch.exp),
    "Expand": expand,
    "Flatten": flatten,
    "Floor": function(torch.floor),
    "HardSigmoid": hard_sigmoid,
    "HardSwish": hard_swish,
    "InnerProduct": inner_product,
    "InstBatchNormCxx": instance_norm,
    "Log": function(torch.log),
    "MatMul": matmul,
    "Maximum": two_operands(torch.maximum),
    "Minimum": two_operands(torch.minimum),
    "Mul": two_operands(torch.mul),
    "Neg": function(torch.neg),
    "PReLU": prelu,
    "Pad": pad,
    "PadV2": pad_v2,
    "Permute": permute,
    "Pooling": pooling,
    "Power": power,
    "ReLU": function(F.relu),
    "ReLU6": function(F.relu6),
    "Reciprocal": function(torch.reciprocal),
    "ReduceL2": reduction(lambda x, axes, keeps: torch.linalg.vector_norm(x, 2.0, axes, keeps)),
    "ReduceMax": reduction(torch.amax),
    "ReduceMean": reduction(torch.mean),
    "ReduceMin": reduction(torch.amin),
    "ReduceSum": reduction(torch.sum),
    "Reorg": reorg,
    "Reshape": reshape,
    "Sigmoid": function(torch.sigmoid),
    "Sign": function(torch.sign),
    "Sin": function(torch.sin),
    "Softmax": softmax,
    "Softplus": function(F.softplus),
    "SplitV": split,
    "Sqrt": function(torch.sqrt),
    "Squeeze": squeeze,
    "StridedSliceV2": strided_slice,
    "Sub": two_operands(torch.sub),
    "Tanh": function(torch.tanh),
    "Unsqueeze": unsqueeze,
    "Upsample": upsample,
}


def kernel_of(layer: ProtoLayer, weights: tuple[Tensor, ...]) -> Kernel:
    """The function of one layer.

    Raises:
        UnknownOperation: its type, or one of its parameters, means something we do not know.
        BadInput: its line or its weights cannot be.
    """
    if layer.type not in LAYERS:
        raise UnknownOperation(f"TNN layer {layer.type} ({layer.name!r}) is not known to the executor")
    return LAYERS[layer.type](Params(layer), weights)
