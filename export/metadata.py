"""What a file says of itself, whatever its format: strings by name, in an order that does not change."""

from mobileswap.contracts.declaration import in_words
from mobileswap.export.request import ExportRequest
from mobileswap.model.graph.deploy import DeployGraph


def describe(graph: DeployGraph, request: ExportRequest) -> dict[str, str]:
    tensors = (*graph.inputs, *graph.outputs)
    return {
        "family": graph.family,
        "component": graph.component,
        "author": request.author,
        "licence": request.licence,
        "weights": request.weights.name + ("" if request.weights.trained else " (UNTRAINED)"),
        "weights_sha256": request.weights.sha256,
        "weights_licence": request.weights.licence,
        "notice": request.notice,
        **{f"tensor_{spec.name}": in_words(spec) for spec in tensors},
    }
