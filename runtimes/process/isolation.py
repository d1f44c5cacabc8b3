"""A runtime in a process of its own: whatever it does there, the parent gets an answer with a name."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from select import select
from tempfile import TemporaryDirectory
from time import monotonic
from typing import IO, Self, cast

import msgspec
from safetensors import SafetensorError

import mobileswap
from mobileswap.contracts.arrays import Array
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import read_json, write_json
from mobileswap.contracts.verdict import Outcome
from mobileswap.runtimes.process.arrays_file import Samples, read_samples, write_samples
from mobileswap.runtimes.process.job import ANSWER, INPUTS, JOB, OUTPUTS, Answer, Job, Taken, Turn
from mobileswap.runtimes.process.memory import beyond, default_memory_bytes, says_memory_ran_out

_HOME = str(Path(mobileswap.__path__[0]).parent)  # a worker finds the package where this process did
_LOG = "stderr.txt"
_LOOK_S = 0.5  # how often to look whether a silent worker is still there
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@dataclass(frozen=True)
class Reply:
    """The answer of a worker, with the outputs of every sample where the job was to keep them."""

    answer: Answer
    outputs: Samples


class Worker:
    """A process that does a job; to be used in ``with``, which leaves no process, child or scratch folder behind.

    A job to be timed is done by ``ready``, then ``take`` as often as wanted, then ``reply``; another by ``reply``.
    None from one of the first two means that no more is to be expected, and ``reply`` says why.
    """

    def __init__(self, job: Job, inputs: Sequence[Mapping[str, Array]], timeout_s: float) -> None:
        """Start it.

        Args:
            job: what to do.
            inputs: the samples to do it with.
            timeout_s: how long to wait for it; while nobody waits, the clock stands. That of a job to be timed is for
                all of it, that of another for opening the artifact and for each sample.
        """
        job = replace(job, memory_bytes=job.memory_bytes or default_memory_bytes())
        self._done = 0
        self._job, self._timeout_s, self._left_s = job, timeout_s, timeout_s
        self._scratch = TemporaryDirectory(prefix="mobileswap-")
        self._folder = Path(self._scratch.name)
        self._said = b""
        self._overdue = False
        with ExitStack() as undo:
            undo.callback(self._scratch.cleanup)
            write_samples(inputs, self._folder / INPUTS)
            write_json(self._folder / JOB, job)
            self._line, fd = os.pipe()
            undo.callback(os.close, self._line)
            try:
                self._process = _start(self._folder, job.options.threads, fd)
            finally:
                os.close(fd)
            undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._kill()
            with suppress(BrokenPipeError):
                cast("IO[bytes]", self._process.stdin).close()
            self._process.wait()
        finally:
            os.close(self._line)
            self._scratch.cleanup()

    def ready(self) -> Taken | None:
        """Wait until the artifact is open and warm."""
        while b"\n" not in self._said:
            start = monotonic()
            heard, _, _ = select([self._line], [], [], min(_LOOK_S, max(self._left_s, 0)))
            self._left_s -= monotonic() - start
            if heard:
                more = os.read(self._line, 4096)
                if not more:
                    return None
                self._said += more
            elif self._process.poll() is not None:  # a child of it keeps the line open
                return None
            elif self._left_s <= 0:
                self._overdue = True
                self._kill()  # at once: it would disturb the others
                return None
        line, _, self._said = self._said.partition(b"\n")
        return msgspec.json.decode(line, type=Taken)

    def take(self, turn: Turn) -> Taken | None:
        """Have passes timed, and wait for them."""
        self._ask(turn)
        return self.ready()

    def reply(self) -> Reply:
        """Wait for the end.

        Returns:
            A reply whose outcome is the worker's own where it gave one, TIMEOUT where it had not answered in its time,
            MEMORY where its last words are of that, CRASH where it ended in any other way.
        """
        if self._job.plan is not None:
            self._ask(Turn(0))
        else:
            self._wait_for_samples()
        status = None
        if not self._overdue:
            with suppress(subprocess.TimeoutExpired):
                status = self._process.wait(self._left_s)
        if status is None:
            return _failed(Outcome.TIMEOUT, self._silence())
        if status != 0 and says_memory_ran_out(_tail(self._folder / _LOG)):
            return _failed(Outcome.MEMORY, beyond(self._job.memory_bytes))
        if status != 0:
            return _failed(Outcome.CRASH, f"{_cause_of(status)}: {_last_line(self._folder / _LOG)}")
        try:
            answer = read_json(self._folder / ANSWER, Answer)
            wanted = self._job.plan is None and answer.outcome is Outcome.PASS
            return Reply(answer, read_samples(self._folder / OUTPUTS, self._job.samples) if wanted else ())
        except (BadInput, msgspec.ValidationError, SafetensorError, OSError, ValueError) as error:
            return _failed(Outcome.CRASH, f"the process ended well and left no usable answer ({error})")

    def _wait_for_samples(self) -> None:
        """Each that is done gives the next as long: a file that answers is not cut off for its number of samples."""
        while taken := self.ready():
            self._done, self._left_s = taken.passes, self._timeout_s

    def _silence(self) -> str:
        if self._job.plan is not None or not self._done:
            return f"no answer within {self._timeout_s:g} s"
        return f"no answer within {self._timeout_s:g} s after {self._done} of {self._job.samples} samples"

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # macOS refuses for a group that is dead already
            os.killpg(self._process.pid, signal.SIGKILL)

    def _ask(self, turn: Turn) -> None:
        stdin = cast("IO[bytes]", self._process.stdin)
        with suppress(BrokenPipeError):  # it has ended; its exit status says more
            stdin.write(msgspec.json.encode(turn) + b"\n")
            stdin.flush()


def run_job(job: Job, inputs: Sequence[Mapping[str, Array]], timeout_s: float) -> Reply:
    """Do a job without a plan in a new process and wait for it, as ``Worker`` and ``Worker.reply``."""
    with Worker(job, inputs, timeout_s) as worker:
        return worker.reply()


def _start(folder: Path, threads: int, fd: int) -> subprocess.Popen[bytes]:
    # -P: a folder `mobileswap` where the user happens to stand is not ours
    command = [sys.executable, "-P", "-m", "mobileswap.runtimes.process.worker", str(folder), str(fd)]
    with (folder / _LOG).open("wb") as log:
        return subprocess.Popen(
            command,
            env=worker_environment(folder, threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # a runtime's chatter
            stderr=log,
            pass_fds=(fd,),
            start_new_session=True,  # one group, to be ended as a whole
        )


def worker_environment(folder: Path, threads: int) -> dict[str, str]:
    """What libraries read when they are loaded, and not later."""
    search = [_HOME, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        **dict.fromkeys(_THREAD_VARIABLES, str(threads)),
        "PYTHONPATH": os.pathsep.join(search),
        "TMPDIR": str(folder),  # what a runtime forgets there goes with the folder
        # onnxruntime from 1.29 on reports models' names and hashes to Microsoft on Linux too, by threads of its own
        # that a benchmark would time (microsoft/onnxruntime#27379; seen in 1.31.1). Drop it when that is off by default
        "ORT_DISABLE_TELEMETRY": "1",
    }


def _failed(outcome: Outcome, detail: str) -> Reply:
    return Reply(Answer(outcome, detail), ())


def _cause_of(status: int) -> str:
    if status > 0:
        return f"exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:  # a real-time signal has no name
        return f"ended by signal {-status}"
    # Nothing here sends it to a worker that is still waited for; Linux does where memory runs out
    return f"ended by {name}, probably out of memory" if name == "SIGKILL" else f"ended by {name}"


def _last_line(log: Path) -> str:
    lines = _tail(log).splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


def _tail(log: Path) -> str:
    return log.read_bytes()[-65536:].decode(errors="replace")
