"""Artifacts to bench results: finds or exports what a backend needs, times it, keeps every sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.environment import environment
from bench.run import bench_artifact
from bench.runner import Program
from bench.runtimes import find_runtime, require_device, unavailable_reason
from contracts.artifact import Artifact, read_artifact, require_unchanged
from contracts.errors import BadInput, GateFailed
from contracts.files import sha256_of, staging
from contracts.golden import Golden, GoldenHeader, Sample, SampleNote, write_golden
from contracts.result import SCHEMA, BenchResult, BenchRun
from export.formats import format_named, versions
from model.deploy import BAKED, rewrites_of
from model.families import component as make_component
from model.samples import Array, patterns, to_tensor, unit_vector
from pipeline.export import GOLDEN, ExportOptions, artifact_name, export_one, target_of
from pipeline.progress import Progress
from pipeline.source import Source


@dataclass(frozen=True)
class BenchOptions:
    """How to time, as on the command line; see bench/run.py.

    Attributes:
        device: of every backend but those that are a vendor's program.
        program: the vendor's program.
        program_device: what that is to use.
    """

    runs: int = 100
    warmup: int = 10
    threads: int = 1
    device: str = ""
    timeout_s: float = 1800.0
    program: Program | None = None
    program_device: str = ""

    def device_of(self, backend: str) -> str:
        return self.program_device if find_runtime(backend).program else self.device


def format_of(backend: str) -> str:
    """The format that a backend opens.

    Raises:
        BadInput: unknown backend, or a reference executor, whose time is nobody's.
    """
    runtime = find_runtime(backend)
    if not runtime.benchmarkable:
        raise BadInput(f"--backend {backend}: a reference executor; its time would say nothing of the vendor's runtime")
    return runtime.formats[0]


def found_or_exported(source: Source, options: ExportOptions, folder: Path, progress: Progress) -> Path:
    """The proven artifact in ``folder`` if it is of these weights, options and tools, else a new one.

    Raises:
        GateFailed: a new one was made and did not pass.
    """
    path = folder / f"{artifact_name(source, options)}{format_named(options.format).suffix}"
    if path.exists() and _is_current(path, source, options):
        return path
    exported = export_one(source, options, folder, progress)
    if not exported.accepted:
        sentences = "; ".join(report.sentence for report in exported.artifact.parity)
        raise GateFailed(f"{exported.path}: not timed, because it is not proven: {sentences}")
    return exported.path


def _is_current(path: Path, source: Source, options: ExportOptions) -> bool:
    try:
        artifact = read_artifact(path)
        require_unchanged(artifact, path.parent)
    except BadInput:
        return False
    chosen, component = format_named(options.format), source.component(options.component)
    rewrites = [rewrite.name for rewrite in rewrites_of(component, target=target_of(options), without=options.without)]
    if options.identity:
        rewrites.append(BAKED)
    asked = {"opset": str(options.opset), "minimum_deployment_target": options.ios}
    return (
        artifact.verified
        and artifact.weights.sha256 == source.require(options.component).record.sha256
        and artifact.versions == versions(chosen)
        and artifact.io == options.io
        and artifact.identity == (options.identity.record if options.identity else None)
        and [record.name for record in artifact.rewrites] == ([] if chosen.untouched else rewrites)
        and all(asked.get(name, value) == value for name, value in artifact.options.items())
    )


def measure(
    paths: Sequence[tuple[str, Path]], options: BenchOptions, folder: Path, progress: Progress, command: str
) -> BenchResult:
    """Time (backend, artifact) pairs one after the other; one that fails leaves the others' figures as they are.

    Args:
        paths: backend and first file of the artifact.
        options: how to time.
        folder: golden files are looked for here.
        progress: told of each backend.
        command: as typed, for the result.
    """
    machine = environment()
    runs = []
    for backend, path in paths:
        with progress.step(f"time {options.runs} passes of {path.name} in {backend}, {options.threads} threads"):
            runs.append(_time(backend, path, options, folder))
    return BenchResult(
        schema=SCHEMA,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        environment=machine,
        runs=tuple(runs),
    )


def require_backend(backend: str, options: BenchOptions) -> str | None:
    """Check a backend's name and device before anything is computed.

    Returns:
        Why it is not available on this machine, or None.

    Raises:
        BadInput: unknown backend or device.
    """
    format_of(backend)
    require_device(backend, options.device_of(backend))
    return unavailable_reason(backend, options.program)


def _time(backend: str, path: Path, options: BenchOptions, folder: Path) -> BenchRun:
    artifact = read_artifact(path)
    with staging(folder) as stage:
        golden = find_golden(artifact, (path.parent / GOLDEN, folder / GOLDEN)) or _drawn_input(artifact, stage)
        return bench_artifact(
            path,
            backend,
            golden,
            runs=options.runs,
            warmup=options.warmup,
            threads=options.threads,
            device=options.device_of(backend),
            program=options.program,
            timeout_s=options.timeout_s,
        )


def find_golden(artifact: Artifact, folders: Sequence[Path]) -> Path | None:
    """The golden file that the artifact was proven with, by its hash."""
    wanted = {report.golden_sha256 for report in artifact.parity}
    candidates = (path for folder in dict.fromkeys(folders) for path in sorted(folder.glob("*.safetensors")))
    return next((path for path in candidates if sha256_of(path) in wanted), None)


def _drawn_input(artifact: Artifact, folder: Path) -> Path:
    """One sample of noise, for an artifact that came without its golden file; its values do not change a time."""
    made = make_component(artifact.family, artifact.component)
    size = max(artifact.inputs[0].shape[1:])
    tensors: dict[str, Array] = {}
    for spec in made.inputs(size):
        noise = to_tensor(patterns(size)["noise"][1])
        tensors[spec.name] = noise if spec.is_image else unit_vector(0, spec.shape[1])
    sample = Sample("noise", tensors, {})
    header = GoldenHeader(
        family=artifact.family,
        component=artifact.component,
        weights_sha256="",
        torch_version="",
        inputs=tuple(tensors),
        outputs=(),
        samples=(SampleNote("noise", "drawn for timing"),),
    )
    path = folder / "noise.safetensors"
    write_golden(Golden(header, (sample,)), path)
    return path
