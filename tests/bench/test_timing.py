"""The loop under a clock that only moves when told to."""

import gc

import pytest

from bench.timing import Plan, time_passes

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


def test_first_pass_warmup_and_samples_are_kept_apart():
    fake = FakeRuntime(50, 20, 20, 3, 4, 5)
    timing = time_passes(fake.run, Plan(runs=3, warmup=2, warmup_s=0), fake.clock)
    assert timing.first_pass_ms == 50
    assert (timing.warmup_passes, timing.warmup_ms) == (2, 40)
    assert timing.samples_ms == (3, 4, 5)


def test_warmup_lasts_as_long_as_asked_for():
    fake = FakeRuntime(100)
    timing = time_passes(fake.run, Plan(runs=1, warmup=2, warmup_s=0.5), fake.clock)
    assert (timing.warmup_passes, timing.warmup_ms) == (5, 500)


def test_warmup_runs_as_often_as_asked_for():
    fake = FakeRuntime(1000)
    timing = time_passes(fake.run, Plan(runs=1, warmup=3, warmup_s=0.5), fake.clock)
    assert timing.warmup_passes == 3


def test_a_hundred_passes_by_default_and_none_is_dropped():
    fake = FakeRuntime(*[100] * 50, 1)
    timing = time_passes(fake.run, Plan(), fake.clock)
    assert len(timing.samples_ms) == 100
    assert sum(timing.samples_ms) == 39 * 100 + 61  # 50 slow ones: the first pass, 10 of warm-up, 39 timed
    assert fake.passes == 111


def test_outputs_are_released_outside_of_the_timed_span():
    fake = FakeRuntime(1)

    class Outputs:
        def __del__(self):
            fake.now += 1000 * MS

    def run():
        fake.run()
        return Outputs()

    assert time_passes(run, Plan(runs=3, warmup=0, warmup_s=0), fake.clock).samples_ms == (1, 1, 1)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_rests_and_is_put_back_even_after_a_failure(enabled):
    seen = []

    def run():
        seen.append(gc.isenabled())
        if len(seen) == 3:
            raise RuntimeError

    (gc.enable if enabled else gc.disable)()
    try:
        with pytest.raises(RuntimeError):
            time_passes(run, Plan(runs=3, warmup=1, warmup_s=0))
        assert gc.isenabled() is enabled
    finally:
        gc.enable()
    assert seen == [False, False, False]


@pytest.mark.parametrize("wrong", [{"runs": 0}, {"warmup": -1}, {"warmup_s": -0.1}])
def test_a_plan_that_times_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match="expected runs"):
        Plan(**wrong)
