"""Parity: an artifact's outputs, computed from the file on disk in a runtime's own process, against the golden file."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.declaration import Declaration
from mobileswap.contracts.errors import BadInput, Misdeclared
from mobileswap.contracts.files import sha256_of
from mobileswap.contracts.golden_file import Golden, Sample, read_golden
from mobileswap.contracts.spec import TensorSpec
from mobileswap.contracts.verdict import Limits, Outcome, ParityReport, Waiver
from mobileswap.parity.declared_ranges import require_ranges_of
from mobileswap.parity.feeding import feed, require_exact
from mobileswap.parity.kept_outputs import Keep, keep_outputs
from mobileswap.parity.limits import LimitChange, find_limits
from mobileswap.parity.outputs import Compared, compare_sample
from mobileswap.parity.picture_metrics import prepare
from mobileswap.runtimes.border import at_border
from mobileswap.runtimes.process.isolation import run_job
from mobileswap.runtimes.process.job import Job
from mobileswap.runtimes.runner import RunnerOptions
from mobileswap.runtimes.runtime_entries import find_runtime, require_device, unavailable_reason

TIMEOUT_S = 120.0  # the slowest sound file we know, 1024² in a reference executor, takes a quarter of it for a sample
MINIMUM_SAMPLES = 8  # fewer prove nothing


@dataclass(frozen=True)
class Gate:
    """What a user may change of the judgement; the report shows all of it.

    Attributes:
        changes: of limits, in the order in which they apply.
        waivers: each answers for one runtime that could not check.
        timeout_s: for opening a file, and for each sample.
        memory_bytes: that a file may take; 0 is what runtimes/process/memory.py thinks of this machine.
    """

    changes: tuple[LimitChange, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    timeout_s: float = TIMEOUT_S
    memory_bytes: int = 0


DEFAULT_GATE = Gate()


def parse_waiver(text: str) -> Waiver:
    """Read ``--waive RUNTIME=REASON``.

    Raises:
        BadInput: no such runtime, or no reason.
    """
    name, _, reason = text.partition("=")
    try:
        waiver = Waiver(name.strip(), reason.strip())
    except ValueError as error:
        raise BadInput(f"--waive {text}: expected RUNTIME=REASON; the report shows the reason") from error
    find_runtime(waiver.name)
    return waiver


def check(
    artifact: Path,
    golden_path: Path,
    runtime: str,
    *,
    limits: str,
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    declaration: Declaration | None = None,
    options: RunnerOptions | None = None,
    timeout_s: float | None = None,
    gate: Gate = DEFAULT_GATE,
    keep: Keep | None = None,
    drawn: Sequence[Sample] = (),
) -> ParityReport:
    """Run every golden sample through an artifact and judge every output of each; the worst decides.

    Args:
        artifact: the file or package that the runtime opens.
        golden_path: inputs and outputs of the untouched model.
        runtime: a name in RUNTIMES of runtimes.py.
        limits: a name in LIMITS of limits.py.
        inputs: as the artifact takes them; golden inputs that are not among them are baked in.
        outputs: as the artifact gives them.
        declaration: all that the file has to say of itself; None for inputs and outputs alone.
        options: threads and device.
        timeout_s: seconds for opening the artifact, and for each sample; None is the gate's.
        gate: limits that the user changed, waivers, and what a file may take.
        keep: where to write what the artifact gave, for pictures of it.
        drawn: samples beside the golden file's that nobody knew before, with the seed in their names. They are not
            reported one by one; one that does not pass decides.

    Returns:
        A report for whatever happened; only ``report.outcome.passed`` is a proof.

    Raises:
        BadInput: no such artifact, golden file, runtime, device, limits or sample to keep.
    """
    start = perf_counter()
    asked = options or RunnerOptions()
    require_device(runtime, asked.device)
    executor = find_runtime(runtime)
    given = at_border(outputs, runtime)
    allowed = find_limits(limits, given, gate.changes)
    if not artifact.exists():
        raise BadInput(f"{artifact}: no such artifact; make one with `mobileswap export`")
    golden = read_golden(golden_path)
    if keep:
        keep.require_known(golden)
    found = _run(
        Job(
            runtime,
            str(artifact.absolute()),
            asked,
            len(golden.samples) + len(drawn),
            declaration=declaration or Declaration(tuple(inputs), tuple(outputs)),
            memory_bytes=gate.memory_bytes,
        ),
        replace(golden, samples=(*golden.samples, *drawn)),
        inputs=at_border(inputs, runtime),
        outputs=given,
        limits=allowed,
        timeout_s=gate.timeout_s if timeout_s is None else timeout_s,
    )
    found, beside = _parted(found, {sample.name for sample in drawn})
    worst = max(range(len(found.compared)), key=lambda i: found.compared[i].badness) if found.compared else None
    outcome, words = _with_drawn(_verdict(found, worst, len(golden.samples)), beside)
    waiver = next((one for one in gate.waivers if one.name == runtime), None)
    waiver = waiver if outcome is Outcome.NOT_CHECKED else None
    if keep and found.outputs:
        keep_outputs(keep, golden, found.outputs, given, worst=found.compared[worst or 0].verdict.sample)
    return ParityReport(
        runtime=runtime,
        runtime_version=found.version,
        reference_executor=executor.reference_executor,
        limits=allowed,
        default_limits=find_limits(limits, given),
        golden_sha256=sha256_of(golden_path),
        outcome=outcome,
        sentence=f"{outcome}: {words}" + (f"; waived: {waiver.reason}" if waiver else ""),
        samples=tuple(one.verdict for one in found.compared),
        worst=worst,
        seconds=perf_counter() - start,
        passes_seconds=found.passes_seconds,
        waiver=waiver,
    )


@dataclass(frozen=True)
class _Found:
    """What came of running an artifact: a failure with its detail, or PASS and the outputs compared."""

    outcome: Outcome
    detail: str = ""
    version: str = ""
    compared: tuple[Compared, ...] = ()
    outputs: tuple[Mapping[str, Array], ...] = ()
    passes_seconds: float = 0.0


def _run(
    job: Job,
    golden: Golden,
    *,
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    limits: Limits,
    timeout_s: float,
) -> _Found:
    if reason := unavailable_reason(job.runtime, job.options.program):
        return _Found(Outcome.UNAVAILABLE, reason)
    try:
        require_ranges_of(golden, outputs)
        _require_finite_inputs(golden)
        for sample in golden.samples:
            require_exact(sample, inputs)
        fed = [feed(sample, inputs) for sample in golden.samples]
    except Misdeclared as error:
        return _Found(Outcome.INTERFACE, str(error))
    except BadInput as error:
        return _Found(Outcome.NOT_CHECKED, str(error))
    with ThreadPoolExecutor(job.options.threads) as pool:
        pool.submit(prepare)  # while the runtime is busy
        reply = run_job(job, fed, timeout_s)
        answer = reply.answer
        if answer.outcome is not Outcome.PASS:
            return _Found(answer.outcome, answer.detail, answer.runtime_version)
        verdicts = pool.map(
            lambda sample, got: compare_sample(sample, got, outputs, limits), golden.samples, reply.outputs
        )
        compared = [one for verdict in verdicts for one in verdict]
    return _Found(
        Outcome.PASS, "", answer.runtime_version, tuple(compared), tuple(reply.outputs), answer.passes_ms / 1e3
    )


def _parted(found: _Found, drawn: Collection[str]) -> tuple[_Found, tuple[Compared, ...]]:
    """What came of the golden file's samples, and what of those drawn beside them."""
    own = tuple(one for one in found.compared if one.verdict.sample not in drawn)
    beside = tuple(one for one in found.compared if one.verdict.sample in drawn)
    known = len(found.outputs) - len(drawn)
    return replace(found, compared=own, outputs=found.outputs[:known] if found.outputs else ()), beside


