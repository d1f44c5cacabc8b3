"""Deploy graph to the two files of a TNN network, through the same simplified ONNX graph that ships as .onnx."""

from pathlib import Path

from contracts.errors import MobileswapError
from export.onnx import simplified, traced
from export.request import DEFAULT_OPSET, ExportRequest
from export.tnn.convert import convert, write
from export.written import Written
from model.deploy import DeployGraph


def export(graph: DeployGraph, path: Path, request: ExportRequest) -> Written:
    """Write ``path``, a .tnnproto, and the .tnnmodel beside it.

    Raises:
        export.tnn.refusal.Inexpressible: TNN has no counterpart of an operation; it is named with the reason.
        MobileswapError: the text format cannot hold the name of an input or output.
    """
    network = convert(simplified(traced(graph, DEFAULT_OPSET)), request.precision)
    if network.renamed:
        raise MobileswapError(f"TNN's text format cannot hold the names {', '.join(network.renamed)}; rename them")
    model = path.with_suffix(".tnnmodel")
    write(network, path, model)
    return Written((path, model), {})
