"""Deploy graph to proven artifact: nothing takes its final name before its proof."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mobileswap.contracts.artifact import SCHEMA, Artifact, KeptRecord, json_beside, record_file, write_artifact
from mobileswap.contracts.declaration import declaration_of
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.format_facts import Format, format_named
from mobileswap.contracts.format_options import FormatOptions, choose_options, recorded
from mobileswap.contracts.golden_file import Sample, read_golden
from mobileswap.contracts.leftovers import open_to_all
from mobileswap.contracts.publish import publish
from mobileswap.contracts.staging import staging
from mobileswap.export.exporters import exporter, require_options, require_toolchain, versions
from mobileswap.export.request import ExportRequest
from mobileswap.export.written import Written
from mobileswap.model.golden import make_golden
from mobileswap.model.graph.deploy import as_half, as_image, deploy, untouched
from mobileswap.model.inputs.mosaics import fresh_seed, mosaics
from mobileswap.parity.check import DEFAULT_GATE, Gate, check
from mobileswap.parity.kept_outputs import Keep
from mobileswap.pipeline.evidence import keeping, kept_files
from mobileswap.pipeline.golden_files import golden_file
from mobileswap.pipeline.identity_to_bake import Identity
from mobileswap.pipeline.mixed_precision import find_kept
from mobileswap.pipeline.networks import Networks
from mobileswap.pipeline.progress import Progress
from mobileswap.runtimes.runner import RunnerOptions, VendorProgram
from mobileswap.runtimes.runtime_entries import find_runtime, installed_version, proving

if TYPE_CHECKING:
    from mobileswap.model.graph.deploy import DeployGraph

AUTO = "auto"  # --target
REJECTED = "rejected"
GOLDEN = "golden"


@dataclass(frozen=True)
class ExportOptions:
    """What is asked of one artifact, as on the command line.

    Attributes:
        precision: None is the format's default.
        size: in pixels; None is the component's own.
        identity: to bake in, or None.
        own: options that only some formats have, by name; each format takes its own (contracts/format_options.py).
        target: ``ane``, ``cpu``, or ``auto`` for what the format is mostly run on.
        without: names of rewrites to leave out.
        verify: False is ``--no-verify``.
        gate: limits that the user changed.
        threads: for the proof.
        program: a vendor's program that is to have a say in the proof, and the device it is to use.
        command: as typed, for artifact.json.
    """

    format: str
    component: str
    precision: str | None = None
    io: str = "tensor"
    size: int | None = None
    identity: Identity | None = None
    own: Mapping[str, object] = field(default_factory=dict)
    target: str = AUTO
    without: tuple[str, ...] = ()
    verify: bool = True
    gate: Gate = DEFAULT_GATE
    threads: int = 1
    program: VendorProgram | None = None
    device: str = ""
    command: str = ""


@dataclass(frozen=True)
class Exported:
    """What became of one export.

    Attributes:
        path: in ``rejected/`` where the proof failed.
        golden: that it was held against; None with ``--no-verify``.
        kept: by runtime, what it gave for a few samples; a file may be missing where the runtime never answered.
    """

    artifact: Artifact
    path: Path
    accepted: bool
    golden: Path | None = None
    kept: Mapping[str, Path] = field(default_factory=dict)


def export_one(
    networks: Networks, options: ExportOptions, folder: Path, progress: Progress, *, keep: Path | None = None
) -> Exported:
    """Export one component to one format, prove it, and only then give it its name.

    A file that was there before is kept unless the new one passes.

    Args:
        networks: with the weights.
        options: what to make.
        folder: for the files.
        progress: told of each step.
        keep: folder for outputs of a few samples, to draw pictures of; None keeps none.

    Raises:
        BadInput: options that do not go together, or a folder that cannot be written to.
        GateFailed: a rewrite is not exact on these weights.
        Unavailable: a package that writes the format is not installed.
    """
    chosen = format_named(options.format)
    require_toolchain(chosen)
    request = _request(networks, options, chosen)
    require_options(chosen, request)
    graph = _graph(networks, options, chosen, request)
    name = artifact_name(networks, options)

    @cache
    def golden() -> Path:
        size = size_of(networks, options)
        return golden_file(networks, options.component, size, options.identity, folder / GOLDEN, progress)

    with staging(folder) as stage:
        path = stage / f"{name}{chosen.suffix}"
        kept: tuple[KeptRecord, ...] = ()
        if request.precision == "mixed":
            kept = find_kept(chosen, graph, request, golden(), options.gate, options.threads, progress).kept
            request = changed(request, kept=tuple(one.operation for one in kept))
        with progress.step(f"export {path.name}"):
            written = exporter(chosen.name)(graph, path, request)
        artifact = changed(_record(networks, options, chosen, graph, request, written), kept=kept)
        held, outputs = None, {}
        if options.verify:
            held = golden()
            outputs = kept_files(artifact, keep, options.program) if keep else {}
            artifact = prove(
                artifact,
                path,
                held,
                RunnerOptions(options.threads, options.device, options.program),
                progress,
                gate=options.gate,
                keep=keeping(outputs, held) if keep else None,
                drawn=_drawn(networks, options, held, progress),
            )
        write_artifact(artifact, json_beside(path))
        accepted = artifact.verified or not options.verify
        home = folder if accepted else folder / REJECTED
        finished = (*written.files, json_beside(path))
        for file in finished:
            open_to_all(file)
        publish(stage, {file: home / file.name for file in finished})
    return Exported(artifact, home / path.name, accepted, held, outputs)


def artifact_name(networks: Networks, options: ExportOptions) -> str:
    """``<family>-<component>-<precision>``, then what sets a variant apart, so that variants lie side by side."""
    component = networks.component(options.component)
    parts = [component.family, component.name, options.precision or format_named(options.format).precisions[0]]
    if size_of(networks, options) != component.default_size:
        parts.append(str(options.size))
    if options.io == "image":
        parts.append("image")
    if target_of(options) != format_named(options.format).target:
        parts.append(options.target)
    if options.identity:
        person = re.sub(r"[^A-Za-z0-9_]+", "_", Path(options.identity.record.source).stem)
        parts.append(f"{person}_{options.identity.record.sha256[:6]}")  # two people's files may be named alike
    return "-".join(parts)


def size_of(networks: Networks, options: ExportOptions) -> int:
    return networks.component(options.component).default_size if options.size is None else options.size


def target_of(options: ExportOptions) -> str:
    """What the graph is written for."""
    return format_named(options.format).target if options.target == AUTO else options.target


def own_options(options: ExportOptions) -> FormatOptions:
    """Those of the format.

    Raises:
        BadInput: a value that it cannot be told.
    """
    return choose_options(format_named(options.format).options, options.own)


def versions_of(options: ExportOptions) -> dict[str, str]:
    """Of everything that has a part in the artifact: what writes it, and what executes it for the proof."""
    chosen = format_named(options.format)
    proofs = proving(chosen.name, options.precision or chosen.precisions[0], options.program)
    modules = sorted({module for proof in proofs for module in find_runtime(proof.runtime).modules})
    return {**versions(chosen), **{module: installed_version(module) for module in modules}}


def prove(
    artifact: Artifact,
    path: Path,
    golden: Path,
    options: RunnerOptions,
    progress: Progress,
    *,
    gate: Gate = DEFAULT_GATE,
    keep: Mapping[str, Keep] | None = None,
    drawn: Sequence[Sample] = (),
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
        drawn: samples that nobody knew before, beside the golden file's.
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
                    declaration=declaration_of(artifact),
                    options=own,
                    gate=gate,
                    keep=(keep or {}).get(proof.runtime),
                    drawn=drawn,
                )
            )
    return changed(artifact, parity=tuple(reports))


def _drawn(networks: Networks, options: ExportOptions, golden: Path, progress: Progress) -> Sequence[Sample]:
    """A few samples that only this proof knows; the seed is in their names, and so in the report."""
    seed = fresh_seed()
    inputs = mosaics(read_golden(golden).samples, seed)
    component, network = networks.component(options.component), networks.network(options.component)
    weights = networks.require(options.component).record.sha256
    with progress.step(f"run the untouched {component.name} on {len(inputs)} samples drawn afresh, seed {seed}"):
        return make_golden(component, network, inputs, size_of(networks, options), weights).samples


def _request(networks: Networks, options: ExportOptions, chosen: Format) -> ExportRequest:
    loaded, published = networks.require(options.component), networks.family
    return ExportRequest(
        precision=options.precision or chosen.precisions[0],
        io=options.io,
        weights=loaded.record,
        author=published.source,
        licence=published.licence,
        notice=published.notice,
        options=own_options(options),
    )


def _graph(networks: Networks, options: ExportOptions, chosen: Format, request: ExportRequest) -> DeployGraph:
    import torch

    component, network = networks.component(options.component), networks.network(options.component)
    size = size_of(networks, options)
    if chosen.untouched:
        if options.identity:
            raise BadInput(f"--identity: {chosen.name} is the untouched reference; bake into onnx or coreml")
        return untouched(component, network, size=size)
    baked = torch.from_numpy(options.identity.value) if options.identity else None
    target = target_of(options)
    graph = deploy(component, network, size=size, target=target, without=options.without, baked=baked)
    if request.precision == "fp16" and chosen.halves_graph:
        graph = as_half(graph)
    if request.io == "image" and chosen.image_layout:
        graph = as_image(graph, chosen.image_layout)
    return graph


def _record(
    networks: Networks,
    options: ExportOptions,
    chosen: Format,
    graph: DeployGraph,
    request: ExportRequest,
    written: Written,
) -> Artifact:
    return Artifact(
        schema=SCHEMA,
        name=artifact_name(networks, options),
        family=graph.family,
        component=graph.component,
        role=networks.component(graph.component).role,
        format=chosen.name,
        precision=request.precision,
        io=request.io,
        identity=options.identity.record if options.identity else None,
        inputs=graph.inputs,
        outputs=graph.outputs,
        files=tuple(record_file(file) for file in written.files),
        weights=request.weights,
        rewrites=graph.rewrites,
        options=recorded(request.options),
        versions=versions_of(options),
        notice=request.notice,
        command=options.command,
        parity=(),
        taps=written.taps,
        flops=networks.component(options.component).flops(size_of(networks, options)),
    )