def _with_drawn(judged: tuple[Outcome, str], beside: Sequence[Compared]) -> tuple[Outcome, str]:
    outcome, words = judged
    if not (beside and outcome.passed):
        return judged
    worst = max(beside, key=lambda one: one.badness).verdict
    if not worst.outcome.passed:
        return worst.outcome, f"{worst.detail}; of a sample drawn afresh, {worst.sample}, output {worst.output}"
    names = {one.verdict.sample for one in beside}
    return outcome, f"{words}; {len(names)} drawn afresh pass too ({min(names)} and on)"


def _require_finite_inputs(golden: Golden) -> None:
    for sample in golden.samples:
        for name, array in sample.inputs.items():
            if not np.isfinite(array).all():
                raise BadInput(f"sample {sample.name}, input {name}: a NaN or an infinity in it proves nothing")


def _verdict(found: _Found, worst: int | None, samples: int) -> tuple[Outcome, str]:
    """The outcome of the whole check, and the sentence after its name."""
    if found.outcome is not Outcome.PASS:
        return found.outcome, found.detail
    if worst is None:
        return Outcome.NOT_CHECKED, "there was no output to compare"
    verdict = found.compared[worst].verdict
    words = f"{verdict.detail}; worst of {samples} samples: {verdict.sample}, output {verdict.output}"
    if verdict.outcome.passed and samples < MINIMUM_SAMPLES:
        return Outcome.NOT_CHECKED, f"too few samples, at least {MINIMUM_SAMPLES} make a proof; {words}"
    return verdict.outcome, words
