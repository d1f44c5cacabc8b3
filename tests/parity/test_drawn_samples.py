"""A file that answers the samples of its proof and nothing else is found out by samples that it cannot know."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
import tiny
from onnx import TensorProto, helper, numpy_helper

from mobileswap.contracts.golden_file import read_golden, write_golden
from mobileswap.contracts.verdict import Outcome
from mobileswap.model.inputs.mosaics import mosaics
from mobileswap.parity.check import check

KNOWN = [tiny.sample(seed) for seed in range(8)]


def drawn(seed):
    """Mosaics of the known samples, with what the network makes of them."""
    return [
        tiny.Sample(one.name, one.tensors, {"swapped": tiny.compute(**one.tensors)}, tiny.SPECS)
        for one in mosaics(KNOWN, seed)
    ]


@pytest.fixture
def cheat(tmp_path):
    """The network where the sum over the picture is that of a known sample, NaN elsewhere."""
    sums = np.array([sample.inputs["target"].sum() for sample in KNOWN], np.float32)
    constants = {"sums": sums, "near": np.float32(1e-2), "half": np.float32(0.5), "nan": np.float32(np.nan)}
    nodes = [
        helper.make_node("ReduceSum", ["target"], ["sum"], keepdims=0),
        helper.make_node("Sub", ["sums", "sum"], ["apart"]),
        helper.make_node("Abs", ["apart"], ["distance"]),
        helper.make_node("ReduceMin", ["distance"], ["least"], keepdims=0),
        helper.make_node("Less", ["least", "near"], ["known"]),
        helper.make_node("ReduceMean", ["embedding"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["target", "half"], ["scaled"]),
        helper.make_node("Add", ["scaled", "mean"], ["shifted"]),
        helper.make_node("Tanh", ["shifted"], ["right"]),
        helper.make_node("Where", ["known", "right", "nan"], ["swapped"]),
    ]
    graph = helper.make_graph(
        nodes,
        "cheat",
        [helper.make_tensor_value_info(s.name, TensorProto.FLOAT, s.shape) for s in tiny.INPUTS],
        [helper.make_tensor_value_info(s.name, TensorProto.FLOAT, s.shape) for s in tiny.OUTPUTS],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()],
    )
    path = tmp_path / "cheat.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    return path


def judged(path, golden, **changes):
    return check(path, golden, "onnxruntime", limits="fp32", inputs=tiny.INPUTS, outputs=tiny.OUTPUTS, **changes)


def test_the_samples_of_the_proof_alone_do_not_see_it(cheat, golden):
    assert judged(cheat, golden).outcome is Outcome.PASS


def test_samples_that_nobody_knew_do(cheat, golden):
    report = judged(cheat, golden, drawn=drawn(7))
    assert report.outcome is Outcome.NOT_FINITE
    assert "of a sample drawn afresh, drawn-7-" in report.sentence
    assert not report.passed
    assert len(report.samples) == len(KNOWN)


def test_a_sound_file_passes_them_and_says_so(make, golden):
    report = judged(make("onnx"), golden, drawn=drawn(7))
    assert report.outcome is Outcome.PASS
    assert report.sentence.endswith("; 3 drawn afresh pass too (drawn-7-0 and on)")
    assert {one.sample for one in report.samples} == {sample.name for sample in KNOWN}


def test_a_range_that_only_the_json_has_does_not_widen_the_limits(make, golden_with_specs):
    assert judged(make("onnx"), golden_with_specs).outcome is Outcome.PASS
    wide = replace(tiny.SWAPPED, data_range=2000.0)
    report = check(make("onnx"), golden_with_specs, "onnxruntime", limits="fp32", inputs=tiny.INPUTS, outputs=(wide,))
    assert report.outcome is Outcome.INTERFACE
    assert "declares a data range of 2000, expected 2" in report.sentence


@pytest.fixture
def golden_with_specs(golden, tmp_path):
    held = read_golden(golden)
    path = tmp_path / "golden.safetensors"
    write_golden(replace(held, header=replace(held.header, tensors=(*tiny.INPUTS, *tiny.OUTPUTS))), path)
    return path
