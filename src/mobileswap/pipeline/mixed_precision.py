"""``--precision mixed``: which operations stay in float32, found before the file is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mobileswap.contracts.format_facts import Format
from mobileswap.export.exporters import exporter
from mobileswap.export.request import ExportRequest
from mobileswap.parity.check import Gate
from mobileswap.parity.inside.kept_in_float32 import Choice, choose_kept
from mobileswap.pipeline.progress import Progress
from mobileswap.runtimes.runner import RunnerOptions
from mobileswap.runtimes.runtime_entries import proving

if TYPE_CHECKING:
    from mobileswap.model.graph.deploy import DeployGraph


def find_kept(
    chosen: Format,
    graph: DeployGraph,
    request: ExportRequest,
    golden: Path,
    gate: Gate,
    threads: int,
    progress: Progress,
) -> Choice:
    """Write the graph as fp32 and as fp16 package into a scratch folder, and search between the two.

    Args:
        chosen: a format of MIL programs.
        graph: as it ships.
        request: of the mixed package.
        golden: what every file has to pass.
        gate: limits that the user changed.
        threads: of one pass.
        progress: told of both steps.

    Raises:
        GateFailed: even in float32 throughout it does not pass.
    """
    write = exporter(chosen.name)
    with TemporaryDirectory(prefix="mobileswap-") as scratch:
        wide, half = (Path(scratch) / f"{precision}{chosen.suffix}" for precision in ("fp32", "fp16"))
        with progress.step("export fp32 and fp16 to search between them"):
            taps = write(graph, wide, replace(request, precision="fp32")).taps
            write(graph, half, replace(request, precision="fp16"))
        with progress.step("search for the operations that have to stay in fp32"):
            return choose_kept(
                wide,
                half,
                golden,
                taps=taps,
                inputs=graph.inputs,
                outputs=graph.outputs,
                proofs=proving(chosen.name, request.precision),
                gate=gate,
                options=RunnerOptions(threads),
            )
