"""MaxPool, AveragePool and the global ones.

TNN clips every window to the blob, divides an average by the elements that are left, and has one pad for both ends.
What ONNX means otherwise becomes a Pad in front, or is refused.
"""

import numpy as np

from mobileswap.export.tnn.emitter import Emitter
from mobileswap.export.tnn.graph import Graph, Node
from mobileswap.export.tnn.padding import constant_pad, explicit_pads

_MAX, _AVERAGE = 0, 1
_LOWEST = float(np.finfo(np.float32).min)


def max_pool(node: Node, graph: Graph, out: Emitter) -> None:
    if len(node.outputs) > 1 and node.outputs[1]:
        raise node.refuse("the output Indices")
    _pool(node, graph, out, _MAX)


def average_pool(node: Node, graph: Graph, out: Emitter) -> None:
    _pool(node, graph, out, _AVERAGE)


def global_max_pool(node: Node, graph: Graph, out: Emitter) -> None:
    _global(node, graph, out, _MAX)


def global_average_pool(node: Node, graph: Graph, out: Emitter) -> None:
    _global(node, graph, out, _AVERAGE)


def _global(node: Node, graph: Graph, out: Emitter, kind: int) -> None:
    if len(graph.shape(node.inputs[0], node)) != 4:
        raise node.refuse("only two-dimensional pooling, of (N, C, H, W)")
    everything = (0, 0)  # a kernel of 0 × 0 is TNN's word for the whole blob
    out.emit("Pooling", node.inputs, node.outputs, (kind, *everything, 1, 1, 0, 0, -1, -1, -1, 0, 0, 0, 0))


def _pool(node: Node, graph: Graph, out: Emitter, kind: int) -> None:
    shape = graph.shape(node.inputs[0], node)
    if len(shape) != 4:
        raise node.refuse("only two-dimensional pooling, of (N, C, H, W)")
    if set(node.integers("dilations", (1, 1))) != {1}:
        raise node.refuse(f"dilations {node.integers('dilations', ())}")
    kernel, strides, ceil = (
        node.integers("kernel_shape", ()),
        node.integers("strides", (1, 1)),
        node.integer("ceil_mode", 0),
    )
    source, height, width = node.inputs[0], shape[2], shape[3]
    top, left, bottom, right = explicit_pads(node, graph, kernel)
    counts_pads = kind == _AVERAGE and bool(node.integer("count_include_pad", 0))
    padded = any((top, left, bottom, right))
    if padded and (counts_pads or (top, left) != (bottom, right)):
        if kind == _AVERAGE and not counts_pads:
            raise node.refuse(f"unequal pads {top, left, bottom, right} that the average does not count")
        source = constant_pad(
            out, source, (top, bottom, left, right), 0.0 if counts_pads else _LOWEST, out.step(node.outputs[0])
        )
        height, width, top, left = height + top + bottom, width + left + right, 0, 0
    expected = graph.shape(node.outputs[0], node)[2:]
    found = tuple(
        _size(size, extent, stride, before, ceil)
        for size, extent, stride, before in zip((height, width), kernel, strides, (top, left), strict=True)
    )
    if found != expected:
        raise node.refuse(f"TNN would make {found} of it, ONNX says {expected}; ceil_mode differs, use explicit pads")
    if (
        counts_pads
        and ceil
        and any(
            (steps - 1) * stride + extent > size
            for steps, stride, extent, size in zip(found, strides, kernel, (height, width), strict=True)
        )
    ):
        raise node.refuse("ceil_mode together with count_include_pad")
    out.emit("Pooling", [source], node.outputs, (kind, *kernel, *strides, top, left, -1, -1, -1, ceil, 0, 0, 0))


def _size(size: int, kernel: int, stride: int, pad: int, ceil: int) -> int:
    room = size + 2 * pad - kernel
    return (-(-room // stride) if ceil else room // stride) + 1
