"""What a file says of itself, whatever its format: strings by name, in an order that does not change."""

from mobileswap.contracts.spec import TensorSpec
from mobileswap.export.request import NOTICE, ExportRequest
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
        "notice": NOTICE,
        **{f"tensor_{spec.name}": in_words(spec) for spec in tensors},
    }


def in_words(spec: TensorSpec) -> str:
    """For instance ``RGB target face, aligned; float32 NCHW 1×3×256×256 in [-1, 1]``."""
    low, high = spec.value_range
    shape = "×".join(str(n) for n in spec.shape)
    return f"{spec.meaning}; {spec.dtype} {spec.layout} {shape} in [{low:g}, {high:g}]"
