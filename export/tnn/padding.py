"""Pad in its three modes, and the paddings that other operators need in front of them."""

from collections.abc import Sequence

from mobileswap.export.tnn.emitter import Emitter
from mobileswap.export.tnn.graph import Graph, Node, Shape

_CONSTANT, _REFLECT = 0, 1


def pad(node: Node, graph: Graph, out: Emitter) -> None:
    """Pad.

    Edge mode becomes slices and a Concat: TNN's own edge mode is missing on X86 and wrong in the lower corners of its
    reference device (TNN f0cb081; use its Pad for this mode too when both are mended).
    """
    shape = graph.shape(node.inputs[0], node)
    begins, ends = _pads(node, graph, len(shape))
    if min(*begins, *ends) < 0:
        raise node.refuse("negative pads; use a Slice")
    mode = node.text("mode", "constant")
    if mode == "constant":
        _constant(node, graph, out, begins, ends)
    elif mode == "reflect":
        if len(shape) != 4 or any((*begins[:2], *ends[:2])):
            raise node.refuse("reflection is for H and W of (N, C, H, W) only")
        if any(before >= size or after >= size for before, after, size in zip(begins, ends, shape, strict=True)):
            raise node.refuse(f"a reflection of {begins}, {ends} is wider than the blob {shape}")
        out.emit("Pad", node.inputs[:1], node.outputs, _pad_params(begins, ends, _REFLECT, 0.0))
    elif mode == "edge":
        _edge(node, out, shape, begins, ends)
    else:
        raise node.refuse(f"mode {mode!r}")


def constant_pad(out: Emitter, source: str, hw: tuple[int, int, int, int], value: float, target: str) -> str:
    """Pad H and W by (top, bottom, left, right) and return the new blob."""
    top, bottom, left, right = hw
    out.emit("Pad", [source], [target], _pad_params((0, 0, top, left), (0, 0, bottom, right), _CONSTANT, value))
    return target


def explicit_pads(node: Node, graph: Graph, kernel: Shape) -> tuple[int, int, int, int]:
    """(top, left, bottom, right) of a convolution or pooling, ``auto_pad`` worked out.

    Raises:
        Inexpressible: an ``auto_pad`` that ONNX does not have.
    """
    auto = node.text("auto_pad", "NOTSET")
    if auto == "NOTSET":
        top, left, bottom, right = node.integers("pads", (0, 0, 0, 0))
        return top, left, bottom, right
    if auto == "VALID":
        return 0, 0, 0, 0
    if auto not in ("SAME_UPPER", "SAME_LOWER"):
        raise node.refuse(f"auto_pad {auto!r}")
    sizes = graph.shape(node.inputs[0], node)[2:]
    strides, dilations = node.integers("strides", (1, 1)), node.integers("dilations", (1, 1))
    before, after = [], []
    for size, extent, stride, dilation in zip(sizes, kernel, strides, dilations, strict=True):
        steps = -(-size // stride)
        total = max((steps - 1) * stride + dilation * (extent - 1) + 1 - size, 0)
        small, large = total // 2, total - total // 2
        before.append(small if auto == "SAME_UPPER" else large)
        after.append(large if auto == "SAME_UPPER" else small)
    return before[0], before[1], after[0], after[1]


def _pads(node: Node, graph: Graph, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    given = graph.listed(node, "pads", 1) or ()
    axes = graph.listed(node, "axes", 3)
    where = [axis % rank for axis in axes] if axes is not None else list(range(rank))
    begins, ends = [0] * rank, [0] * rank
    for i, axis in enumerate(where):
        begins[axis], ends[axis] = given[i], given[i + len(where)]
    return tuple(begins), tuple(ends)


def _pad_params(begins: Sequence[int], ends: Sequence[int], kind: int, value: float) -> tuple[int | float, ...]:
    return (0, 0, begins[2], ends[2], begins[3], ends[3], begins[1], ends[1], kind, value)


def _constant(node: Node, graph: Graph, out: Emitter, begins: tuple[int, ...], ends: tuple[int, ...]) -> None:
    value = node.real("value", 0.0)
    if node.input(2):
        value = float(graph.constant(node.input(2), node, "the value").item())
    if len(begins) == 4 and begins[0] == ends[0] == 0:
        out.emit("Pad", node.inputs[:1], node.outputs, _pad_params(begins, ends, _CONSTANT, value))
    else:
        out.emit("PadV2", node.inputs[:1], node.outputs, (len(begins), *begins, *ends, _CONSTANT, value))


def _edge(node: Node, out: Emitter, shape: Shape, begins: tuple[int, ...], ends: tuple[int, ...]) -> None:
    axes = [axis for axis in range(len(shape)) if begins[axis] or ends[axis]]
    source = node.inputs[0]
    for axis in axes:
        target = node.outputs[0] if axis == axes[-1] else out.step(node.outputs[0])
        parts = [source]
        for count, at, front in ((begins[axis], 0, True), (ends[axis], shape[axis] - 1, False)):
            if count:
                edge = out.step(node.outputs[0])
                out.emit("StridedSliceV2", [source], [edge], (1, at, 1, at + 1, 1, axis, 1, 1))
                parts = [edge] * count + parts if front else parts + [edge] * count
        out.emit("Concat", parts, [target], (axis,))
        source = target
    if not axes:
        out.emit("Reshape", [source], node.outputs, (0, len(shape), len(shape), *shape, 0))
