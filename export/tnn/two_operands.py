"""Add, Sub, Mul, Div, Max, Min and Sum, of blobs and of a blob and a constant.

TNN documents broadcasting in both directions, and its reference device does it. Its X86 device takes one operand for
the whole result and reads past the end of it where neither is, and misses a smaller operand on the left that only has
the last axis. What is written here computes the same on both (f0cb081; found by random graphs run on both devices).
"""

import numpy as np

from mobileswap.export.tnn.emitter import Emitter
from mobileswap.export.tnn.graph import Array, Graph, Node, Shape

_BOTH_BLOBS = -1
_TYPES = {"Add": "Add", "Sub": "Sub", "Mul": "Mul", "Div": "Div", "Max": "Maximum", "Min": "Minimum", "Sum": "Add"}
_COMMUTING = ("Add", "Mul", "Maximum", "Minimum")


def binary(node: Node, graph: Graph, out: Emitter) -> None:
    """One layer for two operands, a chain of them for more."""
    shapes = {name: graph.shape(name, node) for name in node.inputs}
    if len(node.inputs) == 1:
        (shape,) = shapes.values()
        out.emit("Reshape", node.inputs, node.outputs, (0, len(shape), len(shape), *shape, 0))
        return
    left = node.inputs[0]
    for i, right in enumerate(node.inputs[1:], start=1):
        target = node.outputs[0] if i == len(node.inputs) - 1 else out.step(node.outputs[0])
        shapes[target] = tuple(int(size) for size in np.broadcast_shapes(shapes[left], shapes[right]))
        _pair(node, graph, out, (left, right), target, shapes)
        left = target


def _pair(
    node: Node, graph: Graph, out: Emitter, operands: tuple[str, str], target: str, shapes: dict[str, Shape]
) -> None:
    type_, result = _TYPES[node.op], shapes[target]
    constants = [graph.constants.get(name) for name in operands]
    if constants[0] is not None and constants[1] is not None:
        raise node.refuse("both operands are constants; run onnxsim first")
    if len(result) < 2 and shapes[operands[0]] != shapes[operands[1]]:
        raise node.refuse("broadcasting of blobs with less than two axes")
    sides = [_Side(name, array, _padded(shapes[name], result)) for name, array in zip(operands, constants, strict=True)]
    for side in sides:
        if side.array is None and len(shapes[side.name]) < len(result):
            side.name = _reshaped(out, side, target)
    if result not in (sides[0].shape, sides[1].shape):
        widened = sides[0] if sides[0].array is None else sides[1]
        widened.widen(out, target, result)
    if sides[0].shape != result and type_ in _COMMUTING:
        sides.reverse()
    if _missed_on_the_left(sides[0].shape, result):
        sides[0].widen(out, target, result)
    place = next((i for i, side in enumerate(sides) if side.array is not None), _BOTH_BLOBS)
    blobs = [side.name for side in sides if side.array is None]
    out.emit(
        type_, blobs, [target], (place,), [_constant(side.array, node) for side in sides if side.array is not None]
    )


class _Side:
    """An operand on its way into the layer: a blob, or a constant with its array."""

    def __init__(self, name: str, array: Array | None, shape: Shape) -> None:
        self.name, self.array, self.shape = name, array, shape

    def widen(self, out: Emitter, target: str, result: Shape) -> None:
        """Broadcast it to the result beforehand."""
        self.shape = result
        if self.array is not None:
            self.array = np.broadcast_to(self.array, result)
            return
        source, self.name = self.name, out.step(target)
        out.emit("Expand", [source], [self.name], (len(result), *result))


def _padded(shape: Shape, result: Shape) -> Shape:
    return (1,) * (len(result) - len(shape)) + shape


def _reshaped(out: Emitter, side: _Side, target: str) -> str:
    """Leading axes of size 1 for a blob that has fewer axes than the result."""
    full = out.step(target)
    rank = len(side.shape)
    out.emit("Reshape", [side.name], [full], (0, rank, rank, *side.shape, 0))
    return full


def _missed_on_the_left(shape: Shape, result: Shape) -> bool:
    return shape != result and shape[1] == result[1] and set(shape[:3]) == {1} and shape[3:] == result[3:]


def _constant(array: Array, node: Node) -> Array:
    if array.dtype != np.float32:
        raise node.refuse(f"a constant of {array.dtype}")
    return array if array.ndim else array.reshape(1)  # a scalar has no dims to be broadcast by
