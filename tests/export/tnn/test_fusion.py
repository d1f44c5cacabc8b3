"""Rewrites on the way: fewer layers, the same numbers."""

import numpy as np
import pytest
from tnn_models import assert_same, i64, model, node, rand

from mobileswap.export.tnn.convert import convert

SHAPE = (1, 4, 5, 6)


def norm(channels):
    names = {"gamma": rand(channels), "beta": rand(channels, seed=1), "mean": rand(channels, seed=2)}
    return {**names, "variance": np.abs(rand(channels, seed=3)) + np.float32(0.1)}


def types(onnx_model):
    return [layer.type for layer in convert(onnx_model, "fp32").layers]


def normed(maker, shape, weights, channels, *more):
    nodes = [maker, node("BatchNormalization", ["m", *norm(channels)], ["n"]), *more]
    return model(nodes, {"x": shape}, [nodes[-1].output[0]], {**weights, **norm(channels)})


@pytest.mark.parametrize(
    ("maker", "shape", "weights", "channels", "layer"),
    [
        (node("Conv", ["x", "w"], ["m"], group=2), SHAPE, {"w": rand(6, 2, 3, 3)}, 6, "Convolution"),
        (node("Conv", ["x", "w", "b"], ["m"]), SHAPE, {"w": rand(5, 4, 3, 3), "b": rand(5)}, 5, "Convolution"),
        (node("ConvTranspose", ["x", "w"], ["m"], group=2), SHAPE, {"w": rand(4, 3, 3, 3)}, 6, "Deconvolution"),
        (node("Gemm", ["x", "w", "b"], ["m"], transB=1), (1, 4), {"w": rand(5, 4), "b": rand(5)}, 5, "InnerProduct"),
        (node("Gemm", ["x", "w", "b"], ["m"], beta=0.5), (1, 4), {"w": rand(4, 5), "b": rand(1)}, 5, "InnerProduct"),
        (node("MatMul", ["x", "w"], ["m"]), (2, 4), {"w": rand(4, 5)}, 5, "InnerProduct"),
    ],
)
def test_norm_goes_into_what_it_follows(maker, shape, weights, channels, layer, tmp_path):
    fused = normed(maker, shape, weights, channels)
    assert types(fused) == [layer]
    assert_same(fused, tmp_path, tolerance=1e-5)


@pytest.mark.parametrize(("low", "high", "code"), [(None, None, 1), (0.0, 6.0, 2)])
def test_activation_goes_into_the_convolution(low, high, code, tmp_path):
    if code == 1:
        last, bounds = node("Relu", ["n"], ["y"]), {}
    else:
        last, bounds = node("Clip", ["n", "low", "high"], ["y"]), {"low": np.float32(low), "high": np.float32(high)}
    weights = {"w": rand(5, 4, 3, 3), **bounds}
    fused = normed(node("Conv", ["x", "w"], ["m"]), SHAPE, weights, 5, last)
    (layer,) = convert(fused, "fp32").layers
    assert layer.params[-1] == code
    assert_same(fused, tmp_path, tolerance=1e-5)


def test_a_blob_that_others_read_is_left_alone(tmp_path):
    nodes = [
        node("Conv", ["x", "w"], ["m"]),
        node("BatchNormalization", ["m", *norm(5)], ["n"]),
        node("Relu", ["m"], ["r"]),
        node("Add", ["n", "r"], ["y"]),
    ]
    kept = model(nodes, {"x": SHAPE}, ["y"], {"w": rand(5, 4, 3, 3), **norm(5)})
    assert types(kept) == ["Convolution", "BatchNormCxx", "ReLU", "Add"]
    assert_same(kept, tmp_path)


def test_an_output_of_the_graph_is_left_alone(tmp_path):
    nodes = [node("Conv", ["x", "w"], ["m"]), node("Relu", ["m"], ["y"])]
    kept = model(nodes, {"x": SHAPE}, ["m", "y"], {"w": rand(5, 4, 3, 3)})
    assert types(kept) == ["Convolution", "ReLU"]
    assert_same(kept, tmp_path)


def test_norm_behind_norm_goes_too(tmp_path):
    twice = normed(
        node("Conv", ["x", "w"], ["m"]),
        SHAPE,
        {"w": rand(5, 4, 1, 1)},
        5,
        node("BatchNormalization", ["n", *norm(5)], ["y"]),
    )
    assert types(twice) == ["Convolution"]
    assert_same(twice, tmp_path, tolerance=1e-5)


def test_expand_that_broadcasting_does_as_well_goes(tmp_path):
    """What torch's normalize becomes."""
    nodes = [
        node("ReduceL2", ["x", "axes"], ["l"]),
        node("Clip", ["l", "low"], ["c"]),
        node("Expand", ["c", "shape"], ["e"]),
        node("Div", ["x", "e"], ["y"]),
    ]
    constants = {"axes": i64(1), "low": np.float32(1e-12), "shape": i64(1, 64)}
    slim = model(nodes, {"x": (1, 64)}, ["y"], constants)
    assert types(slim) == ["ReduceL2", "Clip", "Div"]
    assert_same(slim, tmp_path)


def test_expand_that_is_needed_stays(tmp_path):
    nodes = [node("Expand", ["x", "shape"], ["e"]), node("Add", ["e", "c"], ["y"])]
    kept = model(nodes, {"x": (1, 4, 1, 1)}, ["y"], {"shape": i64(1, 4, 2, 3), "c": rand(1, 4, 1, 1)})
    assert types(kept) == ["Expand", "Add"]
    assert_same(kept, tmp_path)


def test_dead_nodes_and_identities_go(tmp_path):
    nodes = [
        node("Exp", ["x"], ["dead"]),
        node("Identity", ["x"], ["i"]),
        node("Dropout", ["i"], ["d"]),
        node("Neg", ["d"], ["y"]),
    ]
    slim = model(nodes, {"x": SHAPE}, ["y"])
    assert types(slim) == ["Neg"]
    assert_same(slim, tmp_path)
