"""Deploy graph to one .onnx file: torch's exporter, onnxsim, full check."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mobileswap.contracts.errors import BadInput, MobileswapError
from mobileswap.contracts.format_facts import OnnxOptions
from mobileswap.export.metadata import describe
from mobileswap.export.quiet import quiet
from mobileswap.export.request import ExportRequest
from mobileswap.export.traced_places import places_of_export
from mobileswap.export.written import Written
from mobileswap.model.graph.deploy import DeployGraph

if TYPE_CHECKING:
    from onnx import ModelProto


def export(graph: DeployGraph, path: Path, request: ExportRequest) -> Written:
    """Write ``path``.

    Raises:
        BadInput: torch's exporter cannot write this opset.
        MobileswapError: onnxsim or the checker refused the graph.
    """
    import onnx

    wanted = request.own(OnnxOptions).opset
    raw, taps = traced_with_places(graph, wanted)
    model = simplified(raw)
    opset = next(entry.version for entry in model.opset_import if not entry.domain)
    if opset != wanted:  # torch's exporter falls back to the one it knows, with a warning at most
        raise BadInput(f"--opset {wanted}: torch's exporter wrote {opset} instead; ask for {opset}")
    onnx.helper.set_model_props(model, describe(graph, request))
    model.producer_name = "mobileswap"
    try:
        onnx.checker.check_model(model, full_check=True)
    except onnx.checker.ValidationError as error:
        raise MobileswapError(f"onnx.checker refuses {path.name}: {error}") from error
    onnx.save(model, path)
    return Written((path,), kept(taps, model))


def kept(taps: Mapping[str, str], model: "ModelProto") -> dict[str, str]:
    """Those whose tensor an operation of the model still makes."""
    made = {name for node in model.graph.node for name in node.output}
    return {place: name for place, name in taps.items() if name in made}


def traced(graph: DeployGraph, opset: int) -> "ModelProto":
    """What torch's exporter makes of the graph, without the notes that carry paths of this machine."""
    return traced_with_places(graph, opset)[0]


def traced_with_places(graph: DeployGraph, opset: int) -> "tuple[ModelProto, dict[str, str]]":
    """The same with the place that each tensor comes from; see export/traced_places.py."""
    import torch

    with quiet():
        program = torch.onnx.export(
            graph.module,
            graph.examples,
            input_names=[spec.name for spec in graph.inputs],
            output_names=[spec.name for spec in graph.outputs],
            opset_version=opset,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    assert program.exported_program is not None
    names = tuple(spec.name for spec in graph.outputs)
    taps = places_of_export(program.exported_program.graph, graph.root, names)
    model: ModelProto = program.model_proto
    for node in model.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    for value in (*model.graph.input, *model.graph.output, *model.graph.value_info):
        value.ClearField("metadata_props")
    model.graph.ClearField("metadata_props")
    return model, taps


def simplified(model: "ModelProto") -> "ModelProto":
    """Constants folded, idle nodes gone.

    Raises:
        MobileswapError: onnxsim could not keep the outputs.
    """
    import onnxsim

    with quiet():
        simpler, kept = onnxsim.simplify(model)
    if not kept:
        raise MobileswapError("onnxsim says that its simplified graph differs; export with another --opset")
    result: ModelProto = simpler
    return result
