"""The tiny network as ONNX."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tiny import SWAPPED, TARGET, VECTOR


def make(folder, precision):
    return save(folder / f"tiny-{precision}.onnx", half_floats=precision == "fp16")


def save(path, scale=0.5, outputs=("swapped",), *, half_floats=False):
    """``scale`` other than 0.5 is a wrong network; with several ``outputs`` all are the same."""
    inside = TensorProto.FLOAT16 if half_floats else TensorProto.FLOAT
    nodes = [
        helper.make_node("Cast", ["target"], ["x"], to=inside),
        helper.make_node("Cast", ["embedding"], ["e"], to=inside),
        helper.make_node("ReduceMean", ["e"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["x", "scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "mean"], ["sum"]),
        helper.make_node("Tanh", ["sum"], ["y"]),
        *(helper.make_node("Cast", ["y"], [name], to=TensorProto.FLOAT) for name in outputs),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(s.name, TensorProto.FLOAT, s.shape) for s in (TARGET, VECTOR)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, SWAPPED.shape) for name in outputs],
        [numpy_helper.from_array(np.array(scale, np.float16 if half_floats else np.float32), "scale")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    return path
