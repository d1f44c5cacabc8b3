"""Artifacts to bench results: finds or exports what a backend needs, times it, keeps every sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from mobileswap.bench.benchmark import Entry, bench, prepare
from mobileswap.bench.doubts import doubts
from mobileswap.bench.environment import afterwards, environment
from mobileswap.bench.peak import DEVICES, measure_peak
from mobileswap.bench.swap_scenario import Link, as_swap
from mobileswap.contracts.artifact import Artifact, read_artifact
from mobileswap.contracts.bench_result import SCHEMA, BenchResult, BenchRun, Environment, Peak, Scenario, peak_key
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.golden_file import Golden, GoldenHeader, Sample, SampleNote, write_golden
from mobileswap.contracts.spec import TensorSpec
from mobileswap.contracts.staging import staging
from mobileswap.model.inputs.drawn import drawn
from mobileswap.model.inputs.pictures import photographs
from mobileswap.pipeline.bench_options import BenchOptions
from mobileswap.pipeline.chain_files import chain_files, person_files
from mobileswap.pipeline.export import GOLDEN
from mobileswap.pipeline.person import source_picture
from mobileswap.pipeline.progress import Progress
from mobileswap.pipeline.reuse import find_golden
from mobileswap.runtimes.plan import Plan
from mobileswap.runtimes.runtime_entries import (
    find_runtime,
    missing_device,
    require_device,
    require_settings,
    unavailable_reason,
)


def format_of(backend: str) -> str:
    """The format that a backend opens.

    Raises:
        BadInput: unknown backend, or a reference executor, whose time is nobody's.
    """
    runtime = find_runtime(backend)
    if not runtime.benchmarkable:
        raise BadInput(f"--backend {backend}: a reference executor; its time would say nothing of the vendor's runtime")
    return runtime.formats[0]


def measure(
    paths: Sequence[tuple[str, Path]], options: BenchOptions, folder: Path, progress: Progress, command: str
) -> BenchResult:
    """Time (backend, artifact) pairs; one that fails leaves the others' figures as they are.

    Args:
        paths: backend and first file of the artifact.
        options: how to time.
        folder: golden files are looked for here.
        progress: told of each backend, or of all where they take turns.
        command: as typed, for the result.
    """
    to_entry = _prepare_swap if options.scenario is Scenario.SWAP else _prepare
    entries = [to_entry(backend, path, options, folder, progress) for backend, path in paths]
    interleave = len(entries) > 1 if options.interleave is None else options.interleave
    before = environment()
    runs = []
    for together in [entries] if interleave else [[entry] for entry in entries]:
        names = ", ".join(f"{entry.job.artifact.rpartition('/')[2]} in {entry.job.runtime}" for entry in together)
        turns = " by turns" if len(together) > 1 else ""
        with progress.step(f"time {options.runs} passes of {names}{turns}, {options.threads} threads"):
            runs += bench(together, interleave=interleave, timeout_s=options.timeout_s)
    machine = afterwards(before)
    return BenchResult(
        schema=SCHEMA,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        environment=machine,
        runs=tuple(_doubted(run, entry, options, machine) for run, entry in zip(runs, entries, strict=True)),
        peaks=_peaks(runs, progress),
        interleaved=interleave,
    )


def _doubted(run: BenchRun, entry: Entry, options: BenchOptions, machine: Environment) -> BenchRun:
    program = entry.job.options.program
    elsewhere = program is not None and program.adb
    return replace(run, flags=doubts(run, options.runs, machine, elsewhere=elsewhere, unproven=entry.doubt))


def _peaks(runs: Sequence[BenchRun], progress: Progress) -> tuple[Peak, ...]:
    """Of all that was timed."""
    wanted = dict.fromkeys(peak_key(run) for run in runs if run.outcome.passed and run.device in DEVICES)
    peaks = []
    for device, dtype, threads in wanted:
        with progress.step(f"multiply matrices on {device} in {dtype}, {threads} threads"):
            peaks.append(measure_peak(device, dtype, threads))
    return tuple(peak for peak in peaks if peak)


def require_backend(backend: str, options: BenchOptions) -> str | None:
    """Check a backend's name, device and settings before anything is computed.

    Returns:
        Why it is not available on this machine, or None.

    Raises:
        BadInput: unknown backend, device or setting, or one that cannot do the scenario.
    """
    format_of(backend)
    device = require_device(backend, options.device_of(backend))
    require_settings(backend, options.settings)
    if options.scenario is Scenario.SWAP and find_runtime(backend).program:
        raise BadInput(f"--scenario swap: {backend} takes its times by itself, of bare passes; leave the scenario out")
    return unavailable_reason(backend, options.program) or missing_device(backend, device)


def _prepare(backend: str, path: Path, options: BenchOptions, folder: Path, progress: Progress) -> Entry:
    artifact = read_artifact(path)
    with staging(folder) as stage, progress.step(f"prepare {path.name} for {backend}"):
        golden = find_golden(artifact, (path.parent / GOLDEN, folder / GOLDEN)) or _drawn_input(artifact, stage)
        return prepare(
            path,
            backend,
            golden,
            plan=Plan(options.runs, options.warmup, min_time_s=options.min_time_s),
            threads=options.threads,
            device=options.device_of(backend),
            program=options.program,
            settings=options.settings,
            timeout_s=options.timeout_s,
        )


def _prepare_swap(backend: str, path: Path, options: BenchOptions, folder: Path, progress: Progress) -> Entry:
    """Frames of the last built-in face, with the identity of the first; what else it takes lies beside the artifact."""
    files = chain_files(path)
    persons = person_files(files, "export it there too") if files.person_input else ()

    def entry(link: Link) -> tuple[Link, Entry]:
        return link, _prepare(backend, link.file, options, folder, progress)

    target = files.picture
    *_, frame = photographs(target.height, target.width).values()
    spec = source_picture([(link.step, link.artifact.inputs) for link in persons]) if persons else target
    source, *_ = photographs(spec.height, spec.width).values()
    frames, before = [entry(link) for link in files.frames], [entry(link) for link in persons]
    return as_swap(frames, before, files.result, source, frame, options.timeout_s)


def _drawn_input(artifact: Artifact, folder: Path) -> Path:
    """One drawn sample, for an artifact that came without its golden file; its values do not change a time."""
    specs = tuple(spec if spec.dtype == "float32" else _as_float(spec) for spec in artifact.inputs)
    sample = Sample("noise", {spec.name: drawn(spec, 0) for spec in specs}, {})
    header = GoldenHeader(
        family=artifact.family,
        component=artifact.component,
        weights_sha256="",
        torch_version="",
        inputs=tuple(spec.name for spec in specs),
        outputs=(),
        samples=(SampleNote("noise", "drawn for timing"),),
        tensors=specs,
    )
    path = folder / "noise.safetensors"
    write_golden(Golden(header, (sample,)), path)
    return path


def _as_float(spec: TensorSpec) -> TensorSpec:
    """A golden file holds floats; levels are such as well."""
    return replace(spec, dtype="float32")
