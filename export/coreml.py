"""Deploy graph to a CoreML ML Program (.mlpackage). Converting works on Linux; running it needs Apple's runtime."""

from pathlib import Path
from types import ModuleType

from contracts.spec import TensorSpec
from export.metadata import describe
from export.places import places_of_program, places_of_trace
from export.quiet import quiet
from export.request import NOTICE, ExportRequest
from export.written import Written
from model.deploy import DeployGraph

_HEADLINE = ("author", "licence", "notice")  # shown by Xcode in fields of their own


def export(graph: DeployGraph, path: Path, request: ExportRequest) -> Written:
    """Write the package folder ``path``."""
    import torch

    with quiet():
        import coremltools as ct

        traced = torch.jit.trace(graph.module, graph.examples, check_trace=False)  # type: ignore[no-untyped-call]
        model = ct.convert(
            traced,
            convert_to="mlprogram",
            inputs=[_feature(ct, spec, request.io) for spec in graph.inputs],
            outputs=[_feature(ct, spec, request.io, is_output=True) for spec in graph.outputs],
            compute_precision=ct.precision.FLOAT16 if request.precision == "fp16" else ct.precision.FLOAT32,
            minimum_deployment_target=getattr(ct.target, request.ios),
            skip_model_load=True,
        )
        facts = describe(graph, request)
        model.author = facts["author"]
        model.license = facts["licence"]
        model.short_description = f"{graph.family} {graph.component}. {NOTICE}"
        for spec in graph.inputs:
            model.input_description[spec.name] = facts[f"tensor_{spec.name}"]
        for spec in graph.outputs:
            model.output_description[spec.name] = facts[f"tensor_{spec.name}"]
        for name, value in facts.items():
            if name not in _HEADLINE:
                model.user_defined_metadata[name] = value
        model.save(str(path))
        taps = places_of_program(model._mil_program, places_of_trace(traced, graph.root))
    return Written((path,), {"minimum_deployment_target": request.ios}, taps)


def _feature(ct: ModuleType, spec: TensorSpec, io: str, *, is_output: bool = False) -> object:
    """A tensor keeps float32 at the border whatever is inside; an image is filled from a pixel buffer by CoreML."""
    import numpy as np

    if io == "image" and spec.is_image:
        layout = ct.colorlayout.RGB
        if is_output:
            return ct.ImageType(name=spec.name, color_layout=layout)
        return ct.ImageType(name=spec.name, shape=spec.shape, color_layout=layout)
    if is_output:
        return ct.TensorType(name=spec.name, dtype=np.float32)
    return ct.TensorType(name=spec.name, shape=spec.shape, dtype=np.float32)
