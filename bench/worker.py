"""The process of a runtime: ``python -m bench.worker FOLDER`` reads a job from the folder and leaves its answer there.

It imports one runtime and nothing heavy besides, so that memory and time are the runtime's own.
"""

import os
import sys
import threading
from importlib import import_module
from pathlib import Path
from time import perf_counter_ns
from typing import cast

import msgspec

from bench.job import ANSWER, INPUTS, JOB, OUTPUTS, Answer, Job
from bench.memory import peak_memory_bytes
from bench.runner import TimesItself, UnknownOperation
from bench.runtimes import find_runtime, open_runner, unavailable_reason
from bench.samples import Samples, read_samples, write_samples
from bench.timing import time_passes
from bench.watching import watch_job
from contracts.errors import MobileswapError, Unavailable
from contracts.verdict import Outcome


def main(folder: Path) -> None:
    """Do the job in ``folder``. Only failures that have a name of their own become an answer; others are raised."""
    # Without contracts/files.py: its hashing brings OpenSSL, and 4 MB that are not the runtime's
    job = msgspec.json.decode((folder / JOB).read_bytes(), type=Job)
    inputs = read_samples(folder / INPUTS, job.samples)
    try:
        answer = _do(job, inputs, folder)
    except UnknownOperation as error:
        answer = Answer(Outcome.UNKNOWN_OP, str(error))
    except Unavailable as error:
        answer = Answer(Outcome.UNAVAILABLE, str(error))
    (folder / ANSWER).write_bytes(msgspec.json.encode(answer))  # read only once this process has ended well


def _do(job: Job, inputs: Samples, folder: Path) -> Answer:
    if reason := unavailable_reason(job.runtime, job.options.program):
        raise Unavailable(reason)
    import_module(find_runtime(job.runtime).module)  # an app has no Python to import: not part of the load time
    if job.watch:
        write_samples([watch_job(job, job.watch, inputs[0])], folder / OUTPUTS)
        return Answer(Outcome.PASS, peak_memory_bytes=peak_memory_bytes())
    start = perf_counter_ns()
    runner = open_runner(job.runtime, Path(job.artifact), job.options)
    load_ms = (perf_counter_ns() - start) / 1e6
    try:
        if job.plan is None:
            start = perf_counter_ns()
            outputs = [runner.run(sample) for sample in inputs]
            passes_ms = (perf_counter_ns() - start) / 1e6
            write_samples(outputs, folder / OUTPUTS)
            return Answer(Outcome.PASS, "", runner.version, load_ms, peak_memory_bytes(), passes_ms=passes_ms)
        if find_runtime(job.runtime).program:
            timing = cast("TimesItself", runner).time(inputs[0], job.plan)
            return Answer(Outcome.PASS, "", runner.version, timing=timing)
        first = inputs[0]
        timing = time_passes(lambda: runner.run(first), job.plan)
        return Answer(Outcome.PASS, "", runner.version, load_ms, peak_memory_bytes(), timing)
    finally:
        runner.close()


def leave_with_parent() -> None:
    """End this process when the parent is gone, whatever ended it: nobody else would end a worker that hangs.

    The parent holds the other end of standard input and never writes to it.
    """

    def wait() -> None:
        os.read(0, 1)  # not sys.stdin: a lock held in it would abort the interpreter's own exit
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    leave_with_parent()
    try:
        main(Path(sys.argv[1]))
    except MobileswapError as error:
        sys.exit(str(error))
    except Exception as error:  # noqa: BLE001  whatever a runtime raises is the parent's CRASH, told in one line
        sys.exit(f"{type(error).__name__}: {' '.join(str(error).split())[:1000]}")
