"""What the parent asks of a runtime's process, and what that answers. All of it lies in one scratch folder."""

from dataclasses import dataclass

from bench.runner import RunnerOptions
from bench.timing import Plan, Timing
from contracts.verdict import Outcome

JOB, INPUTS, OUTPUTS, ANSWER = "job.json", "inputs.safetensors", "outputs.safetensors", "answer.json"


@dataclass(frozen=True)
class Job:
    """One artifact in one runtime.

    Attributes:
        artifact: absolute path of the file or package to open.
        samples: how many there are in INPUTS.
        plan: how to time the first sample; without one, every sample is run once and OUTPUTS is written.
    """

    runtime: str
    artifact: str
    options: RunnerOptions
    samples: int
    plan: Plan | None = None


@dataclass(frozen=True)
class Answer:
    """What happened. ``outcome`` is PASS where the job was done, which says nothing about the outputs.

    Attributes:
        detail: in one line, why it was not done; "" where it was.
        load_ms: from the file to a runner that is ready, the import of the toolchain not counted.
        peak_memory_bytes: highest resident memory of the process.
        timing: of a job with a plan.
    """

    outcome: Outcome
    detail: str = ""
    runtime_version: str = ""
    load_ms: float = 0.0
    peak_memory_bytes: int = 0
    timing: Timing | None = None
