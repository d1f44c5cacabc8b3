"""The process of a runtime: it reads a job from a folder and leaves its answer there.

Use: ``python -m mobileswap.runtimes.process.worker FOLDER FD``.

A job to be timed is done in turns: each comes as a line on standard input, and what was taken goes to FD. Between them
the process waits. It imports one runtime and nothing heavy besides, so that memory and time are the runtime's own.
"""

import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from time import perf_counter_ns
from typing import cast

import msgspec

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.errors import Misdeclared, MobileswapError, Unavailable, UnknownOperation
from mobileswap.contracts.verdict import Outcome
from mobileswap.formats.interface import require_declared
from mobileswap.runtimes.plan import Plan, Timing
from mobileswap.runtimes.process.affinity import pin
from mobileswap.runtimes.process.arrays_file import Samples, read_samples, write_samples
from mobileswap.runtimes.process.frames import FrameRunner
from mobileswap.runtimes.process.job import ANSWER, INPUTS, JOB, OUTPUTS, Answer, Job, Taken, Turn
from mobileswap.runtimes.process.memory import beyond, limit_memory, peak_memory_bytes, says_memory_ran_out
from mobileswap.runtimes.process.timing import time_block, warm_up
from mobileswap.runtimes.process.watching import watch_job
from mobileswap.runtimes.runner import HasDeviceClock, Runner, TimesItself
from mobileswap.runtimes.runtime_entries import find_runtime, open_runner, unavailable_reason


