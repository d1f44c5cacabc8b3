"""Deploy graph to the two files of a TNN network, through the same simplified ONNX graph that ships as .onnx."""

from pathlib import Path

from mobileswap.contracts.errors import MobileswapError
from mobileswap.export.onnx import simplified, traced_with_places
from mobileswap.export.request import DEFAULT_OPSET, ExportRequest
from mobileswap.export.tnn.convert import convert, write
from mobileswap.export.written import Written
from mobileswap.model.graph.deploy import DeployGraph


def export(graph: DeployGraph, path: Path, request: ExportRequest) -> Written:
    """Write ``path``, a .tnnproto, and the .tnnmodel beside it.

    Raises:
        export.tnn.refusal.Inexpressible: TNN has no counterpart of an operation; it is named with the reason.
        MobileswapError: the text format cannot hold the name of an input or output.
    """
    raw, taps = traced_with_places(graph, DEFAULT_OPSET)
    network = convert(simplified(raw), request.precision)
    if network.renamed:
        raise MobileswapError(f"TNN's text format cannot hold the names {', '.join(network.renamed)}; rename them")
    model = path.with_suffix(".tnnmodel")
    write(network, path, model)
    made = {name for layer in network.layers for name in layer.outputs}
    return Written((path, model), {}, {place: name for place, name in taps.items() if name in made})
