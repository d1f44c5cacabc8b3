"""The tiny network as TNN's two files."""

import numpy as np
from tiny import SWAPPED, TARGET, VECTOR
from tnn_models import i64, model, node

from mobileswap.export.tnn.convert import convert, write


def make(folder, precision):
    path = folder / f"tiny-{precision}.tnnproto"
    graph = model(
        [
            node("ReduceMean", ["embedding", "axes"], ["mean"], keepdims=1),
            node("Reshape", ["mean", "shape"], ["wide"]),
            node("Mul", ["target", "scale"], ["scaled"]),
            node("Add", ["scaled", "wide"], ["sum"]),
            node("Tanh", ["sum"], ["swapped"]),
        ],
        {spec.name: spec.shape for spec in (TARGET, VECTOR)},
        [SWAPPED.name],
        {"axes": i64(1), "shape": i64(1, 1, 1, 1), "scale": np.array([0.5], np.float32)},
    )
    write(convert(graph, precision), path, path.with_suffix(".tnnmodel"))
    return path
