"""What an .onnx file declares of itself, read without running it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mobileswap.contracts.errors import BadInput, Misdeclared
from mobileswap.formats.interface import Feature, Interface

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, TensorProto, ValueInfoProto

_OPEN = -1  # a size that the file leaves open
_WEIGHTY = ("Conv", "ConvTranspose", "MatMul", "Gemm", "Einsum", "LSTM", "GRU", "RNN")
_PACKED = ("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "ConvInteger", "MatMulInteger", "MatMulNBits")
_LARGEST = 1 << 31  # bytes, of protobuf itself


def declared(path: Path) -> Interface:
    """The interface of a file.

    Raises:
        Misdeclared: it contradicts itself, or lies in more than one file.
        BadInput: it cannot be read.
    """
    import onnx

    model = _parsed(path)
    for tensor in _tensors(model.graph):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            beside = next((entry.value for entry in tensor.external_data if entry.key == "location"), "another file")
            raise Misdeclared(f"the file keeps {tensor.name!r} in {beside!r}, expected all of it in {path.name}")
    try:
        onnx.checker.check_model(model, full_check=True)
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError, ValueError) as error:
        raise Misdeclared(f"onnx.checker refuses the file: {' '.join(str(error).split())[:300]}") from error
    precision, wide = _precision(inferred.graph)
    opsets = [str(entry.version) for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    return Interface(
        tuple(_feature(value) for value in model.graph.input),
        tuple(_feature(value) for value in model.graph.output),
        precision,
        _facts(model),
        {"opset": " and ".join(opsets)},
        wide=wide,
    )


def _parsed(path: Path) -> ModelProto:
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            raise BadInput(f"{path}: expected an .onnx file of at most 2 GiB; export it again")
        return onnx.load(path, load_external_data=False)
    except (OSError, DecodeError) as error:
        raise BadInput(f"{path}: no .onnx file ({error}); export it again") from error


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    """All that hold numbers, in graphs within the graph too."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                yield from (sparse.values, sparse.indices)
            for inner in (attribute.g, *attribute.graphs):
                if inner.node:
                    yield from _tensors(inner)


def _feature(value: ValueInfoProto) -> Feature:
    import onnx

    kind = value.type.WhichOneof("value") or "no type"
    if kind != "tensor_type":
        return Feature(value.name, kind.removesuffix("_type"), None)
    tensor = value.type.tensor_type
    name = str(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)) if tensor.elem_type else "no type"
    if not tensor.HasField("shape"):
        return Feature(value.name, f"{name} of any shape", None)
    sizes = (dim.dim_value if dim.WhichOneof("value") == "dim_value" else _OPEN for dim in tensor.shape.dim)
    return Feature(value.name, name, tuple(sizes))


def _facts(model: ModelProto) -> dict[str, str]:
    facts: dict[str, str] = {}
    for entry in model.metadata_props:
        if entry.key in facts:
            raise Misdeclared(f"metadata {entry.key} is declared twice, expected once")
        facts[entry.key] = entry.value
    return facts


def _precision(graph: GraphProto) -> tuple[str, tuple[str, ...]]:
    """What the operations with weights compute in, and the names of those in float32."""
    import onnx

    packed = {node.op_type for node in graph.node if node.op_type in _PACKED or node.op_type.startswith("QLinear")}
    if packed:
        return f"weights or values that are packed by {', '.join(sorted(packed))}", ()
    types = {value.name: value.type.tensor_type.elem_type for value in (*graph.value_info, *graph.output)}
    floats = {onnx.TensorProto.FLOAT: "fp32", onnx.TensorProto.FLOAT16: "fp16", onnx.TensorProto.DOUBLE: "fp64"}
    working = [node for node in graph.node if node.op_type != "Cast"]
    weighty = [node for node in working if node.op_type in _WEIGHTY] or working
    made = [(node, floats.get(types.get(node.output[0], 0), "")) for node in weighty if node.output]
    found = sorted({kind for _, kind in made} - {""})
    wide = tuple(node.name or node.output[0] for node, kind in made if kind == "fp32")
    if len(found) > 1:
        return "mixed", wide
    return "".join(found) or "no float", wide
