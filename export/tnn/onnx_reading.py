"""ONNX model → Graph: constants to arrays, shapes inferred, idle and dead nodes gone."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mobileswap.contracts.errors import BadInput
from mobileswap.export.tnn.graph import Array, Graph, Node, Shape
from mobileswap.export.tnn.refusal import Inexpressible

if TYPE_CHECKING:
    import onnx

OLDEST_OPSET = 7  # before it, broadcasting was an attribute and BatchNormalization had other outputs


def read_graph(source: "onnx.ModelProto | Path") -> Graph:
    """Read a model.

    Raises:
        BadInput: the file is not ONNX, or its opset is too old.
        Inexpressible: a shape is symbolic, or a type or domain has no counterpart.
    """
    from onnx.inliner import inline_local_functions

    model = _load(source) if isinstance(source, Path) else source
    if model.functions:
        model = inline_local_functions(model)
    opset = next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 0)
    if opset < OLDEST_OPSET:
        raise BadInput(f"ONNX opset {opset}: expected {OLDEST_OPSET} or newer; convert it with onnx.version_converter")
    constants = {tensor.name: _to_array(tensor) for tensor in model.graph.initializer}
    nodes = []
    for proto in model.graph.node:
        node = _node(proto)
        if node.op == "Constant":
            constants[node.outputs[0]] = _constant_value(node)
        else:
            nodes.append(node)
    inputs = tuple(value.name for value in model.graph.input if value.name not in constants)
    outputs = tuple(value.name for value in model.graph.output)
    for value in [value for value in model.graph.input if value.name in inputs]:
        _require_static_float(value)
    graph = Graph(tuple(nodes), constants, _shapes(model), inputs, outputs, opset)
    return _without_dead_nodes(_without_identities(graph))


def _load(path: Path) -> "onnx.ModelProto":
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        return onnx.load(path)
    except (OSError, DecodeError) as error:
        raise BadInput(f"{path}: not an ONNX file ({error})") from error


def _node(proto: "onnx.NodeProto") -> Node:
    from onnx import helper

    op = proto.op_type if proto.domain in ("", "ai.onnx") else f"{proto.domain}::{proto.op_type}"
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in proto.attribute}
    texts = {key: value.decode() if isinstance(value, bytes) else value for key, value in attributes.items()}
    name = proto.name or (proto.output[0] if proto.output else op)
    node = Node(op, name, tuple(proto.input), tuple(proto.output), texts)
    if "::" in op:
        raise node.refuse("an operator of another domain than ONNX's own")
    return node


def _constant_value(node: Node) -> Array:
    for key in ("value_float", "value_floats"):
        if key in node.attributes:
            return np.asarray(node.attributes[key], np.float32)
    for key in ("value_int", "value_ints"):
        if key in node.attributes:
            return np.asarray(node.attributes[key], np.int64)
    if "value" not in node.attributes:
        raise node.refuse(f"a constant of kind {', '.join(node.attributes)}")
    return _to_array(node.attributes["value"])


def _to_array(tensor: "onnx.TensorProto") -> Array:
    from onnx import numpy_helper

    array: Array = numpy_helper.to_array(tensor)
    return array.astype(np.float32) if array.dtype in (np.float16, np.float64) else array


def _require_static_float(value: "onnx.ValueInfoProto") -> None:
    import onnx

    tensor = value.type.tensor_type
    if tensor.elem_type != onnx.TensorProto.FLOAT:
        kind = onnx.TensorProto.DataType.Name(tensor.elem_type)
        raise Inexpressible(f"input {value.name!r} is {kind}, TNN takes FLOAT; scale 8-bit images outside of the graph")
    sizes = [dim.dim_value or dim.dim_param or "?" for dim in tensor.shape.dim]
    if not all(isinstance(size, int) for size in sizes):
        raise Inexpressible(f"input {value.name!r} has shape {sizes}, TNN wants it static; export with fixed sizes")
    if not sizes:
        raise Inexpressible(f"input {value.name!r} is a scalar, TNN has no blobs of rank 0; give it the shape [1]")


def _shapes(model: "onnx.ModelProto") -> dict[str, Shape]:
    import onnx

    try:
        inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    except onnx.shape_inference.InferenceError as error:
        raise BadInput(f"not a valid ONNX graph, run onnx.checker on it: {error}") from error
    shapes: dict[str, Shape] = {}
    for value in [*inferred.input, *inferred.value_info, *inferred.output]:
        if not value.type.HasField("tensor_type") or not value.type.tensor_type.HasField("shape"):
            continue
        dims = value.type.tensor_type.shape.dim
        if all(dim.HasField("dim_value") for dim in dims):
            shapes[value.name] = tuple(dim.dim_value for dim in dims)
    return shapes


def _without_identities(graph: Graph) -> Graph:
    """Drop Identity and Dropout. One whose output leaves the graph stays, as the name has to."""
    alias: dict[str, str] = {}
    kept = []
    for node in graph.nodes:
        renamed = replace(node, inputs=tuple(alias.get(name, name) for name in node.inputs))
        if node.op in ("Identity", "Dropout") and node.outputs[0] not in graph.outputs:
            alias[node.outputs[0]] = renamed.inputs[0]
        else:
            kept.append(renamed)
    return replace(graph, nodes=tuple(kept))


def _without_dead_nodes(graph: Graph) -> Graph:
    needed, alive = set(graph.outputs), []
    for node in reversed(graph.nodes):
        if needed.intersection(node.outputs):
            alive.append(node)
            needed.update(node.inputs)
    return replace(graph, nodes=tuple(reversed(alive)))
