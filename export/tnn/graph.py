"""What the converter works on: nodes, constants as arrays, static shapes; nothing of protobuf is left."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from mobileswap.export.tnn.refusal import Inexpressible

Array = npt.NDArray[Any]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Node:
    """One ONNX node. An input that was left out is ""."""

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def refuse(self, reason: str) -> Inexpressible:
        """The error that names this node; the caller raises it."""
        return Inexpressible(f"TNN cannot express {self.op} {self.name!r}: {reason}")

    def integer(self, name: str, default: int) -> int:
        return int(self.attributes.get(name, default))

    def integers(self, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(int(value) for value in self.attributes.get(name, default))

    def real(self, name: str, default: float) -> float:
        return float(self.attributes.get(name, default))

    def text(self, name: str, default: str) -> str:
        return str(self.attributes.get(name, default))

    def input(self, index: int) -> str:
        """Name of an input, "" where it was left out."""
        return self.inputs[index] if index < len(self.inputs) else ""


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which they can run, without the dead ones.

    Attributes:
        constants: name → array; floats are float32.
        shapes: of every blob that shape inference could tell, all static.
    """

    nodes: tuple[Node, ...]
    constants: Mapping[str, Array]
    shapes: Mapping[str, Shape]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    opset: int

    def shape(self, name: str, node: Node) -> Shape:
        """The static shape of a blob.

        Raises:
            Inexpressible: it is not known.
        """
        if name in self.constants:
            return self.constants[name].shape
        if name not in self.shapes:
            raise node.refuse(f"the shape of {name!r} is not static; fix the input shapes and run onnxsim first")
        return self.shapes[name]

    def constant(self, name: str, node: Node, what: str) -> Array:
        """The array of an input that TNN wants at conversion time.

        Raises:
            Inexpressible: it is computed at run time.
        """
        if name not in self.constants:
            raise node.refuse(f"{what} ({name!r}) is computed at run time, TNN wants a constant")
        return self.constants[name]

    def listed(self, node: Node, attribute: str, index: int) -> tuple[int, ...] | None:
        """A list that older opsets keep in an attribute and newer ones in an input; None where it is in neither."""
        if attribute in node.attributes:
            return node.integers(attribute, ())
        name = node.input(index)
        if not name:
            return None
        return tuple(int(value) for value in self.constant(name, node, attribute).ravel())

    def consumers(self) -> Counter[str]:
        """How often each blob is read; an output of the graph counts as one more."""
        counts = Counter(name for node in self.nodes for name in node.inputs if name)
        counts.update(self.outputs)
        return counts
