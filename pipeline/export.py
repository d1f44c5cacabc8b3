"""Deploy graph to proven artifact: nothing takes its final name before its proof."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING

from bench.keep import Keep
from bench.parity import DEFAULT_GATE, Gate, check
from bench.runner import Program, RunnerOptions
from bench.runtimes import find_runtime, proving
from contracts.artifact import SCHEMA, Artifact, json_beside, record_file, write_artifact
from contracts.errors import BadInput
from contracts.files import replace, staging
from export.formats import Format, exporter, format_named, require_options, versions
from export.request import DEFAULT_IOS, DEFAULT_OPSET, NOTICE, ExportRequest
from export.written import Written
from model.component import DEFAULT_SIZE
from model.deploy import as_half, as_image, deploy, untouched
from model.families import family
from pipeline.progress import Progress
from pipeline.source import Identity, Source

if TYPE_CHECKING:
    from model.deploy import DeployGraph

AUTO = "auto"  # --target
REJECTED = "rejected"
GOLDEN = "golden"


@dataclass(frozen=True)
class ExportOptions:
    """What is asked of one artifact, as on the command line.

    Attributes:
        precision: None is the format's default.
        identity: to bake in, or None.
        target: ``ane``, ``cpu``, or ``auto`` for what the format is mostly run on.
        without: names of rewrites to leave out.
        verify: False is ``--no-verify``.
        threads: for the proof.
        program: a vendor's program that is to have a say in the proof, and the device it is to use.
        command: as typed, for artifact.json.
    """

    format: str
    component: str
    precision: str | None = None
    io: str = "tensor"
    size: int = DEFAULT_SIZE
    identity: Identity | None = None
    opset: int = DEFAULT_OPSET
    ios: str = DEFAULT_IOS
    target: str = AUTO
    without: tuple[str, ...] = ()
    verify: bool = True
    threads: int = 1
    program: Program | None = None
    device: str = ""
    command: str = ""


@dataclass(frozen=True)
class Exported:
    """What became of one export. ``path`` is in ``rejected/`` where the proof failed."""

    artifact: Artifact
    path: Path
    accepted: bool


def export_one(source: Source, options: ExportOptions, folder: Path, progress: Progress) -> Exported:
    """Export one component to one format, prove it, and only then give it its name.

    A file that was there before is kept unless the new one passes.

    Raises:
        BadInput: options that do not go together, or a folder that cannot be written to.
        GateFailed: a rewrite is not exact on these weights.
    """
    chosen = format_named(options.format)
    request = _request(source, options, chosen)
    require_options(chosen, request)
    graph = _graph(source, options, chosen, request)
    name = artifact_name(source, options)
    with staging(folder) as stage:
        path = stage / f"{name}{chosen.suffix}"
        with progress.step(f"export {path.name}"):
            written = exporter(chosen.name)(graph, path, request)
        artifact = _record(source, options, chosen, graph, request, written)
        if options.verify:
            golden = source.golden(options.component, options.size, options.identity, folder / GOLDEN, progress)
            artifact = prove(
                artifact, path, golden, RunnerOptions(options.threads, options.device, options.program), progress
            )
        write_artifact(artifact, json_beside(path))
        accepted = artifact.verified or not options.verify
        home = folder if accepted else folder / REJECTED
        home.mkdir(exist_ok=True)
        for file in written.files:
            replace(file, home / file.name)
        replace(json_beside(path), json_beside(home / path.name))
    return Exported(artifact, home / path.name, accepted)


def artifact_name(source: Source, options: ExportOptions) -> str:
    """``<family>-<component>-<precision>``, then what sets a variant apart, so that variants lie side by side."""
    component = source.component(options.component)
    parts = [component.family, component.name, options.precision or format_named(options.format).precisions[0]]
    if options.size != DEFAULT_SIZE:
        parts.append(str(options.size))
    if options.io == "image":
        parts.append("image")
    if target_of(options) != format_named(options.format).target:
        parts.append(options.target)
    if options.identity:
        person = re.sub(r"[^A-Za-z0-9_]+", "_", Path(options.identity.record.source).stem)
        parts.append(f"{person}_{options.identity.record.sha256[:6]}")  # two people's files may be named alike
    return "-".join(parts)


def target_of(options: ExportOptions) -> str:
    """What the graph is written for."""
    return format_named(options.format).target if options.target == AUTO else options.target


def prove(
    artifact: Artifact,
    path: Path,
    golden: Path,
    options: RunnerOptions,
    progress: Progress,
    *,
    gate: Gate = DEFAULT_GATE,
    keep: Mapping[str, Keep] | None = None,
) -> Artifact:
    """The artifact with the report of every runtime that has a say in it.

    Args:
        artifact: what the file is.
        path: of its first file.
        golden: what it is held against.
        options: the device is that of the vendor's program; the other runtimes prove on their default.
        progress: told of each runtime.
        gate: limits that the user changed, and waivers.
        keep: by runtime, which outputs to write down.
    """
    reports = []
    for proof in proving(artifact.format, artifact.precision, options.program):
        own = options if find_runtime(proof.runtime).program else RunnerOptions(options.threads)
        with progress.step(f"prove {path.name} in {proof.runtime}"):
            reports.append(
                check(
                    path,
                    golden,
                    proof.runtime,
                    limits=proof.limits,
                    inputs=artifact.inputs,
                    outputs=artifact.outputs,
                    options=own,
                    gate=gate,
                    keep=(keep or {}).get(proof.runtime),
                )
            )
    return changed(artifact, parity=tuple(reports))


def _request(source: Source, options: ExportOptions, chosen: Format) -> ExportRequest:
    loaded = source.require(options.component)
    published = family(loaded.component.family)
    return ExportRequest(
        precision=options.precision or chosen.precisions[0],
        io=options.io,
        weights=loaded.record,
        author=published.source,
        licence=published.licence,
        opset=options.opset,
        ios=options.ios,
    )


def _graph(source: Source, options: ExportOptions, chosen: Format, request: ExportRequest) -> DeployGraph:
    import torch

    component, network = source.component(options.component), source.network(options.component)
    if chosen.untouched:
        if options.identity:
            raise BadInput(f"--identity: {chosen.name} is the untouched reference; bake into onnx or coreml")
        return untouched(component, network, size=options.size)
    embedding = torch.from_numpy(options.identity.embedding) if options.identity else None
    target = target_of(options)
    graph = deploy(component, network, size=options.size, target=target, without=options.without, embedding=embedding)
    if request.precision == "fp16" and chosen.halves_graph:
        graph = as_half(graph)
    if request.io == "image" and chosen.image_layout:
        graph = as_image(graph, chosen.image_layout)
    return graph


def _record(
    source: Source,
    options: ExportOptions,
    chosen: Format,
    graph: DeployGraph,
    request: ExportRequest,
    written: Written,
) -> Artifact:
    return Artifact(
        schema=SCHEMA,
        name=artifact_name(source, options),
        family=graph.family,
        component=graph.component,
        format=chosen.name,
        precision=request.precision,
        io=request.io,
        identity=options.identity.record if options.identity else None,
        inputs=graph.inputs,
        outputs=graph.outputs,
        files=tuple(record_file(file) for file in written.files),
        weights=request.weights,
        rewrites=graph.rewrites,
        options=written.options,
        versions=versions(chosen),
        notice=NOTICE,
        command=options.command,
        parity=(),
        taps=written.taps,
    )
