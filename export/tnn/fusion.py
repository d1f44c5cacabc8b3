"""Rewrites of the ONNX graph that save a layer in TNN, none of which changes what is computed.

1. A BatchNormalization behind a convolution or a constant matrix goes into its weights.
2. A Relu or Clip(0, 6) behind a convolution becomes its activation.
3. An Expand goes where the operation that reads it broadcasts all the same.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mobileswap.export.tnn.graph import Array, Graph, Node, Shape

ACTIVATION = "tnn_activation"  # attribute of a Conv: 1 for Relu, 2 for Relu6
_BROADCASTING = ("Add", "Sub", "Mul", "Div", "Max", "Min")


def fuse(graph: Graph) -> Graph:
    """Apply all three."""
    return _without_expands(_with_activations(_with_folded_norms(graph)))


def affine_of(node: Node, graph: Graph) -> tuple[Array, Array]:
    """Scale and shift, each (C,) in float64, that a BatchNormalization amounts to.

    Raises:
        Inexpressible: it is in training mode or its numbers are computed at run time.
    """
    if node.integer("training_mode", 0) or len([name for name in node.outputs if name]) > 1:
        raise node.refuse("training mode; export the network with eval()")
    whats = ("scale", "bias", "mean", "variance")
    gamma, beta, mean, variance = (
        graph.constant(node.input(i), node, what).astype(np.float64) for i, what in enumerate(whats, start=1)
    )
    scale = gamma / np.sqrt(variance + node.real("epsilon", 1e-5))
    return scale, beta - mean * scale


def clip_bounds(node: Node, graph: Graph) -> tuple[float, float]:
    """Lower and upper bound of a Clip, with float32's extremes where one was left out.

    Raises:
        Inexpressible: a bound is computed at run time.
    """
    extreme = float(np.finfo(np.float32).max)

    def bound(attribute: str, index: int, default: float) -> float:
        if attribute in node.attributes:
            return node.real(attribute, default)
        name = node.input(index)
        return float(graph.constant(name, node, attribute).item()) if name else default

    return bound("min", 1, -extreme), bound("max", 2, extreme)


def _with_folded_norms(graph: Graph) -> Graph:
    readers = graph.consumers()
    constants: dict[str, Array] = dict(graph.constants)
    kept: dict[str, Node] = {}  # by first output; a dictionary keeps the order
    for original in graph.nodes:
        node, maker = original, kept.get(original.input(0))
        if node.op == "BatchNormalization" and maker is not None and readers[maker.outputs[0]] == 1:
            folded = _folded(maker, node, replace(graph, constants=constants), constants)
            if folded is not None:
                del kept[maker.outputs[0]]  # moves behind what it did not read; its only reader was the norm
                node = folded
        kept[node.outputs[0]] = node
    return replace(graph, nodes=tuple(kept.values()), constants=constants)


def _folded(maker: Node, norm: Node, graph: Graph, constants: dict[str, Array]) -> Node | None:
    """The maker with the norm in its weights, or None where that is not exact."""
    weight = graph.constants.get(maker.input(1))
    bias_name = maker.input(2)
    if weight is None or (bias_name and bias_name not in graph.constants):
        return None
    scale, shift = affine_of(norm, graph)
    wide = weight.astype(np.float64)
    if maker.op == "Conv":
        wide = wide * scale.reshape(-1, *[1] * (weight.ndim - 1))
    elif maker.op == "ConvTranspose":
        groups = maker.integer("group", 1)
        per_group = scale.reshape(groups, 1, -1, *[1] * (weight.ndim - 2))
        wide = (wide.reshape(groups, -1, *weight.shape[1:]) * per_group).reshape(weight.shape)
    elif maker.op == "MatMul" and weight.ndim == 2 and len(graph.shapes.get(maker.input(0), ())) == 2:
        wide = wide * scale
    elif maker.op == "Gemm":
        wide = wide * (scale[:, None] if maker.integer("transB", 0) else scale)
    else:
        return None
    bias = constants[bias_name].astype(np.float64) if bias_name else np.zeros(())
    if maker.op == "Gemm":
        bias = bias * maker.real("beta", 1.0)
    if bias.size not in (1, scale.size):
        return None  # a Gemm whose C differs from row to row
    output = norm.outputs[0]
    weight_name, folded_bias_name = f"{output}\0weight", f"{output}\0bias"
    constants[weight_name] = wide.astype(np.float32)
    constants[folded_bias_name] = (bias.reshape(-1) * scale + shift).astype(np.float32)
    attributes: dict[str, Any] = dict(maker.attributes)
    attributes.pop("beta", None)
    op = "Gemm" if maker.op == "MatMul" else maker.op
    return replace(
        maker,
        op=op,
        inputs=(maker.inputs[0], weight_name, folded_bias_name),
        outputs=(output,),
        attributes=attributes,
    )


def _with_activations(graph: Graph) -> Graph:
    readers = graph.consumers()
    kept: dict[str, Node] = {}
    for node in graph.nodes:
        maker = kept.get(node.input(0))
        code = _activation_code(node, graph)
        alone = maker is not None and maker.op == "Conv" and readers[maker.outputs[0]] == 1
        if code and alone and maker is not None and ACTIVATION not in maker.attributes:
            del kept[maker.outputs[0]]
            attributes = {**maker.attributes, ACTIVATION: code}
            kept[node.outputs[0]] = replace(maker, outputs=node.outputs, attributes=attributes)
        else:
            kept[node.outputs[0]] = node
    return replace(graph, nodes=tuple(kept.values()))


def _activation_code(node: Node, graph: Graph) -> int:
    if node.op == "Relu":
        return 1
    if node.op == "Clip" and all(name in graph.constants for name in node.inputs[1:] if name):
        return 2 if clip_bounds(node, graph) == (0.0, 6.0) else 0
    return 0


def _without_expands(graph: Graph) -> Graph:
    sources = {n.outputs[0]: n.inputs[0] for n in graph.nodes if n.op == "Expand" and n.outputs[0] not in graph.outputs}
    nodes = []
    for node in graph.nodes:
        inputs = tuple(sources.get(name, name) for name in node.inputs)
        useful = node.op in _BROADCASTING and _broadcast(inputs, graph) == graph.shapes.get(node.outputs[0], ())
        nodes.append(replace(node, inputs=inputs) if useful else node)
    slim = replace(graph, nodes=tuple(nodes))
    readers = slim.consumers()
    return replace(slim, nodes=tuple(n for n in slim.nodes if n.op != "Expand" or readers[n.outputs[0]]))


def _broadcast(names: tuple[str, ...], graph: Graph) -> Shape | None:
    known: Mapping[str, Shape] = {**{n: a.shape for n, a in graph.constants.items() if n in names}, **graph.shapes}
    if not all(name in known for name in names):
        return None
    return tuple(int(size) for size in np.broadcast_shapes(*(known[name] for name in names)))
