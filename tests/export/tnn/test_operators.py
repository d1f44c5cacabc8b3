"""Every operator and every meaning of it: ONNX Runtime against converter, files, reader and executor."""

import numpy as np
import pytest
from tnn_models import assert_same, f32, i64, model, node, rand, single

IMAGE = (1, 4, 5, 6)
POSITIVE = np.abs(rand(*IMAGE)) + np.float32(0.1)
NORM = (rand(4), rand(4, seed=1), rand(4, seed=2), np.abs(rand(4, seed=3)) + np.float32(0.1))
BIG = (1, 3, 9, 8)

CASES = {
    "conv": single("Conv", BIG, rand(4, 3, 3, 3), rand(4), pads=[1, 1, 1, 1]),
    "conv_no_bias_stride": single("Conv", BIG, rand(4, 3, 3, 3), strides=[2, 1]),
    "conv_depthwise_7x7": single("Conv", (1, 4, 9, 8), rand(4, 1, 7, 7), group=4, pads=[3, 3, 3, 3]),
    "conv_groups": single("Conv", (1, 4, 9, 8), rand(6, 2, 3, 2), rand(6), group=2),
    "conv_unequal_pads": single("Conv", BIG, rand(4, 3, 3, 2), pads=[1, 0, 0, 1]),
    "conv_dilated": single("Conv", BIG, rand(4, 3, 3, 3), dilations=[2, 2], pads=[2, 2, 2, 2]),
    "conv_same_upper": single("Conv", BIG, rand(4, 3, 3, 3), auto_pad="SAME_UPPER", strides=[2, 2]),
    "conv_same_lower": single("Conv", BIG, rand(4, 3, 2, 2), auto_pad="SAME_LOWER"),
    "conv_valid": single("Conv", BIG, rand(4, 3, 2, 2), auto_pad="VALID"),
    "conv_batch": single("Conv", (2, 3, 5, 5), rand(4, 3, 1, 1)),
    "deconv": single("ConvTranspose", IMAGE, rand(4, 3, 4, 4), rand(3), strides=[2, 2], pads=[1, 1, 1, 1]),
    "deconv_depthwise": single("ConvTranspose", IMAGE, rand(4, 1, 4, 4), group=4, strides=[2, 2], pads=[1, 1, 1, 1]),
    "deconv_groups": single("ConvTranspose", IMAGE, rand(4, 3, 3, 3), group=2, dilations=[2, 2]),
    "deconv_output_padding": single(
        "ConvTranspose", IMAGE, rand(4, 3, 3, 3), strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1]
    ),
    "deconv_unequal_pads": single("ConvTranspose", IMAGE, rand(4, 3, 3, 3), strides=[2, 2], pads=[0, 1, 1, 0]),
    "batch_norm": single("BatchNormalization", IMAGE, *NORM),
    "batch_norm_rank_2": single("BatchNormalization", (1, 4), *NORM, epsilon=1e-3),
    "instance_norm": single("InstanceNormalization", IMAGE, rand(4), rand(4, seed=1), epsilon=1e-3),
    "lp_norm": single("LpNormalization", (1, 16), axis=1, p=2),
    "relu": single("Relu", IMAGE),
    "sigmoid": single("Sigmoid", IMAGE),
    "tanh": single("Tanh", (1, 9)),
    "exp": single("Exp", IMAGE),
    "cos": single("Cos", IMAGE),
    "sin": single("Sin", IMAGE),
    "abs": single("Abs", IMAGE),
    "neg": single("Neg", IMAGE),
    "floor": single("Floor", IMAGE),
    "ceil": single("Ceil", IMAGE),
    "erf": single("Erf", IMAGE),
    "softplus": single("Softplus", IMAGE),
    "leaky_relu": single("LeakyRelu", IMAGE, alpha=0.2),
    "prelu_channels": single("PRelu", IMAGE, rand(4, 1, 1)),
    "prelu_shared": single("PRelu", IMAGE, rand(1)),
    "prelu_rank_2": single("PRelu", (1, 4), rand(4)),
    "clip": single("Clip", IMAGE, np.float32(-0.5), np.float32(0.7)),
    "clip_relu6": single("Clip", IMAGE, np.float32(0), np.float32(6)),
    "clip_below": single("Clip", IMAGE, np.float32(0)),
    "clip_above": single("Clip", IMAGE, None, np.float32(0.3)),
    "clip_opset_6": single("Clip", IMAGE, min=-0.1, max=0.2, opset=9),
    "elu": single("Elu", IMAGE, alpha=0.7),
    "hard_sigmoid": single("HardSigmoid", IMAGE, alpha=0.3, beta=0.4),
    "hard_swish": single("HardSwish", IMAGE),
    "square": single("Pow", IMAGE, np.float32(2)),
    "cube": single("Pow", IMAGE, np.float32(3)),
    "softmax": single("Softmax", IMAGE, axis=1),
    "softmax_opset_11": single("Softmax", (1, 9), opset=11),
    "gemm": single("Gemm", (1, 8), rand(5, 8), rand(5), transB=1, alpha=0.5, beta=2.0),
    "gemm_rows_no_bias": single("Gemm", (2, 8), rand(8, 5)),
    "gemm_bias_2d": single("Gemm", (1, 8), rand(8, 5), rand(1, 5)),
    "matmul": single("MatMul", (1, 8), rand(8, 5)),
    "matmul_rank_3": single("MatMul", (1, 3, 8), rand(8, 5)),
    "matmul_constant_left": single("MatMul", (1, 2, 3, 8), rand(4, 3), left=True),
    "reshape": single("Reshape", (1, 8, 2, 3), i64(1, -1)),
    "reshape_rank_6": single("Reshape", (1, 8, 4, 6), i64(1, 2, 2, 2, 4, 6)),
    "flatten": single("Flatten", (1, 8, 2, 3), axis=2),
    "squeeze": single("Squeeze", (1, 8, 1, 1), i64(2, -1)),
    "squeeze_all_ones": single("Squeeze", (1, 8, 1, 3)),
    "unsqueeze": single("Unsqueeze", (1, 8), i64(-1, 2)),
    "unsqueeze_opset_11": single("Unsqueeze", (1, 8), axes=[2, 3], opset=11),
    "transpose": single("Transpose", (1, 3, 4, 5), perm=[0, 2, 3, 1]),
    "transpose_reversed": single("Transpose", (2, 3, 4)),
    "slice": single("Slice", (1, 3, 16, 16), i64(2, 3), i64(14, 13), i64(2, 3)),
    "slice_unsorted_stepped": single("Slice", (1, 3, 16, 16), i64(1, -20), i64(10000, -1), i64(3, 1), i64(2, 1)),
    "slice_opset_9": single("Slice", (1, 3, 16, 16), starts=[2], ends=[-3], axes=[-1], opset=9),
    "split": single("Split", (1, 6, 4, 5), i64(2, 4), axis=1, outputs=2),
    "expand": single("Expand", (1, 4, 1, 1), i64(1, 4, 3, 2)),
    "depth_to_space_dcr": single("DepthToSpace", (1, 12, 3, 4), blocksize=2, mode="DCR"),
    "depth_to_space_crd": single("DepthToSpace", (1, 12, 3, 4), blocksize=2, mode="CRD"),
    "space_to_depth": single("SpaceToDepth", (1, 3, 4, 6), blocksize=2),
    "upsample_opset_9": single("Upsample", (1, 2, 5, 6), f32(1, 1, 2, 3), mode="nearest", opset=9),
    "max_pool": single("MaxPool", BIG, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    "max_pool_ceil": single("MaxPool", (1, 3, 10, 10), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
    "max_pool_unequal_pads": single("MaxPool", BIG, kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 0, 1]),
    "max_pool_same": single("MaxPool", BIG, kernel_shape=[2, 2], auto_pad="SAME_UPPER"),
    "average_pool": single("AveragePool", BIG, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    "average_pool_counting_pads": single(
        "AveragePool", BIG, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1
    ),
    "average_pool_ceil": single("AveragePool", BIG, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1),
    "global_average_pool": single("GlobalAveragePool", BIG),
    "global_max_pool": single("GlobalMaxPool", BIG),
    "pad_constant": single("Pad", BIG, i64(0, 0, 1, 2, 0, 0, 3, 1), np.float32(1.5)),
    "pad_channels": single("Pad", BIG, i64(0, 1, 1, 2, 0, 2, 3, 1)),
    "pad_batch": single("Pad", BIG, i64(1, 1, 1, 0, 0, 2, 0, 0), np.float32(1.5)),
    "pad_rank_3": single("Pad", (1, 3, 5), i64(0, 1, 1, 0, 2, 0)),
    "pad_axes": single("Pad", BIG, i64(1, 2, 3, 4), None, i64(-1, 2)),
    "pad_reflect": single("Pad", BIG, i64(0, 0, 1, 2, 0, 0, 3, 1), mode="reflect"),
    "pad_edge": single("Pad", BIG, i64(0, 1, 1, 2, 0, 0, 3, 1), mode="edge"),
    "pad_edge_of_nothing": single("Pad", BIG, i64(0, 0, 0, 0, 0, 0, 0, 0), mode="edge"),
    "pad_opset_9": single("Pad", BIG, pads=[0, 0, 1, 2, 0, 0, 3, 1], value=0.5, opset=9),
    "max_of_three": model(
        [node("Max", ["x", "c", "d"], ["y"])], {"x": IMAGE}, ["y"], {"c": rand(1, 4, 1, 1), "d": rand(1)}
    ),
    "sum_of_one": model([node("Sum", ["x"], ["y"])], {"x": IMAGE}, ["y"]),
    "concat": model([node("Concat", ["x", "x", "z"], ["y"], axis=-1)], {"x": IMAGE, "z": (1, 4, 5, 1)}, ["y"]),
    "identity_at_the_border": model([node("Identity", ["x"], ["y"])], {"x": IMAGE}, ["y"]),
    "dropout": model([node("Dropout", ["x"], ["d"]), node("Neg", ["d"], ["y"])], {"x": IMAGE}, ["y"]),
    "gemm_of_blobs": model([node("Gemm", ["x", "w"], ["y"])], {"x": (2, 3), "w": (3, 4)}, ["y"]),
    "matmul_of_blobs": model([node("MatMul", ["x", "w"], ["y"])], {"x": (1, 2, 3), "w": (1, 3, 4)}, ["y"]),
}


@pytest.mark.parametrize("name", CASES)
def test_operator(name, tmp_path):
    assert_same(CASES[name], tmp_path)


@pytest.mark.parametrize("op", ["Sqrt", "Log", "Reciprocal"])
def test_operator_of_positive_numbers(op, tmp_path):
    assert_same(single(op, IMAGE), tmp_path, {"x": POSITIVE})


def test_root_as_power(tmp_path):
    assert_same(single("Pow", IMAGE, np.float32(0.5)), tmp_path, {"x": POSITIVE})


@pytest.mark.parametrize("op", ["Add", "Sub", "Mul", "Div", "Max", "Min"])
@pytest.mark.parametrize("left", [False, True])
def test_constant_operand(op, left, tmp_path):
    assert_same(single(op, IMAGE, rand(1, 4, 1, 1), left=left), tmp_path)


@pytest.mark.parametrize("shape", [(), (1,), IMAGE, (5, 6), (6,), (5, 1), (4, 1, 6), (4, 1, 1)])
def test_constant_broadcasts_to_the_blob(shape, tmp_path):
    assert_same(single("Sub", IMAGE, rand(*shape)), tmp_path)


@pytest.mark.parametrize("blob", [(1, 1, 5, 6), (1, 4, 1, 1), (1, 1, 1, 1)])
@pytest.mark.parametrize("constant", [IMAGE, (1, 4, 1, 1), (5, 6)])
def test_blob_broadcasts_to_the_constant(blob, constant, tmp_path):
    assert_same(single("Mul", blob, rand(*constant)), tmp_path)


@pytest.mark.parametrize("first", [IMAGE, (1, 1, 5, 6), (1, 4, 1, 1), (1, 4, 1, 6), (1, 1, 1, 1), (1, 1, 5, 1)])
@pytest.mark.parametrize("second", [IMAGE, (1, 1, 5, 6), (1, 4, 1, 1)])
def test_blobs_broadcast_both_ways(first, second, tmp_path):
    assert_same(model([node("Sub", ["a", "b"], ["y"])], {"a": first, "b": second}, ["y"]), tmp_path)


@pytest.mark.parametrize("op", ["ReduceMean", "ReduceSum", "ReduceL2", "ReduceMax", "ReduceMin"])
@pytest.mark.parametrize(("shape", "axes", "keepdims"), [(BIG, (2, 3), 1), (BIG, (-3,), 0), ((1, 64), (1,), 1)])
def test_reduction(op, shape, axes, keepdims, tmp_path):
    assert_same(single(op, shape, i64(*axes), keepdims=keepdims), tmp_path)


def test_reduction_of_everything_with_axes_as_attribute_or_none(tmp_path):
    assert_same(single("ReduceMean", BIG), tmp_path)
    assert_same(single("ReduceMean", BIG, axes=[1, 3], opset=13), tmp_path)


@pytest.mark.parametrize(
    ("mode", "rule", "size"),
    [
        ("linear", "align_corners", (10, 12)),
        ("linear", "half_pixel", (10, 12)),
        ("linear", "pytorch_half_pixel", (3, 4)),
        ("linear", "align_corners", (3, 4)),
        ("linear", "half_pixel", (5, 6)),
        ("cubic", "half_pixel", (10, 12)),
        ("cubic", "align_corners", (7, 9)),
        ("nearest", "half_pixel", (10, 18)),
        ("nearest", "asymmetric", (10, 12)),
    ],
)
def test_resize(mode, rule, size, tmp_path):
    resized = single(
        "Resize", (1, 2, 5, 6), None, None, i64(1, 2, *size), mode=mode, coordinate_transformation_mode=rule
    )
    assert_same(resized, tmp_path, tolerance=1e-5)


def test_resize_by_factors_of_some_axes(tmp_path):
    floor = {"nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}
    assert_same(single("Resize", (1, 2, 5, 6), None, f32(2, 3), mode="nearest", axes=[2, 3], **floor), tmp_path)
    assert_same(single("Resize", (1, 2, 4, 6), None, f32(1, 1, 1.5, 1.5), mode="nearest", **floor), tmp_path)
