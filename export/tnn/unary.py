"""Activations and other operators of one blob, element by element."""

from collections.abc import Callable

import numpy as np

from mobileswap.export.tnn.emitter import Emitter
from mobileswap.export.tnn.fusion import clip_bounds
from mobileswap.export.tnn.graph import Graph, Node
from mobileswap.export.tnn.network import Resource

_SHARED, _PER_CHANNEL = (1, 0), (0, 0)


def same_name(type_: str) -> Callable[[Node, Graph, Emitter], None]:
    """The converter of an operator that needs no number at all."""

    def convert(node: Node, graph: Graph, out: Emitter) -> None:
        del graph
        out.emit(type_, node.inputs[:1], node.outputs)

    return convert


def leaky_relu(node: Node, graph: Graph, out: Emitter) -> None:
    """A PReLU with one slope, as TNN's LeakyRelu has no kernel."""
    del graph
    slope: tuple[Resource, ...] = ("", np.asarray([node.real("alpha", 0.01)], np.float32))
    out.emit("PReLU", node.inputs, node.outputs, _SHARED, slope)


def prelu(node: Node, graph: Graph, out: Emitter) -> None:
    shape = graph.shape(node.inputs[0], node)
    slope = graph.constant(node.inputs[1], node, "the slope")
    if len(shape) < 2:
        raise node.refuse("a blob without a channel axis")
    per_channel = slope.ndim in (len(shape) - 1, len(shape)) and slope.shape[1 - len(shape) :][0] == slope.size
    if slope.size == 1:
        out.emit("PReLU", node.inputs[:1], node.outputs, _SHARED, ("", slope.reshape(1)))
    elif per_channel and slope.size == shape[1]:
        out.emit("PReLU", node.inputs[:1], node.outputs, _PER_CHANNEL, ("", slope.reshape(-1)))
    else:
        raise node.refuse(f"a slope of shape {slope.shape} for {shape}; one number or one a channel")


def clip(node: Node, graph: Graph, out: Emitter) -> None:
    bounds = clip_bounds(node, graph)
    if bounds == (0.0, 6.0):
        out.emit("ReLU6", node.inputs[:1], node.outputs)
    else:
        out.emit("Clip", node.inputs[:1], node.outputs, bounds)


def power(node: Node, graph: Graph, out: Emitter) -> None:
    """Power with a constant exponent; a square is a product, which is exact where x is negative on every device."""
    exponent = graph.constant(node.inputs[1], node, "the exponent")
    if exponent.size != 1:
        raise node.refuse(f"an exponent of shape {exponent.shape}; one number only")
    if exponent.item() == 2:
        out.emit("Mul", [node.inputs[0]] * 2, node.outputs, (-1,))
    else:
        out.emit("Power", node.inputs[:1], node.outputs, (float(exponent.item()), 1.0, 0.0))


def elu(node: Node, graph: Graph, out: Emitter) -> None:
    del graph
    out.emit("Elu", node.inputs, node.outputs, (node.real("alpha", 1.0),))


def hard_sigmoid(node: Node, graph: Graph, out: Emitter) -> None:
    del graph
    out.emit("HardSigmoid", node.inputs, node.outputs, (node.real("alpha", 0.2), node.real("beta", 0.5)))


def hard_swish(node: Node, graph: Graph, out: Emitter) -> None:
    """The alpha and beta that ONNX has fixed."""
    del graph
    out.emit("HardSwish", node.inputs, node.outputs, (1 / 6, 0.5))


def softmax(node: Node, graph: Graph, out: Emitter) -> None:
    """Softmax over one axis; before opset 13 ONNX flattened everything behind the axis into it."""
    rank = len(graph.shape(node.inputs[0], node))
    axis = node.integer("axis", -1 if graph.opset >= 13 else 1) % rank
    if graph.opset < 13 and axis != rank - 1 and set(graph.shape(node.inputs[0], node)[axis + 1 :]) != {1}:
        raise node.refuse(f"opset {graph.opset} takes all axes from {axis} together; convert it to opset 13")
    out.emit("Softmax", node.inputs, node.outputs, (axis,))
