"""Gemm and MatMul."""

import numpy as np

from mobileswap.export.tnn.emitter import Emitter
from mobileswap.export.tnn.graph import Array, Graph, Node


def gemm(node: Node, graph: Graph, out: Emitter) -> None:
    """InnerProduct with alpha and beta in its numbers; of two blobs, a MatMul."""
    if node.integer("transA", 0):
        raise node.refuse("transA; transpose the blob before it")
    if node.inputs[1] not in graph.constants:
        _gemm_of_blobs(node, out)
        return
    weight = graph.constants[node.inputs[1]].astype(np.float64) * node.real("alpha", 1.0)
    rows = weight if node.integer("transB", 0) else weight.T  # (out, in)
    bias = None
    if node.input(2):
        given = graph.constant(node.inputs[2], node, "the bias").astype(np.float64) * node.real("beta", 1.0)
        if given.size not in (1, rows.shape[0]) or (given.ndim == 2 and given.shape[0] != 1):
            raise node.refuse(f"a bias of shape {given.shape}; one number for each of the {rows.shape[0]} columns")
        bias = np.broadcast_to(given.reshape(-1), rows.shape[:1]).astype(np.float32)
    inner_product(out, node.inputs[0], node.outputs[0], rows.astype(np.float32), bias)


def matmul(node: Node, graph: Graph, out: Emitter) -> None:
    """InnerProduct for (N, K) by a constant (K, M), else TNN's MatMul."""
    left, right = node.inputs
    ranks = len(graph.shape(left, node)), len(graph.shape(right, node))
    if min(ranks) < 2:
        raise node.refuse("a vector; give both operands two axes")
    if left in graph.constants and right in graph.constants:
        raise node.refuse("both operands are constants; run onnxsim first")
    if ranks == (2, 2) and right in graph.constants:
        inner_product(out, left, node.outputs[0], np.ascontiguousarray(graph.constants[right].T), None)
    elif right in graph.constants:
        out.emit("MatMul", [left], node.outputs, (1,), (graph.constants[right],))
    elif left in graph.constants:
        out.emit("MatMul", [right], node.outputs, (0,), (graph.constants[left],))
    else:
        out.emit("MatMul", [left, right], node.outputs, (-1,))


def inner_product(out: Emitter, source: str, target: str, weight: Array, bias: Array | None) -> None:
    """Write an InnerProduct.

    Args:
        out: where to.
        source: a blob (N, in).
        target: the blob (N, out).
        weight: (out, in).
        bias: (out,); TNN reads one in any case, so that zeros stand in for none.
    """
    stored = np.zeros(weight.shape[0], np.float32) if bias is None else bias
    out.emit("InnerProduct", [source], [target], (weight.shape[0], 1, 0, 1), ("", weight, stored))


def _gemm_of_blobs(node: Node, out: Emitter) -> None:
    plain = node.real("alpha", 1.0) == 1.0 and node.real("beta", 1.0) == 1.0 and not node.integer("transB", 0)
    if not plain or node.input(2):
        raise node.refuse("alpha, beta, transB or C with a matrix that is computed at run time")
    out.emit("MatMul", node.inputs[:2], node.outputs, (-1,))
