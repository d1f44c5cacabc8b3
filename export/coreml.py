"""Deploy graph to a CoreML ML Program (.mlpackage). Converting works on Linux; running it needs Apple's runtime."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

from mobileswap.contracts.format_facts import CoreMlOptions
from mobileswap.contracts.spec import TensorSpec
from mobileswap.export.exact_division import divide_exactly
from mobileswap.export.metadata import describe
from mobileswap.export.quiet import quiet
from mobileswap.export.reproducible_mlpackage import make_reproducible
from mobileswap.export.request import ExportRequest
from mobileswap.export.traced_places import places_of_program, places_of_trace
from mobileswap.export.written import Written
from mobileswap.model.graph.deploy import DeployGraph

_HEADLINE = ("author", "licence", "notice")  # shown by Xcode in fields of their own


def export(graph: DeployGraph, path: Path, request: ExportRequest) -> Written:
    """Write the package folder ``path``."""
    import torch

    with quiet():
        import coremltools as ct

        divide_exactly()
        traced = torch.jit.trace(graph.module, graph.examples, check_trace=False)  # type: ignore[no-untyped-call]
        model = ct.convert(
            traced,
            convert_to="mlprogram",
            inputs=[_feature(ct, spec, request.io) for spec in graph.inputs],
            outputs=[_feature(ct, spec, request.io, is_output=True) for spec in graph.outputs],
            compute_precision=_precision(ct, request),
            minimum_deployment_target=getattr(ct.target, request.own(CoreMlOptions).ios),
            skip_model_load=True,
        )
        facts = describe(graph, request)
        model.author = facts["author"]
        model.license = facts["licence"]
        model.short_description = f"{graph.family} {graph.component}. {request.notice}"
        for spec in graph.inputs:
            model.input_description[spec.name] = facts[f"tensor_{spec.name}"]
        for spec in graph.outputs:
            model.output_description[spec.name] = facts[f"tensor_{spec.name}"]
        for name, value in facts.items():
            if name not in _HEADLINE:
                model.user_defined_metadata[name] = value
        model.save(str(path))
        make_reproducible(path)
        _require_kept(model._mil_program, request)
        taps = places_of_program(model._mil_program, places_of_trace(traced, graph.root))
    return Written((path,), taps)


def _precision(ct: ModuleType, request: ExportRequest) -> object:
    if request.precision == "fp32":
        return ct.precision.FLOAT32
    if not request.kept:
        return ct.precision.FLOAT16
    kept = frozenset(request.kept)
    return ct.transform.FP16ComputePrecision(op_selector=lambda operation: _name_in_file(operation.name) not in kept)


def _name_in_file(name: str) -> str:
    """What coremltools 9.0 makes of a tracer's name, ``input.1`` or ``111``, after it has asked its op_selector."""
    clean = re.sub("[^a-zA-Z0-9_]", "_", name)
    return clean if re.match("[a-zA-Z_]", clean) else f"op_{clean}"


def _require_kept(program: Any, request: ExportRequest) -> None:  # noqa: ANN401
    """Two names that differ in a dot would meet in one: better to fail than to keep another operation."""
    found = {operation.name for operation in program.functions["main"].operations}
    if lost := [name for name in request.kept if name not in found]:
        raise RuntimeError(f"coremltools was told to keep {', '.join(lost)} in float32 and did not")


def _feature(ct: ModuleType, spec: TensorSpec, io: str, *, is_output: bool = False) -> object:
    """A tensor keeps float32 at the border whatever is inside; an image is filled from a pixel buffer by CoreML."""
    import numpy as np

    if io == "image" and spec.is_picture:
        layout = getattr(ct.colorlayout, spec.colour)
        if is_output:
            return ct.ImageType(name=spec.name, color_layout=layout)
        return ct.ImageType(name=spec.name, shape=spec.shape, color_layout=layout)
    if is_output:
        return ct.TensorType(name=spec.name, dtype=np.float32)
    return ct.TensorType(name=spec.name, shape=spec.shape, dtype=np.float32)
