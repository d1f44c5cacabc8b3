"""ReduceMean, ReduceSum, ReduceL2, ReduceMax, ReduceMin; their names are TNN's too."""

from mobileswap.export.tnn.emitter import Emitter
from mobileswap.export.tnn.graph import Graph, Node


def reduce(node: Node, graph: Graph, out: Emitter) -> None:
    rank = len(graph.shape(node.inputs[0], node))
    axes = graph.listed(node, "axes", 1)
    if not axes and node.integer("noop_with_empty_axes", 0):
        raise node.refuse("noop_with_empty_axes")
    where = sorted({axis % rank for axis in axes} if axes else range(rank))
    keeps = node.integer("keepdims", 1)
    if not keeps and len(where) == rank:
        raise node.refuse("a scalar comes out, TNN has no blobs of rank 0; use keepdims=1")
    out.emit(node.op, node.inputs[:1], node.outputs, (keeps, *where))
