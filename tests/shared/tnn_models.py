"""What the TNN tests share: small ONNX models, ONNX Runtime's answer, and ours through both files on disk."""

import os

import numpy as np
from onnx import TensorProto, helper, numpy_helper

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort

from mobileswap.export.tnn.convert import convert, write
from mobileswap.runtimes.reference.tnn import TnnRunner
from mobileswap.runtimes.runner import RunnerOptions

node = helper.make_node


def rand(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)


def i64(*values):
    return np.array(values, np.int64)


def f32(*values):
    return np.array(values, np.float32)


def model(nodes, inputs, outputs, constants=None, opset=18):
    """An ONNX model; ``inputs`` is name → shape, ``constants`` name → array."""
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in (constants or {}).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def single(op, shape, *constants, left=False, outputs=1, opset=18, **attributes):
    """A model of one node on the input ``x``; a constant that is None is an input left out."""
    names = [f"c{i}" if array is not None else "" for i, array in enumerate(constants)]
    inits = {name: array for name, array in zip(names, constants, strict=True) if name}
    results = ["y", *(f"y{i}" for i in range(1, outputs))]
    made = node(op, [*names, "x"] if left else ["x", *names], results, **attributes)
    return model([made], {"x": shape}, results, inits, opset)


def onnxruntime(onnx_model, inputs):
    plain = ort.SessionOptions()
    # 1.31.1 moves a Pad into the pooling behind it and then refuses the pads as too large
    plain.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(onnx_model.SerializeToString(), plain, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def save(onnx_model, folder, precision="fp32"):
    """Convert and write; the path of the .tnnproto and the network."""
    network = convert(onnx_model, precision)
    proto = folder / "net.tnnproto"
    write(network, proto, folder / "net.tnnmodel")
    return proto, network


def execute(proto, inputs, arithmetic="fp32"):
    runner = TnnRunner(proto, RunnerOptions(1), arithmetic)
    try:
        return runner.run(inputs)
    finally:
        runner.close()


def assert_same(onnx_model, folder, inputs=None, tolerance=2e-6, **options):
    """Our files in our executor give what ONNX Runtime gives, relative to the largest value."""
    if inputs is None:
        inputs = {
            value.name: rand(*(dim.dim_value for dim in value.type.tensor_type.shape.dim))
            for value in onnx_model.graph.input
        }
    expected = onnxruntime(onnx_model, inputs)
    found = execute(save(onnx_model, folder, **options)[0], inputs)
    assert found.keys() == expected.keys()
    for name, wanted in expected.items():
        assert found[name].shape == wanted.shape
        assert np.abs(found[name] - wanted).max() <= tolerance * max(1.0, np.abs(wanted).max())
