"""A runtime in a process of its own: whatever it does there, the parent gets an answer with a name."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from safetensors import SafetensorError

from bench.job import ANSWER, INPUTS, JOB, OUTPUTS, Answer, Job
from bench.runner import Array
from bench.samples import Samples, read_samples, write_samples
from contracts.errors import BadInput
from contracts.files import read_json, write_json
from contracts.verdict import Outcome

_PACKAGES = Path(__file__).resolve().parent.parent  # the folder that holds bench/ and contracts/
_LOG = "stderr.txt"
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@dataclass(frozen=True)
class Reply:
    """The answer of a worker, with the outputs of every sample where the job was to keep them."""

    answer: Answer
    outputs: Samples


def run_job(job: Job, inputs: Sequence[Mapping[str, Array]], timeout_s: float) -> Reply:
    """Do a job in a new process and wait for it.

    The process, its children and the scratch folder are gone when this returns or raises, Ctrl-C included.

    Returns:
        A reply whose outcome is PASS, UNKNOWN_OP or UNAVAILABLE where the worker said so, TIMEOUT where it had not
        answered after ``timeout_s`` seconds, CRASH where it ended in any other way.
    """
    with TemporaryDirectory(prefix="mobileswap-") as name:
        folder = Path(name)
        write_samples(inputs, folder / INPUTS)
        write_json(folder / JOB, job)
        status = _run_worker(folder, job.options.threads, timeout_s)
        if status is None:
            return _failed(Outcome.TIMEOUT, f"no answer within {timeout_s:g} s")
        if status != 0:
            return _failed(Outcome.CRASH, f"{_cause_of(status)}: {_last_line(folder / _LOG)}")
        try:
            answer = read_json(folder / ANSWER, Answer)
            wanted = job.plan is None and answer.outcome is Outcome.PASS
            return Reply(answer, read_samples(folder / OUTPUTS, job.samples) if wanted else ())
        except (BadInput, msgspec.ValidationError, SafetensorError, OSError, ValueError) as error:
            return _failed(Outcome.CRASH, f"the process ended well and left no usable answer ({error})")


def _run_worker(folder: Path, threads: int, timeout_s: float) -> int | None:
    """The worker's exit status, or None where the time was over."""
    # -P: a folder `bench` where the user happens to stand is not ours
    command = [sys.executable, "-P", "-m", "bench.worker", str(folder)]
    with (folder / _LOG).open("wb") as log:
        process = subprocess.Popen(
            command,
            env=_environment(folder, threads),
            stdin=subprocess.PIPE,  # never written to; see leave_with_parent in worker.py
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,  # one group, to be ended as a whole
        )
    with process:
        try:
            return process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with suppress(ProcessLookupError, PermissionError):  # macOS refuses for a group that is dead already
                os.killpg(process.pid, signal.SIGKILL)


def _environment(folder: Path, threads: int) -> dict[str, str]:
    """What libraries read when they are loaded, and not later."""
    search = [str(_PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])]
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
        return f"ended by {signal.Signals(-status).name}"
    except ValueError:  # a real-time signal has no name
        return f"ended by signal {-status}"


def _last_line(log: Path) -> str:
    tail = log.read_bytes()[-65536:].decode(errors="replace").splitlines()
    return next((line.strip() for line in reversed(tail) if line.strip()), "it said nothing")