class Line:
    """The worker's end of the line to its parent.

    Where the parent goes away, whatever ended it, standard input ends, and this process with it: nobody else would
    end a worker that hangs.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._turns: SimpleQueue[Turn] = SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def next_turn(self) -> Turn:
        """Wait for it; no processor time is used meanwhile."""
        return self._turns.get()

    def say(self, taken: Taken) -> None:
        os.write(self._fd, msgspec.json.encode(taken) + b"\n")

    def _listen(self) -> None:
        rest = b""
        while said := os.read(0, 4096):  # not sys.stdin: a lock held in it would abort the interpreter's own exit
            *lines, rest = (rest + said).split(b"\n")
            for line in lines:
                self._turns.put(msgspec.json.decode(line, type=Turn))
        os._exit(1)


def main(folder: Path, line: Line | None = None) -> None:
    """Do the job in ``folder``. Only failures that have a name of their own become an answer; others are raised.

    Args:
        folder: with JOB and INPUTS.
        line: to the parent, for a job to be timed.
    """
    # Without contracts/files.py: its hashing brings OpenSSL, and 4 MB that are not the runtime's
    job = msgspec.json.decode((folder / JOB).read_bytes(), type=Job)
    inputs = read_samples(folder / INPUTS, job.samples)
    if job.memory_bytes:
        limit_memory(job.memory_bytes)
    try:
        answer = _do(job, inputs, folder, line)
    except Misdeclared as error:
        answer = Answer(Outcome.INTERFACE, str(error))
    except UnknownOperation as error:
        answer = Answer(Outcome.UNKNOWN_OP, str(error))
    except Unavailable as error:
        answer = Answer(Outcome.UNAVAILABLE, str(error))
    except Exception as error:
        if not (isinstance(error, MemoryError) or says_memory_ran_out(str(error))):
            raise
        answer = Answer(Outcome.MEMORY, beyond(job.memory_bytes))
    (folder / ANSWER).write_bytes(msgspec.json.encode(answer))  # read only once this process has ended well


def _do(job: Job, inputs: Samples, folder: Path, line: Line | None) -> Answer:
    if reason := unavailable_reason(job.runtime, job.options.program):
        raise Unavailable(reason)
    if job.declaration is not None:
        require_declared(find_runtime(job.runtime).declares(Path(job.artifact)), job.declaration)
    if job.plan is not None:
        pin(job.options.threads)
    find_runtime(job.runtime).import_toolchain()  # an app has no Python to import: not part of the load time
    if job.watch:
        write_samples([watch_job(job, job.watch, inputs[0])], folder / OUTPUTS)
        return Answer(Outcome.PASS, peak_memory_bytes=peak_memory_bytes())
    start = perf_counter_ns()
    runner = _open(job)
    load_ms = (perf_counter_ns() - start) / 1e6
    try:
        done = Answer(Outcome.PASS, "", runner.version, ran_on=runner.ran_on)
        if job.plan is None:
            outputs, passes_ms = _run_each(runner, inputs, line)
            write_samples(outputs, folder / OUTPUTS)
            return replace(done, load_ms=load_ms, peak_memory_bytes=peak_memory_bytes(), passes_ms=passes_ms)
        if line is None:
            raise ValueError("a job to be timed needs a parent that gives turns")
        if find_runtime(job.runtime).program:  # its load and its memory are not this process's
            return replace(done, timing=_let_it_time(cast("TimesItself", runner), inputs[0], job.plan, line))
        timing = _time(runner, inputs[0], job.plan, line)
        peak = peak_memory_bytes()
        return replace(done, load_ms=load_ms, peak_memory_bytes=peak, timing=timing, device_ms=_device_ms(runner))
    finally:
        runner.close()


def _open(job: Job) -> Runner:
    if job.frames is None:
        return open_runner(job.runtime, Path(job.artifact), job.options)
    stages = job.frames.stages
    return FrameRunner([open_runner(job.runtime, Path(one.artifact), job.options) for one in stages], job.frames)


def _run_each(runner: Runner, inputs: Samples, watcher: Line | None) -> tuple[Samples, float]:
    """Outputs, and the milliseconds of the passes; whoever waits for them is told of each."""
    outputs: list[Mapping[str, Array]] = []
    passes_ms = 0.0
    for sample in inputs:
        start = perf_counter_ns()
        outputs.append(runner.run(sample))
        passes_ms += (perf_counter_ns() - start) / 1e6
        if watcher:
            watcher.say(Taken(len(outputs), passes_ms))
    return tuple(outputs), passes_ms


def _time(runner: Runner, inputs: Mapping[str, Array], plan: Plan, line: Line) -> Timing:
    def run() -> object:
        return runner.run(inputs)

    warm = warm_up(run, plan)
    samples: list[float] = []
    blocks = []
    line.say(Taken(0, 0.0))
    while (turn := line.next_turn()).passes:
        samples += time_block(run, turn.passes, lead_in_s=turn.lead_in_s)
        blocks.append(turn.passes)
        line.say(Taken(len(samples), sum(samples)))
    return Timing(warm.first_pass_ms, warm.passes, warm.ms, tuple(samples), tuple(blocks))


def _device_ms(runner: Runner) -> float:
    """Of all passes but the first, which finds memory and kernels; the warm-up's are as good as the timed ones."""
    taken = sorted(cast("HasDeviceClock", runner).device_ms[1:]) if hasattr(runner, "device_ms") else []
    return taken[len(taken) // 2] if taken else 0.0


def _let_it_time(runner: TimesItself, inputs: Mapping[str, Array], plan: Plan, line: Line) -> Timing:
    """A program is a process of its own, that warms up anew whenever it is started."""
    seen: list[Timing] = []
    line.say(Taken(0, 0.0))
    while (turn := line.next_turn()).passes:
        seen.append(runner.time(inputs, replace(plan, runs=turn.passes)))
        line.say(Taken(sum(len(one.samples_ms) for one in seen), sum(sum(one.samples_ms) for one in seen)))
    samples = tuple(sample for one in seen for sample in one.samples_ms)
    return replace(seen[0], samples_ms=samples, blocks=tuple(len(one.samples_ms) for one in seen))


if __name__ == "__main__":
    to_parent = Line(int(sys.argv[2]))
    try:
        main(Path(sys.argv[1]), to_parent)
    except MobileswapError as error:
        sys.exit(str(error))
    except Exception as error:  # noqa: BLE001  whatever a runtime raises is the parent's CRASH, told in one line
        sys.exit(f"{type(error).__name__}: {' '.join(str(error).split())[:1000]}")
    # All is written and closed; taking an interpreter with PyTorch in it apart costs another 0.6 s, of every check
    sys.stderr.flush()
    os._exit(0)
