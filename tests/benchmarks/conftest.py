"""What several benchmarks share."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper


@pytest.fixture(scope="session")
def chain(tmp_path_factory):
    """``chain(layers, channels, size)``: path of an ONNX file of so many equal 3×3 convolutions, and an input."""

    def make(layers, channels, size):
        rng = np.random.default_rng(0)
        shape = (channels, channels, 3, 3)
        weights = [(rng.normal(size=shape) / (3 * channels**0.5)).astype(np.float32) for _ in range(layers)]
        names = ["x", *(f"h{i}" for i in range(layers - 1)), "y"]
        graph = helper.make_graph(
            [helper.make_node("Conv", [names[i], f"w{i}"], [names[i + 1]], pads=[1, 1, 1, 1]) for i in range(layers)],
            "chain",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, channels, size, size))],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, channels, size, size))],
            [numpy_helper.from_array(w, f"w{i}") for i, w in enumerate(weights)],
        )
        path = tmp_path_factory.mktemp("chain") / f"{layers}.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
        return path, rng.normal(size=(1, channels, size, size)).astype(np.float32)

    return make
