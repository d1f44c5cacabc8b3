"""Operators that only move numbers: Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Concat, Slice, Split, Expand."""

import numpy as np

from mobileswap.export.tnn.emitter import Emitter
from mobileswap.export.tnn.graph import Graph, Node


def reshape(node: Node, graph: Graph, out: Emitter) -> None:
    """Reshape to the static shape that comes out; Identity at the border of the graph is one too."""
    shape = graph.shape(node.outputs[0], node)
    if not shape:
        raise node.refuse("a scalar comes out, TNN has no blobs of rank 0")
    out.emit("Reshape", node.inputs[:1], node.outputs, (0, len(shape), len(shape), *shape, 0))


def flatten(node: Node, graph: Graph, out: Emitter) -> None:
    rank = len(graph.shape(node.inputs[0], node))
    axis = node.integer("axis", 1)
    out.emit("Flatten", node.inputs, node.outputs, (axis + rank if axis < 0 else axis,))


def squeeze(node: Node, graph: Graph, out: Emitter) -> None:
    shape = graph.shape(node.inputs[0], node)
    axes = graph.listed(node, "axes", 1)
    if axes is None:
        axes = tuple(axis for axis, size in enumerate(shape) if size == 1)
    where = sorted(axis % len(shape) for axis in axes)
    if len(where) == len(shape):
        raise node.refuse("a scalar comes out, TNN has no blobs of rank 0")
    out.emit("Squeeze", node.inputs[:1], node.outputs, (len(where), *where))


def unsqueeze(node: Node, graph: Graph, out: Emitter) -> None:
    axes = graph.listed(node, "axes", 1) or ()
    rank = len(graph.shape(node.inputs[0], node)) + len(axes)
    where = sorted(axis % rank for axis in axes)
    out.emit("Unsqueeze", node.inputs[:1], node.outputs, (len(where), *where))


def transpose(node: Node, graph: Graph, out: Emitter) -> None:
    rank = len(graph.shape(node.inputs[0], node))
    order = node.integers("perm", tuple(reversed(range(rank))))
    out.emit("Permute", node.inputs, node.outputs, (rank, *order))


def concat(node: Node, graph: Graph, out: Emitter) -> None:
    """Concat of blobs; parts with nothing in them are left out."""
    constant = [name for name in node.inputs if name in graph.constants and graph.constants[name].size]
    if constant:
        raise node.refuse(f"the part {constant[0]!r} is a constant, TNN concatenates blobs only")
    parts = [name for name in node.inputs if name not in graph.constants]
    out.emit("Concat", parts, node.outputs, (node.integer("axis", 1) % len(graph.shape(parts[0], node)),))


def slice_(node: Node, graph: Graph, out: Emitter) -> None:
    """Slice with steps that go forward, its ends clipped to the blob."""
    shape = graph.shape(node.inputs[0], node)
    starts = graph.listed(node, "starts", 1) or ()
    ends = graph.listed(node, "ends", 2) or ()
    axes = graph.listed(node, "axes", 3) or tuple(range(len(starts)))
    steps = graph.listed(node, "steps", 4) or (1,) * len(starts)
    if min(steps, default=1) < 1:
        raise node.refuse(f"steps {steps}; only forward ones")
    cuts = {}
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        begin, stop, _ = slice(start, end, step).indices(shape[axis])
        if stop <= begin:
            raise node.refuse(f"nothing is left of axis {axis}")
        cuts[axis % len(shape)] = (begin, stop, step)
    where = sorted(cuts)  # TNN walks the axes in ascending order and misses those that are not
    begins, stops, strides = zip(*(cuts[axis] for axis in where), strict=True)
    count = len(where)
    params = (count, *begins, count, *stops, count, *where, count, *strides)
    out.emit("StridedSliceV2", node.inputs[:1], node.outputs, params)


def split(node: Node, graph: Graph, out: Emitter) -> None:
    rank = len(graph.shape(node.inputs[0], node))
    axis = node.integer("axis", 0) % rank
    sizes = [graph.shape(name, node)[axis] for name in node.outputs]
    out.emit("SplitV", node.inputs[:1], node.outputs, (axis, len(sizes), *sizes))


def expand(node: Node, graph: Graph, out: Emitter) -> None:
    """Expand; fusion has removed those that nothing needs."""
    shape = graph.shape(node.outputs[0], node)
    if np.prod(shape) == 0:
        raise node.refuse("a blob with nothing in it")
    out.emit("Expand", node.inputs[:1], node.outputs, (len(shape), *shape))


def depth_to_space(node: Node, graph: Graph, out: Emitter) -> None:
    """Reorg: block size, direction, one number TNN ignores, order of the channels."""
    del graph
    column_first = {"DCR": 0, "CRD": 1}
    mode = node.text("mode", "DCR")
    if mode not in column_first:
        raise node.refuse(f"mode {mode!r}")
    out.emit("Reorg", node.inputs, node.outputs, (node.integer("blocksize", 0), 1, 0, column_first[mode]))


def space_to_depth(node: Node, graph: Graph, out: Emitter) -> None:
    del graph
    out.emit("Reorg", node.inputs, node.outputs, (node.integer("blocksize", 0), 0, 0, 0))
