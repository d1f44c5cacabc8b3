"""What TNN cannot express is refused by name, with the reason, before anything is written."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from tnn_models import f32, i64, model, node, rand, save, single

from mobileswap.contracts.errors import BadInput
from mobileswap.export.tnn.convert import convert
from mobileswap.export.tnn.operators import OPERATORS
from mobileswap.export.tnn.refusal import Inexpressible

IMAGE = (1, 4, 6, 6)
COUNTED = {"kernel_shape": [2, 2], "strides": [2, 2], "count_include_pad": 1}
RUNTIME_WEIGHT = model([node("Conv", ["x", "w"], ["y"], name="c7")], {"x": IMAGE, "w": (4, 4, 1, 1)}, ["y"])
OTHER_DOMAIN = model([node("Gelu", ["x"], ["y"], domain="com.microsoft")], {"x": IMAGE}, ["y"])
NORM = (rand(4), rand(4), rand(4), np.abs(rand(4)))

REFUSED = {
    "operator": (single("Hardmax", IMAGE), "Hardmax 'y': not one of the"),
    "domain": (OTHER_DOMAIN, "com.microsoft::Gelu"),
    "attribute": (single("Cast", IMAGE, to=1), "Cast"),
    "unknown_attribute": (single("Softmax", IMAGE, axis=1, beta=2), "attribute 'beta' = 2"),
    "runtime_weight": (RUNTIME_WEIGHT, "Conv 'c7': the weight ('w') is computed at run time"),
    "conv_1d": (single("Conv", (1, 4, 6), rand(2, 4, 3)), "two-dimensional"),
    "conv_dilations": (single("Conv", IMAGE, rand(2, 4, 2, 2), dilations=[1, 2]), "dilations (1, 2)"),
    "deconv_output_shape": (single("ConvTranspose", IMAGE, rand(4, 2, 2, 2), output_shape=[8, 8]), "output_shape"),
    "deconv_output_padding": (
        single("ConvTranspose", IMAGE, rand(4, 2, 3, 3), strides=[2, 2], output_padding=[1, 1]),
        "reaches beyond",
    ),
    "training": (single("BatchNormalization", IMAGE, *NORM, training_mode=1, outputs=3), "training mode"),
    "indices": (single("MaxPool", IMAGE, kernel_shape=[2, 2], outputs=2), "Indices"),
    "pool_dilations": (single("MaxPool", IMAGE, kernel_shape=[2, 2], dilations=[2, 2]), "dilations"),
    "average_unequal_pads": (single("AveragePool", IMAGE, kernel_shape=[2, 2], pads=[0, 0, 1, 1]), "unequal pads"),
    "average_ceil_counting": (single("AveragePool", (1, 1, 5, 5), **COUNTED, ceil_mode=1, pads=[1] * 4), None),
    "global_pool_1d": (single("GlobalAveragePool", (1, 4, 6)), "two-dimensional"),
    "negative_pads": (single("Pad", IMAGE, i64(0, 0, -1, 0, 0, 0, 0, 0)), "negative pads"),
    "reflected_channels": (single("Pad", IMAGE, i64(0, 1, 0, 0, 0, 0, 0, 0), mode="reflect"), "H and W"),
    "pad_mode": (single("Pad", IMAGE, i64(0, 0, 1, 0, 0, 0, 0, 0), mode="wrap", opset=19), "mode 'wrap'"),
    "resize_rule": (
        single("Resize", IMAGE, None, f32(1, 1, 2, 2), mode="linear", coordinate_transformation_mode="asymmetric"),
        "linear asymmetric",
    ),
    "resize_nearest": (
        single("Resize", IMAGE, None, f32(1, 1, 1.5, 1.5), mode="nearest", nearest_mode="ceil"),
        "other pixels than TNN's floor",
    ),
    "resize_channels": (single("Resize", IMAGE, None, f32(1, 2, 2, 2), mode="linear"), "only H and W"),
    "resize_antialias": (single("Resize", IMAGE, None, f32(1, 1, 0.5, 0.5), mode="linear", antialias=1), "antialias"),
    "resize_one_row": (single("Resize", IMAGE, None, None, i64(1, 4, 1, 3), mode="linear"), "half_pixel"),
    "slice_backwards": (single("Slice", IMAGE, i64(-1), i64(-5), i64(3), i64(-1)), "only forward"),
    "slice_nothing": (single("Slice", IMAGE, i64(3), i64(3), i64(3)), "nothing is left"),
    "concat_constant": (single("Concat", IMAGE, rand(1, 1, 6, 6), axis=1), "is a constant"),
    "scalar": (single("ReduceMean", (1, 4), i64(0, 1), keepdims=0), "scalar"),
    "noop_reduction": (single("ReduceMean", IMAGE, noop_with_empty_axes=1), "noop_with_empty_axes"),
    "exponents": (single("Pow", IMAGE, rand(4, 1, 1)), "an exponent of shape"),
    "slopes": (single("PRelu", IMAGE, rand(4, 6, 6)), "a slope of shape"),
    "gemm_transposed": (single("Gemm", (4, 1), rand(4, 2), transA=1), "transA"),
    "gemm_bias_per_row": (single("Gemm", (2, 4), rand(4, 3), rand(2, 1)), "a bias of shape"),
    "matmul_vector": (single("MatMul", (1, 4), rand(4)), "a vector"),
    "integers": (single("Add", (1, 4), i64(1, 2, 3, 4)), None),
    "softmax_of_old": (single("Softmax", IMAGE, axis=1, opset=11), "convert it to opset 13"),
    "lp_norm_1": (single("LpNormalization", IMAGE, axis=1, p=1), "only the L2 norm"),
    "rank_1": (single("Add", (1,), rand(4)), "less than two axes"),
    "unread_input": (model([node("Neg", ["x"], ["y"])], {"x": IMAGE, "z": IMAGE}, ["y"]), "input 'z' is read by no"),
    "constants_only": (model([node("Add", ["c", "c"], ["y"])], {"x": IMAGE}, ["y"], {"c": rand(1, 2)}), "constant"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case, tmp_path):
    refused, words = REFUSED[case]
    with pytest.raises(Inexpressible, match=None if words is None else words.translate({40: r"\(", 41: r"\)"})):
        save(refused, tmp_path)
    assert not list(tmp_path.iterdir())


def test_symbolic_shapes_are_refused():
    symbolic = single("Neg", IMAGE)
    symbolic.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    with pytest.raises(Inexpressible, match=r"batch.*static"):
        convert(symbolic, "fp32")


def test_images_of_bytes_are_refused():
    graph = helper.make_graph(
        [node("Cast", ["x"], ["y"], to=1)],
        "bytes",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, (1, 3, 4, 4))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    with pytest.raises(Inexpressible, match=r"UINT8.*outside of the graph"):
        convert(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]), "fp32")


def test_weights_beyond_half_are_refused_by_layer(tmp_path):
    large = single("Mul", IMAGE, np.float32(1e5))
    with pytest.raises(Inexpressible, match=r"Mul 'y': 1e\+05 does not fit into fp16"):
        save(large, tmp_path, "fp16")
    assert not list(tmp_path.iterdir())


def test_bad_precision_file_and_opset(tmp_path):
    with pytest.raises(BadInput, match="expected fp32 or fp16"):
        convert(single("Neg", IMAGE), "int8")
    with pytest.raises(BadInput, match="not an ONNX file"):
        convert(tmp_path / "nothing.onnx", "fp32")
    (tmp_path / "noise.onnx").write_bytes(b"\x08\x01 this is no protobuf")
    with pytest.raises(BadInput, match="not an ONNX file"):
        convert(tmp_path / "noise.onnx", "fp32")
    with pytest.raises(BadInput, match="opset 6"):
        convert(single("Neg", IMAGE, opset=6), "fp32")


def test_every_operator_of_the_table_is_one_of_onnx():
    known = {schema.name for schema in onnx.defs.get_all_schemas()}
    assert set(OPERATORS) <= known
