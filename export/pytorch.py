"""The untouched component as a .pt2 file, so that PyTorch can be run and timed without knowing the model's code."""

import io
import json
from pathlib import Path

from mobileswap.contracts.pt2_entries import OUTPUT_NAMES
from mobileswap.export.quiet import quiet
from mobileswap.export.request import ExportRequest
from mobileswap.export.written import Written
from mobileswap.model.graph.deploy import DeployGraph


def export(graph: DeployGraph, path: Path, request: ExportRequest) -> Written:
    """Write ``path``; nothing of the request changes it."""
    import torch

    del request
    names = json.dumps([spec.name for spec in graph.outputs])
    with quiet():
        program = torch.export.export(graph.module, graph.examples)
        for node in program.graph.nodes:
            node.meta.pop("stack_trace", None)  # it names folders of this machine
        program.example_inputs = None  # they would be stored
        buffer = io.BytesIO()  # on a full disk torch's own writer ends the process (seen in 2.13.0)
        torch.export.save(program, buffer, extra_files={OUTPUT_NAMES: names})
        path.write_bytes(buffer.getvalue())
    return Written((path,))
