"""The loop under a clock that only moves when told to."""

import gc

import pytest

from mobileswap.runtimes.plan import Plan
from mobileswap.runtimes.process.timing import time_block, warm_up

MS = 1_000_000  # nanoseconds


class FakeRuntime:
    """A pass takes the next of ``costs_ms``, the last one for ever; reading the clock costs nothing."""

    def __init__(self, *costs_ms):
        self.costs = list(costs_ms)
        self.now = 0
        self.passes = 0

    def clock(self):
        return self.now

    def run(self):
        self.passes += 1
        self.now += int((self.costs.pop(0) if len(self.costs) > 1 else self.costs[0]) * MS)


def test_first_pass_and_warmup_are_kept_apart():
    fake = FakeRuntime(50, 20, 20, 3)
    seen = warm_up(fake.run, Plan(warmup=2, warmup_s=0), fake.clock)
    assert (seen.first_pass_ms, seen.passes, seen.ms) == (50, 2, 40)
    assert time_block(fake.run, 1, clock=fake.clock) == [3]


def test_warmup_lasts_as_long_as_asked_for():
    fake = FakeRuntime(100)
    seen = warm_up(fake.run, Plan(warmup=2, warmup_s=0.5), fake.clock)
    assert (seen.passes, seen.ms) == (5, 500)


def test_warmup_runs_as_often_as_asked_for():
    fake = FakeRuntime(1000)
    assert warm_up(fake.run, Plan(warmup=3, warmup_s=0.5), fake.clock).passes == 3


def test_every_pass_of_a_block_is_kept():
    fake = FakeRuntime(3, 400, 5)
    assert time_block(fake.run, 4, clock=fake.clock) == [3, 400, 5, 5]


def test_a_lead_in_is_not_timed():
    fake = FakeRuntime(9, 8, 3, 4)
    assert time_block(fake.run, 2, lead_in_s=0.01, clock=fake.clock) == [3, 4]


def test_a_lead_in_is_one_pass_at_least():
    fake = FakeRuntime(70, 3)
    assert time_block(fake.run, 1, lead_in_s=0.01, clock=fake.clock) == [3]


def test_outputs_are_released_outside_of_the_timed_span():
    fake = FakeRuntime(1)

    class Outputs:
        def __del__(self):
            fake.now += 1000 * MS

    def run():
        fake.run()
        return Outputs()

    assert time_block(run, 3, clock=fake.clock) == [1, 1, 1]


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("loop", [lambda run: warm_up(run, Plan(warmup_s=0)), lambda run: time_block(run, 9)])
def test_the_collector_rests_and_is_put_back_even_after_a_failure(enabled, loop):
    seen = []

    def run():
        seen.append(gc.isenabled())
        if len(seen) == 3:
            raise RuntimeError

    (gc.enable if enabled else gc.disable)()
    try:
        with pytest.raises(RuntimeError):
            loop(run)
        assert gc.isenabled() is enabled
    finally:
        gc.enable()
    assert seen == [False, False, False]


@pytest.mark.parametrize("wrong", [{"runs": 0}, {"warmup": -1}, {"warmup_s": -0.1}, {"min_time_s": -1}])
def test_a_plan_that_times_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match="expected runs"):
        Plan(**wrong)
