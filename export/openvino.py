"""Deploy graph to OpenVINO's two files, an .xml and the .bin beside it.

The way leads through the ONNX graph that ships as .onnx, not from the torch module: OpenVINO keeps the names of all its
tensors, so that `parity bisect` finds each.
"""

import re
from pathlib import Path
from typing import Any

from mobileswap.contracts.format_facts import OnnxOptions
from mobileswap.export.metadata import describe
from mobileswap.export.onnx import kept, simplified, traced_with_places
from mobileswap.export.quiet import quiet
from mobileswap.export.request import ExportRequest
from mobileswap.export.written import Written
from mobileswap.model.graph.deploy import DeployGraph


def export(graph: DeployGraph, path: Path, request: ExportRequest) -> Written:
    """Write ``path``, an .xml, and the .bin beside it; fp16 stores float16 weights and computes as the app asks."""
    import openvino

    raw, taps = traced_with_places(graph, OnnxOptions().opset)
    model = simplified(raw)
    model.ClearField("metadata_props")  # of onnxsim, which OpenVINO would take over
    with quiet():
        network = openvino.Core().read_model(model=model.SerializeToString())
        for name, text in describe(graph, request).items():
            network.set_rt_info(text, ["mobileswap", name])
        _number(network)
        openvino.save_model(network, path, compress_to_fp16=request.precision == "fp16")
    return Written((path, path.with_suffix(".bin")), kept(taps, model))


def _number(network: Any) -> None:  # noqa: ANN401  openvino is imported late
    """Number what OpenVINO named by itself in the order of the graph.

    Seen in 2026.4.1: such names count on through the process, so that a second export wrote other bytes.
    """
    for index, operation in enumerate(network.get_ordered_ops()):
        if re.fullmatch(rf"{operation.get_type_name()}_\d+", operation.get_friendly_name()):
            operation.set_friendly_name(f"unnamed_{index}")
