"""Timed jobs: alone, or by turns in random blocks, so that drift of the machine hits all alike."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from math import ceil

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.runtimes.plan import Plan
from mobileswap.runtimes.process.isolation import Reply, Worker
from mobileswap.runtimes.process.job import Job, Taken, Turn
from mobileswap.runtimes.runtime_entries import find_runtime

_BLOCK = (4, 8)  # passes, fewest and most: short ones, for it is their number that a comparison rests on
# Of untimed passes at the start of a turn. Seen of threads with nothing to do, before they sleep: up to 0.03 s of
# processor time in onnxruntime 1.31.1, 0.01 s in torch 2.13.0, nothing after that
_LEAD_IN_S = 0.03
_LONG_TURN_S = 0.1


@dataclass(frozen=True)
class TimedJob:
    """A job that has a plan, and the one sample to run."""

    job: Job
    inputs: Mapping[str, Array]

    @property
    def plan(self) -> Plan:
        return self.job.plan or Plan()

    @property
    def in_one_go(self) -> bool:
        """It is a vendor's program, that times itself."""
        return bool(find_runtime(self.job.runtime).program)


def time_one(job: TimedJob, timeout_s: float) -> Reply:
    """Time a job alone; as ``time_by_turns``, without turns."""
    with Worker(job.job, [job.inputs], timeout_s) as worker:
        taken = worker.ready()
        while taken and (wanted := _wanted(job.plan, taken)):
            taken = worker.take(Turn(wanted))
        return worker.reply()


def time_by_turns(jobs: Sequence[TimedJob], timeout_s: float, seed: int) -> list[Reply]:
    """Open and warm all, then time blocks of passes by turns, in a new order each round; who waits uses no processor.

    In a round all blocks have the same length. A worker that fails leaves the others as they are.

    Args:
        jobs: each gets a process of its own, all at the same time.
        timeout_s: for each, the others' turns not counted.
        seed: of the lengths and orders.
    """
    rng = np.random.default_rng(seed)
    with ExitStack() as stack:
        workers, taken = [], []
        for job in jobs:
            worker = stack.enter_context(Worker(job.job, [job.inputs], timeout_s))
            workers.append(worker)
            taken.append(worker.ready())
        while pending := [i for i, seen in enumerate(taken) if seen and _wanted(jobs[i].plan, seen)]:
            drawn = int(rng.integers(*_BLOCK, endpoint=True))
            length = max(drawn, *(_worth_a_turn(jobs[i].plan, taken[i]) for i in pending))
            for i in rng.permutation(pending):
                wanted = _wanted(jobs[i].plan, taken[i] or Taken(0, 0.0))
                last = jobs[i].in_one_go or wanted < length + _BLOCK[0]  # else the next block would be a short one
                turn = Turn(wanted if last else length, 0 if jobs[i].in_one_go else _LEAD_IN_S)
                taken[i] = workers[i].take(turn)
        return [worker.reply() for worker in workers]


def _worth_a_turn(plan: Plan, taken: Taken | None) -> int:
    """Passes that last longer than the lead-in to them, once only the time is still to be filled."""
    if taken is None or taken.passes < plan.runs:
        return 0
    return ceil(_LONG_TURN_S * 1e3 * taken.passes / taken.ms)


def _wanted(plan: Plan, taken: Taken) -> int:
    """Passes still to be timed, as far as can be told."""
    left_ms = plan.min_time_s * 1e3 - taken.ms
    if taken.passes < plan.runs:
        return plan.runs - taken.passes
    return ceil(left_ms * taken.passes / taken.ms) if left_ms > 0 else 0
