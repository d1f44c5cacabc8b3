"""Which tensor of a graph comes from which place of the network, as the tracers wrote it down."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mobileswap.contracts.place import Numbering

if TYPE_CHECKING:
    from torch.fx import Graph, Node

# Slices that take everything, changes of shape and casts are written down by one tracer and left out by another, so
# that they cannot be counted; the next operation stands for them.
_UNCOUNTED = ("slice", "view", "reshape", "flatten", "to_copy", "to", "alias", "detach", "clone", "contiguous")


def places_of_export(graph: Graph, root: str, outputs: tuple[str, ...]) -> dict[str, str]:
    """Place → name in the ONNX graph that torch's exporter makes of ``graph``: a node's own, or an output's.

    Args:
        graph: of the exported program.
        root: path of the bare network.
        outputs: names that the graph's outputs were given, in order.
    """
    from mobileswap.model.graph.taps import operation_name, path_within

    numbering = Numbering()
    names: dict[Node, str] = {}
    for node in graph.nodes:
        if node.op == "call_function" and node.target is not operator.getitem:
            operation = operation_name(str(node.target))
            if operation not in _UNCOUNTED:
                names[node] = str(numbering.next(path_within(_path(node), root), operation))
    found = {place: _value(node).name for node, place in names.items()}
    (returned,) = graph.output_node().args
    for node, output in zip(returned, outputs, strict=True):  # type: ignore[arg-type, unused-ignore]
        if node in names:
            found[names[node]] = output
    return found


def places_of_trace(traced: Any, root: str) -> dict[str, str]:  # noqa: ANN401  a ScriptModule
    """Name of a value in the traced graph → its place."""
    from mobileswap.model.graph.taps import operation_name, path_within

    numbering = Numbering()
    found = {}
    for node in traced.inlined_graph.nodes():
        operation = operation_name(node.kind())
        if node.kind().startswith("aten::") and operation not in _UNCOUNTED:
            path = node.scopeName().rpartition("/")[2].removeprefix("__module").removeprefix(".")
            found[next(node.outputs()).debugName()] = str(numbering.next(path_within(path, root), operation))
    return found


def places_of_program(program: Any, traced: Mapping[str, str]) -> dict[str, str]:  # noqa: ANN401
    """Place → variable of a MIL program: of the operations that an ATen one became, the last holds its result.

    Args:
        program: as coremltools converted it.
        traced: as ``places_of_trace`` gave it.
    """
    from coremltools.converters.mil.mil.scope import ScopeSource

    found = {}
    for operation in program.functions["main"].operations:
        names = operation.scopes.get(ScopeSource.TORCHSCRIPT_MODULE_NAME)
        place = traced.get(names[-1]) if names else None
        if place and operation.op_type not in ("const", "cast"):
            found[place] = operation.outputs[0].name
    return found


def _path(node: Node) -> str:
    stack = list(node.meta.get("nn_module_stack", {}).values())
    return str(stack[-1][0]) if stack else ""


def _value(node: Node) -> Node:
    """Of a node with several results, the node that picks the first."""
    picks = [user for user in node.users if user.target is operator.getitem and user.args[1] == 0]
    return picks[0] if picks else node
