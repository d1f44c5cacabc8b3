"""The one table: ONNX operator → function that writes its TNN layers, and the attributes that function looks at.

An operator that is not here, or an attribute that is not named beside it, is refused; nothing is passed over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mobileswap.export.tnn.convolution import convolution, transposed_convolution
from mobileswap.export.tnn.emitter import Emitter
from mobileswap.export.tnn.error_function import erf
from mobileswap.export.tnn.fusion import ACTIVATION
from mobileswap.export.tnn.graph import Graph, Node
from mobileswap.export.tnn.matrix import gemm, matmul
from mobileswap.export.tnn.normalization import batch_norm, instance_norm, lp_norm
from mobileswap.export.tnn.padding import pad
from mobileswap.export.tnn.pooling import average_pool, global_average_pool, global_max_pool, max_pool
from mobileswap.export.tnn.reduction import reduce
from mobileswap.export.tnn.reshape import (
    concat,
    depth_to_space,
    expand,
    flatten,
    reshape,
    slice_,
    space_to_depth,
    split,
    squeeze,
    transpose,
    unsqueeze,
)
from mobileswap.export.tnn.resize import resize
from mobileswap.export.tnn.two_operands import binary
from mobileswap.export.tnn.unary import (
    clip,
    elu,
    hard_sigmoid,
    hard_swish,
    leaky_relu,
    power,
    prelu,
    same_name,
    softmax,
)


@dataclass(frozen=True)
class Operator:
    """How one ONNX operator is converted.

    Attributes:
        convert: writes the layers of a node.
        attributes: names it understands, separated by blanks.
    """

    convert: Callable[[Node, Graph, Emitter], None]
    attributes: str = ""


_WINDOW = "auto_pad dilations kernel_shape pads strides"
_REDUCE = "axes keepdims noop_with_empty_axes"

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        "Abs": Operator(same_name("Abs")),
        "Add": Operator(binary),
        "AveragePool": Operator(average_pool, f"{_WINDOW} ceil_mode count_include_pad"),
        "BatchNormalization": Operator(batch_norm, "epsilon momentum spatial training_mode"),
        "Ceil": Operator(same_name("Ceil")),
        "Clip": Operator(clip, "max min"),
        "Concat": Operator(concat, "axis"),
        "Conv": Operator(convolution, f"{_WINDOW} group {ACTIVATION}"),
        "ConvTranspose": Operator(transposed_convolution, f"{_WINDOW} group output_padding output_shape"),
        "Cos": Operator(same_name("Cos")),
        "DepthToSpace": Operator(depth_to_space, "blocksize mode"),
        "Div": Operator(binary),
        "Dropout": Operator(reshape, "ratio seed"),
        "Elu": Operator(elu, "alpha"),
        "Erf": Operator(erf),
        "Exp": Operator(same_name("Exp")),
        "Expand": Operator(expand),
        "Flatten": Operator(flatten, "axis"),
        "Floor": Operator(same_name("Floor")),
        "Gemm": Operator(gemm, "alpha beta transA transB"),
        "GlobalAveragePool": Operator(global_average_pool),
        "GlobalMaxPool": Operator(global_max_pool),
        "HardSigmoid": Operator(hard_sigmoid, "alpha beta"),
        "HardSwish": Operator(hard_swish),
        "Identity": Operator(reshape),
        "InstanceNormalization": Operator(instance_norm, "epsilon"),
        "LeakyRelu": Operator(leaky_relu, "alpha"),
        "Log": Operator(same_name("Log")),
        "LpNormalization": Operator(lp_norm, "axis p"),
        "MatMul": Operator(matmul),
        "Max": Operator(binary),
        "MaxPool": Operator(max_pool, f"{_WINDOW} ceil_mode storage_order"),
        "Min": Operator(binary),
        "Mul": Operator(binary),
        "Neg": Operator(same_name("Neg")),
        "PRelu": Operator(prelu),
        "Pad": Operator(pad, "mode pads value"),
        "Pow": Operator(power),
        "Reciprocal": Operator(same_name("Reciprocal")),
        "ReduceL2": Operator(reduce, _REDUCE),
        "ReduceMax": Operator(reduce, _REDUCE),
        "ReduceMean": Operator(reduce, _REDUCE),
        "ReduceMin": Operator(reduce, _REDUCE),
        "ReduceSum": Operator(reduce, _REDUCE),
        "Relu": Operator(same_name("ReLU")),
        "Reshape": Operator(reshape, "allowzero shape"),
        "Resize": Operator(
            resize,
            "antialias axes coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value "
            "keep_aspect_ratio_policy mode nearest_mode",
        ),
        "Sigmoid": Operator(same_name("Sigmoid")),
        "Sin": Operator(same_name("Sin")),
        "Slice": Operator(slice_, "axes ends starts"),
        "Softmax": Operator(softmax, "axis"),
        "Softplus": Operator(same_name("Softplus")),
        "SpaceToDepth": Operator(space_to_depth, "blocksize"),
        "Split": Operator(split, "axis num_outputs split"),
        "Sqrt": Operator(same_name("Sqrt")),
        "Squeeze": Operator(squeeze, "axes"),
        "Sub": Operator(binary),
        "Sum": Operator(binary),
        "Tanh": Operator(same_name("Tanh")),
        "Transpose": Operator(transpose, "perm"),
        "Unsqueeze": Operator(unsqueeze, "axes"),
        "Upsample": Operator(resize, "mode scales"),
    }
)


def convert_node(node: Node, graph: Graph, out: Emitter) -> None:
    """Write the layers of one node.

    Raises:
        Inexpressible: the operator is not in the table, or the node says something that TNN cannot.
    """
    operator = OPERATORS.get(node.op)
    if operator is None:
        raise node.refuse(f"not one of the {len(OPERATORS)} operators the converter knows")
    unknown = sorted(set(node.attributes) - set(operator.attributes.split()))
    if unknown:
        raise node.refuse(f"attribute {unknown[0]!r} = {node.attributes[unknown[0]]!r}")
    computed = [name for name in node.inputs if name in graph.constants]
    if len(computed) == len(node.inputs):
        raise node.refuse("everything it reads is constant; run onnxsim first")
    operator.convert(node, graph, out)
