"""The converter: an ONNX model in, a TNN network out, and its two files."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import write_text
from mobileswap.export.tnn.emitter import Emitter
from mobileswap.export.tnn.fusion import fuse
from mobileswap.export.tnn.graph import Graph
from mobileswap.export.tnn.model_writer import model_bytes
from mobileswap.export.tnn.network import Input, Layer, Resource, TnnNetwork
from mobileswap.export.tnn.onnx_reading import read_graph
from mobileswap.export.tnn.operators import convert_node
from mobileswap.export.tnn.proto_writer import proto_text
from mobileswap.export.tnn.refusal import Inexpressible

if TYPE_CHECKING:
    import onnx

MOST_LAYERS = 9_999  # with arrays of their own; TNN refuses a .tnnmodel with more


def convert(source: "onnx.ModelProto | Path", precision: str) -> TnnNetwork:
    """Convert a simplified ONNX model; static shapes, float32 inputs.

    Args:
        source: the model, or its file.
        precision: ``fp32`` or ``fp16``, in which the arrays are stored.

    Returns:
        The network; ``write`` makes files of it.

    Raises:
        BadInput: the file is no ONNX model, or the precision is not one of the two.
        Inexpressible: TNN has no counterpart of a node, named in the message with the reason.
    """
    if precision not in ("fp32", "fp16"):
        raise BadInput(f"TNN precision {precision!r}: expected fp32 or fp16")
    graph = fuse(read_graph(source))
    out = Emitter(graph)
    for node in graph.nodes:
        convert_node(node, graph, out)
    _require_whole(graph, out)
    layers = tuple(_stored(layer, precision) for layer in out.layers)
    if sum(bool(layer.resource) for layer in layers) > MOST_LAYERS:
        raise Inexpressible(f"more than {MOST_LAYERS} layers with weights; TNN reads no more")
    inputs = tuple(Input(out.names.of(name), graph.shapes[name]) for name in graph.inputs)
    renamed = {name: out.names.of(name) for name in (*graph.inputs, *graph.outputs) if out.names.of(name) != name}
    return TnnNetwork(precision, inputs, tuple(out.names.of(name) for name in graph.outputs), layers, renamed)


def write(network: TnnNetwork, proto: Path, model: Path) -> None:
    """Write both files. TNN looks for the .tnnmodel beside the .tnnproto, under the same stem."""
    model.write_bytes(model_bytes(network))
    write_text(proto, proto_text(network))


def _require_whole(graph: Graph, out: Emitter) -> None:
    made = {name for layer in out.layers for name in layer.outputs}
    read = {name for layer in out.layers for name in layer.inputs}
    for name in graph.outputs:
        if out.names.of(name) not in made:
            raise Inexpressible(f"output {name!r} is an input or a constant; TNN's outputs come out of layers")
    for name in graph.inputs:
        if out.names.of(name) not in read:
            raise Inexpressible(f"input {name!r} is read by no layer; leave it out of the export")


def _stored(layer: Layer, precision: str) -> Layer:
    if precision == "fp32":
        return layer
    return replace(layer, resource=tuple(_halved(item, layer) for item in layer.resource))


def _halved(item: Resource, layer: Layer) -> Resource:
    if isinstance(item, str | int):
        return item
    largest = float(np.abs(item).max(initial=0.0))
    if not largest <= float(np.finfo(np.float16).max):
        raise Inexpressible(f"{layer.type} {layer.name!r}: {largest:.4g} does not fit into fp16; store it as fp32")
    return item.astype(np.float16)
