"""Benchmarks of artifacts: prepare the inputs, time the passes in other processes, keep what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mobileswap.bench.statistics import summarise
from mobileswap.bench.turns import TimedJob, time_by_turns, time_one
from mobileswap.contracts.arrays import Array
from mobileswap.contracts.artifact import Artifact, read_artifact, require_unchanged
from mobileswap.contracts.bench_result import BenchRun, Scenario
from mobileswap.contracts.declaration import declaration_of
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.golden_file import read_golden
from mobileswap.contracts.verdict import Outcome, ParityReport
from mobileswap.parity.check import check
from mobileswap.parity.feeding import feed
from mobileswap.runtimes.border import at_border
from mobileswap.runtimes.plan import Plan
from mobileswap.runtimes.process.job import Answer, Job
from mobileswap.runtimes.runner import AS_IT_IS, RunnerOptions, Settings, VendorProgram
from mobileswap.runtimes.runtime_entries import (
    RUNTIMES,
    find_runtime,
    require_device,
    require_settings,
    unavailable_reason,
)

# The process did what it was asked and what it gave is not right: a time can be taken, and is marked
_WRONG = (Outcome.OUTPUTS, Outcome.SHAPE, Outcome.NOT_FINITE, Outcome.TOO_FAR, Outcome.NOT_CHECKED)


@dataclass(frozen=True)
class Prepared:
    """What was computed of the person before the frames of a swap.

    Attributes:
        artifact: of the last step per person.
        ms: of its one pass, and of those before it, picture to value.
        verified: the parity of all of them had passed.
    """

    artifact: Artifact
    ms: float
    verified: bool


@dataclass(frozen=True)
class Entry:
    """An artifact that is ready to be timed in a backend.

    Attributes:
        refusal: why it will not be, where that is known beforehand.
        doubt: why it is not verified as it is set here, though the artifact may be; "" where nothing speaks against it.
        scenario: what a pass is.
        prepared: of a swap, where a person decides an input.
        flops: of all steps of a frame; None is the artifact's own.
        size_bytes: of all artifacts of a frame, likewise.
    """

    artifact: Artifact
    job: Job
    inputs: Mapping[str, Array]
    refusal: Answer | None = None
    doubt: str = ""
    scenario: Scenario = Scenario.FORWARD
    prepared: Prepared | None = None
    flops: int | None = None
    size_bytes: int | None = None


def prepare(
    path: Path,
    backend: str,
    golden_path: Path,
    *,
    plan: Plan | None = None,
    threads: int = 1,
    device: str = "",
    program: VendorProgram | None = None,
    settings: Settings = AS_IT_IS,
    timeout_s: float = 1800.0,
) -> Entry:
    """Make an artifact and the first golden sample ready for a backend.

    Args:
        path: a file of the artifact; its artifact.json lies beside it.
        backend: name of a runtime that opens the artifact's format.
        golden_path: its first sample is what is run.
        plan: how often.
        threads: of one pass.
        device: of the backend; "" is its default.
        program: of a backend that is a vendor's program.
        settings: of the backend.
        timeout_s: seconds for the check below.

    The artifact's own proof ran on the backend's default device, without settings and without a program. Whatever
    differs from that is first held against the whole golden file. A program that is wrong is not timed. Another device
    or dtype is, for its speed is what was asked; the reason why it is not verified is the entry's doubt.

    Raises:
        BadInput: no such artifact, backend, device or setting, the backend does not open this format or is a reference
            executor, the artifact is not the one its artifact.json speaks of, or a number makes no sense.
    """
    if threads < 1:
        raise BadInput(f"expected threads ≥ 1, got {threads}")
    artifact = read_artifact(path)
    _require_backend(artifact, backend)
    require_settings(backend, settings)
    options = RunnerOptions(threads, require_device(backend, device), program, settings)
    require_unchanged(artifact, path.parent)
    opened = (path.parent / artifact.files[0].name).resolve()
    job = Job(backend, str(opened), options, samples=1, plan=plan or Plan())
    if reason := unavailable_reason(backend, program):
        return Entry(artifact, job, {}, Answer(Outcome.UNAVAILABLE, reason))
    doubt = ""
    if _differs_from_proof(backend, options):
        report = _check(artifact, opened, golden_path, job, timeout_s)
        reason = report.sentence.removeprefix(f"{report.outcome}: ")
        if not report.passed and (find_runtime(backend).program or report.outcome not in _WRONG):
            return Entry(artifact, job, {}, Answer(report.outcome, reason, report.runtime_version))
        doubt = "" if report.passed else report.sentence
    specs = at_border(artifact.inputs, backend)
    return Entry(artifact, job, feed(read_golden(golden_path).samples[0], specs), doubt=doubt)


def _differs_from_proof(backend: str, options: RunnerOptions) -> bool:
    runtime = find_runtime(backend)
    return bool(runtime.program) or options.device != runtime.devices[0] or options.settings != AS_IT_IS


def _check(artifact: Artifact, opened: Path, golden_path: Path, job: Job, timeout_s: float) -> ParityReport:
    """Limits of half precision hold for all that computes in it, bf16 too: it gets no wider ones of its own."""
    in_half = job.options.settings.dtype != "fp32"
    return check(
        opened,
        golden_path,
        job.runtime,
        limits="fp16-arithmetic" if in_half else find_runtime(job.runtime).proves[artifact.format, artifact.precision],
        inputs=artifact.inputs,
        outputs=artifact.outputs,
        declaration=declaration_of(artifact),
        options=job.options,
        timeout_s=timeout_s,
    )


def bench(
    entries: Sequence[Entry], *, interleave: bool = False, timeout_s: float = 1800.0, seed: int = 0
) -> list[BenchRun]:
    """Time them, each in a process of its own.

    Args:
        entries: in any order.
        interleave: by turns, else one after the other.
        timeout_s: seconds for each.
        seed: of the turns.

    Returns:
        A run for each, in their order, with a Summary and the outcome PASS, or with no samples and a named failure:
        one backend that fails does not take the others' results with it.
    """
    jobs = [TimedJob(entry.job, entry.inputs) for entry in entries if not entry.refusal]
    replies = iter(time_by_turns(jobs, timeout_s, seed) if interleave else [time_one(job, timeout_s) for job in jobs])
    answers = [entry.refusal or next(replies).answer for entry in entries]
    return [_bench_run(entry, answer) for entry, answer in zip(entries, answers, strict=True)]


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


def _bench_run(entry: Entry, answer: Answer) -> BenchRun:
    artifact, job, before, timing = entry.artifact, entry.job, entry.prepared, answer.timing
    samples = timing.samples_ms if timing else ()
    return BenchRun(
        backend=job.runtime,
        backend_version=answer.runtime_version,
        family=artifact.family,
        component=artifact.component,
        artifact=artifact.name,
        artifact_sha256=artifact.sha256,
        size_bytes=artifact.size_bytes if entry.size_bytes is None else entry.size_bytes,
        precision=artifact.precision,
        device=job.options.device,
        trained=artifact.weights.trained,
        verified=artifact.verified and not entry.doubt and (before is None or before.verified),
        threads=job.options.threads,
        warmup=timing.warmup_passes if timing else 0,
        outcome=answer.outcome,
        detail=answer.detail,
        load_ms=answer.load_ms,
        first_pass_ms=timing.first_pass_ms if timing else 0.0,
        peak_memory_bytes=answer.peak_memory_bytes,
        samples_ms=samples,
        summary=summarise(samples) if samples else None,
        flops=artifact.flops if entry.flops is None else entry.flops,
        blocks=timing.blocks if timing else (),
        scenario=entry.scenario,
        ran_on=answer.ran_on,
        settings=job.options.settings.words,
        embedding_ms=before.ms if before else 0.0,
        embedder_sha256=before.artifact.sha256 if before else "",
        device_ms=answer.device_ms,
    )
