"""BatchNormalization, InstanceNormalization and LpNormalization."""

import numpy as np

from mobileswap.export.tnn.emitter import Emitter
from mobileswap.export.tnn.fusion import affine_of
from mobileswap.export.tnn.graph import Graph, Node


def batch_norm(node: Node, graph: Graph, out: Emitter) -> None:
    """A scale and a shift for each channel."""
    if len(graph.shape(node.inputs[0], node)) < 2:
        raise node.refuse("a blob without a channel axis")
    scale, shift = affine_of(node, graph)
    out.emit("BatchNormCxx", node.inputs[:1], node.outputs, (), (scale.astype(np.float32), shift.astype(np.float32)))


def instance_norm(node: Node, graph: Graph, out: Emitter) -> None:
    if len(graph.shape(node.inputs[0], node)) < 3:
        raise node.refuse("a blob without axes to take the mean over")
    scale = graph.constant(node.inputs[1], node, "scale")
    bias = graph.constant(node.inputs[2], node, "bias")
    params = (scale.size, node.real("epsilon", 1e-5))
    out.emit("InstBatchNormCxx", node.inputs[:1], node.outputs, params, (scale, bias))


def lp_norm(node: Node, graph: Graph, out: Emitter) -> None:
    """Division by the L2 norm in two layers; TNN's own Normalize adds an epsilon that ONNX does not have."""
    if node.integer("p", 2) != 2:
        raise node.refuse(f"p {node.integer('p', 2)}; only the L2 norm")
    rank = len(graph.shape(node.inputs[0], node))
    norm = out.step(node.outputs[0])
    out.emit("ReduceL2", node.inputs, [norm], (1, node.integer("axis", -1) % rank))
    out.emit("Div", [node.inputs[0], norm], node.outputs, (-1,))
