"""What the parent asks of a runtime's process, and what that answers: files in one scratch folder, and turns."""

from dataclasses import dataclass

from mobileswap.contracts.declaration import Declaration
from mobileswap.contracts.verdict import Outcome
from mobileswap.runtimes.plan import Plan, Timing
from mobileswap.runtimes.process.frames import Frames
from mobileswap.runtimes.runner import RunnerOptions

JOB, INPUTS, OUTPUTS, ANSWER = "job.json", "inputs.safetensors", "outputs.safetensors", "answer.json"
WATCHED = "watched.json"


@dataclass(frozen=True)
class Watch:
    """Have the tensors inside of an artifact written down, of the first sample.

    Attributes:
        folder: where to; WATCHED is their list.
        tensors: names of those whose values are wanted.
        widen: compute in float32 what the file declares as float16, where the runtime has no variant that does so.
    """

    folder: str
    tensors: tuple[str, ...]
    widen: bool = False


@dataclass(frozen=True)
class Watched:
    """One tensor that an operation of the artifact made, in the order of execution.

    Attributes:
        operation: name of the operation, and its ``type`` in the words of the format.
        file: .npy in the folder, or "" where its values were not wanted.
    """

    tensor: str
    operation: str
    type: str
    file: str


@dataclass(frozen=True)
class Job:
    """One artifact in one runtime.

    Attributes:
        artifact: absolute path of the file or package to open.
        samples: how many there are in INPUTS.
        plan: how to time the first sample, in turns that the parent gives; without one, every sample is run once and
            OUTPUTS is written.
        watch: look inside, see ``Watch``; not together with a plan.
        declaration: what the file has to say of itself, looked at before it is opened; None where nobody asks.
        memory_bytes: that the process may take for its data; 0 for as much as there is.
        frames: 8-bit pictures go in and come out, through this artifact or several; see frames.py.
    """

    runtime: str
    artifact: str
    options: RunnerOptions
    samples: int
    plan: Plan | None = None
    watch: Watch | None = None
    frames: Frames | None = None
    declaration: Declaration | None = None
    memory_bytes: int = 0


@dataclass(frozen=True)
class Turn:
    """What the parent writes to a worker that is warm: one line of JSON on its standard input.

    Attributes:
        passes: to be timed now; 0 asks for the answer and the end.
        lead_in_s: untimed passes before them, after another backend's turn: the caches hold that one's data, and its
            threads may still be looking for work.
    """

    passes: int
    lead_in_s: float = 0.0


@dataclass(frozen=True)
class Taken:
    """What a worker says when it is warm and after every turn: the passes timed so far, and how long they took."""

    passes: int
    ms: float


@dataclass(frozen=True)
class Answer:
    """What happened. ``outcome`` is PASS where the job was done, which says nothing about the outputs.

    Attributes:
        detail: in one line, why it was not done; "" where it was.
        load_ms: from the file to a runner that is ready, the import of the toolchain not counted.
        peak_memory_bytes: highest resident memory of the process.
        timing: of a job with a plan.
        passes_ms: of a job without one, all passes together.
        ran_on: as the runner said.
        device_ms: median pass by the device's own clock, 0.0 where it has none.
    """

    outcome: Outcome
    detail: str = ""
    runtime_version: str = ""
    load_ms: float = 0.0
    peak_memory_bytes: int = 0
    timing: Timing | None = None
    passes_ms: float = 0.0
    ran_on: str = ""
    device_ms: float = 0.0
