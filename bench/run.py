"""A benchmark of one artifact in one backend: prepare the inputs, time the passes elsewhere, keep what came of it."""

from pathlib import Path

from bench.adapt import at_border, feed
from bench.isolation import run_job
from bench.job import Answer, Job
from bench.parity import check
from bench.runner import Program, RunnerOptions
from bench.runtimes import RUNTIMES, find_runtime, require_device, unavailable_reason
from bench.stats import summarise
from bench.timing import Plan
from contracts.artifact import Artifact, read_artifact, require_unchanged
from contracts.errors import BadInput
from contracts.golden import read_golden
from contracts.result import BenchRun
from contracts.verdict import Outcome


def bench_artifact(
    path: Path,
    backend: str,
    golden_path: Path,
    *,
    runs: int = 100,
    warmup: int = 10,
    threads: int = 1,
    device: str = "",
    program: Program | None = None,
    timeout_s: float = 1800.0,
    warmup_s: float = 0.5,
) -> BenchRun:
    """Time the passes of an artifact on the first golden sample, in a process of its own.

    Args:
        path: a file of the artifact; its artifact.json lies beside it.
        backend: name of a runtime that opens the artifact's format.
        golden_path: its first sample is what is run; the outputs are not compared here.
        runs: timed passes.
        warmup: untimed passes before them, at least, the first pass not counted.
        threads: of one pass.
        device: of the backend; "" is its default.
        program: of a backend that is a vendor's program. It is timed only after its outputs for the whole golden file
            were held against the model, for they had no part in the artifact's own proof.
        timeout_s: seconds for everything.
        warmup_s: and at least this long.

    Returns:
        A run with a Summary and the outcome PASS, or one with no samples and a named failure: one backend that fails
        does not take the others' results with it.

    Raises:
        BadInput: no such artifact, backend or device, the backend does not open this format or is a reference
            executor, the artifact is not the one its artifact.json speaks of, or a number makes no sense.
    """
    if runs < 1 or warmup < 0 or threads < 1:
        raise BadInput(f"expected runs ≥ 1, warmup ≥ 0 and threads ≥ 1, got {runs}, {warmup} and {threads}")
    artifact = read_artifact(path)
    _require_backend(artifact, backend)
    options = RunnerOptions(threads, require_device(backend, device), program)
    require_unchanged(artifact, path.parent)
    opened = (path.parent / artifact.files[0].name).resolve()
    job = Job(backend, str(opened), options, samples=1, plan=Plan(runs, warmup, warmup_s))
    if reason := unavailable_reason(backend, program):
        return _bench_run(artifact, job, Answer(Outcome.UNAVAILABLE, reason))
    if find_runtime(backend).program:
        report = check(
            opened,
            golden_path,
            backend,
            limits=find_runtime(backend).proves[artifact.format, artifact.precision],
            inputs=artifact.inputs,
            outputs=artifact.outputs,
            options=options,
            timeout_s=timeout_s,
        )
        if not report.passed:
            reason = report.sentence.removeprefix(f"{report.outcome}: ")
            return _bench_run(artifact, job, Answer(report.outcome, reason, report.runtime_version))
    specs = at_border(artifact.inputs, bitmaps=find_runtime(backend).bitmaps)
    inputs = feed(read_golden(golden_path).samples[0], specs)
    return _bench_run(artifact, job, run_job(job, [inputs], timeout_s).answer)


def _require_backend(artifact: Artifact, backend: str) -> None:
    runtime = find_runtime(backend)
    if not runtime.benchmarkable:
        raise BadInput(f"{backend} is our own executor: its time says nothing about {artifact.format}'s runtime")
    if artifact.format not in runtime.formats:
        fitting = [r.name for r in RUNTIMES if r.benchmarkable and artifact.format in r.formats]
        raise BadInput(
            f"{backend} opens {', '.join(runtime.formats)}, {artifact.name} is {artifact.format}; "
            f"expected backend {' or '.join(fitting) or 'none'}"
        )


def _bench_run(artifact: Artifact, job: Job, answer: Answer) -> BenchRun:
    timing = answer.timing
    samples = timing.samples_ms if timing else ()
    return BenchRun(
        backend=job.runtime,
        backend_version=answer.runtime_version,
        family=artifact.family,
        component=artifact.component,
        artifact=artifact.name,
        artifact_sha256=artifact.sha256,
        size_bytes=artifact.size_bytes,
        precision=artifact.precision,
        device=job.options.device,
        trained=artifact.weights.trained,
        verified=artifact.verified,
        threads=job.options.threads,
        warmup=timing.warmup_passes if timing else 0,
        outcome=answer.outcome,
        detail=answer.detail,
        load_ms=answer.load_ms,
        first_pass_ms=timing.first_pass_ms if timing else 0.0,
        peak_memory_bytes=answer.peak_memory_bytes,
        samples_ms=samples,
        summary=summarise(samples) if samples else None,
    )
