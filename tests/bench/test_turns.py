"""Timed jobs in real processes: alone, by turns, and beside one that fails."""

import os
import sys

import pytest
import tiny

from mobileswap.bench.turns import TimedJob, time_by_turns, time_one
from mobileswap.contracts.verdict import Outcome
from mobileswap.runtimes.plan import Plan
from mobileswap.runtimes.process.affinity import choose_cores
from mobileswap.runtimes.process.job import Job
from mobileswap.runtimes.runner import RunnerOptions

INPUTS = tiny.sample(0).inputs
PLAN = Plan(runs=23, warmup=2, warmup_s=0)
# A runtime whose second session fails in its ninth pass; the path it opens says which one it is
FAKE = """
import os, sys, time
__version__ = "0"
class ExecutionMode:
    ORT_SEQUENTIAL = 0
class SessionOptions:
    pass
class InferenceSession:
    def __init__(self, path, *_, **__):
        self.path, self.passes = str(path), 0
    def get_providers(self):
        return ["CPUExecutionProvider"]
    def get_outputs(self):
        return []
    def run(self, *_):
        self.passes += 1
        if "bad" in self.path and self.passes == 9:
            {failure}
        return []
"""


def timed(path, plan=PLAN, threads=1):
    return TimedJob(Job("onnxruntime", str(path), RunnerOptions(threads=threads), samples=1, plan=plan), INPUTS)


def test_a_job_alone_is_one_block(make):
    reply = time_one(timed(make("onnx")), 60)
    assert reply.answer.outcome is Outcome.PASS, reply.answer.detail
    assert reply.outputs == ()
    assert reply.answer.load_ms > 0
    assert 5e6 < reply.answer.peak_memory_bytes < 1e9
    timing = reply.answer.timing
    assert (len(timing.samples_ms), timing.blocks, timing.warmup_passes) == (23, (23,), 2)


def test_turns_are_blocks_of_one_length_in_a_round(make):
    first, second = (reply.answer.timing for reply in time_by_turns([timed(make("onnx"))] * 2, 60, seed=0))
    assert first.blocks == second.blocks
    assert sum(first.blocks) == len(first.samples_ms) == 23
    assert all(4 <= length <= 11 for length in first.blocks)
    (other, _) = time_by_turns([timed(make("onnx"))] * 2, 60, seed=3)
    assert other.answer.timing.blocks != first.blocks


@pytest.mark.parametrize("together", [1, 2])
def test_passes_go_on_until_the_time_is_full(make, together):
    jobs = [timed(make("onnx"), Plan(runs=5, warmup=0, warmup_s=0, min_time_s=0.05))] * together
    for reply in time_by_turns(jobs, 60, seed=0) if together > 1 else [time_one(jobs[0], 60)]:
        assert sum(reply.answer.timing.samples_ms) >= 50
        assert len(reply.answer.timing.samples_ms) > 5


@pytest.mark.parametrize(
    ("failure", "outcome", "detail"),
    [
        ("os.kill(os.getpid(), 9)", Outcome.CRASH, "ended by SIGKILL, probably out of memory: it said nothing"),
        ("time.sleep(600)", Outcome.TIMEOUT, "no answer within 5 s"),
        ("raise MemoryError('no room')", Outcome.MEMORY, "--memory gives it more"),
        ("sys.exit(0)", Outcome.CRASH, "no usable answer"),
    ],
    ids=["killed", "hangs", "no memory", "leaves"],
)
def test_one_that_fails_leaves_the_others_as_they_are(fake_onnxruntime, failure, outcome, detail):
    fake_onnxruntime(FAKE.format(failure=failure))
    good, bad, last = time_by_turns([timed(name) for name in ("good", "bad", "good too")], 5, seed=0)
    assert bad.answer.outcome is outcome
    assert detail in bad.answer.detail
    for reply in (good, last):
        assert reply.answer.outcome is Outcome.PASS, reply.answer.detail
        assert len(reply.answer.timing.samples_ms) == 23


def test_one_that_is_never_ready_leaves_the_others_as_they_are(make, tmp_path):
    missing, there = time_by_turns([timed(tmp_path / "missing.onnx"), timed(make("onnx"))], 60, seed=0)
    assert missing.answer.outcome is Outcome.CRASH
    assert "missing.onnx" in missing.answer.detail
    assert there.answer.outcome is Outcome.PASS


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells and sets a process's cores")
def test_a_timed_process_stays_on_as_many_cores_as_threads(fake_onnxruntime):
    fake_onnxruntime("import os\nraise ValueError(len(os.sched_getaffinity(0)))")
    assert time_one(timed("x"), 60).answer.detail.endswith("ValueError: 1")
    two = min(2, len(os.sched_getaffinity(0)))
    assert time_one(timed("x", threads=2), 60).answer.detail.endswith(f"ValueError: {two}")


@pytest.mark.parametrize(
    ("siblings", "threads", "chosen"),
    [
        (["0", "1", "2", "3"], 2, {2, 3}),
        (["0-1", "0-1", "2-3", "2-3"], 2, {1, 3}),  # neighbours are one core
        (["0,2", "1,3", "0,2", "1,3"], 2, {2, 3}),
        (["0-1", "0-1", "2-3", "2-3"], 3, {1, 2, 3}),
        (["0", "1"], 5, {0, 1}),
    ],
)
def test_threads_get_whole_cores_while_there_are_any(siblings, threads, chosen):
    assert choose_cores(range(len(siblings)), dict(enumerate(siblings)), threads) == chosen
