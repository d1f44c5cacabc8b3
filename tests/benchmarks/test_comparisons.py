"""Twenty comparisons of a backend with itself, and twenty with one that has 5 % more to do. Wants two quiet cores."""

import os
from statistics import median

import pytest
from tiny_run import a_run

from mobileswap.bench.compare import difference
from mobileswap.bench.turns import TimedJob, time_by_turns
from mobileswap.contracts.speed_comparison import SpeedFinding
from mobileswap.runtimes.plan import Plan
from mobileswap.runtimes.process.job import Job
from mobileswap.runtimes.runner import RunnerOptions

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(480)]

COMPARISONS = 20
THREADS = 2
LAYERS = 20  # of which one is 5 %
PLAN = Plan(runs=100, warmup=10, warmup_s=0.5)


def compared(paths, array, seed):
    """One comparison as `bench run --against` makes it."""
    jobs = [
        TimedJob(Job("onnxruntime", str(path), RunnerOptions(THREADS), samples=1, plan=PLAN), {"x": array})
        for path in paths
    ]
    timings = [reply.answer.timing for reply in time_by_turns(jobs, 60, seed)]
    return difference(*(a_run(seen.samples_ms, blocks=seen.blocks) for seen in timings), together=True)


def test_no_difference_is_not_shown_and_five_percent_are(benchmark, chain, capsys):
    (plain, array), (slower, _) = chain(LAYERS, 32, 64), chain(LAYERS + 1, 32, 64)
    same, planted = [], []

    def both():  # by turns as well, so that the machine's moods hit both
        same.append(compared((plain, plain), array, 2 * len(same)))
        planted.append(compared((plain, slower), array, 2 * len(planted) + 1))

    benchmark.pedantic(both, rounds=COMPARISONS)
    false = [one for one in same if one.finding is not SpeedFinding.NOT_SHOWN]
    shown = [one for one in planted if one.finding is SpeedFinding.SLOWER]
    with capsys.disabled():
        print(f"\na pass takes {median(one.base_median_ms for one in same):.2f} ms, load {os.getloadavg()[0]:.1f}")
        for name, found in (("the same file", same), (f"{LAYERS + 1} layers against {LAYERS}", planted)):
            ratios = sorted(one.ratio for one in found)
            print(f"{name}: ratios {ratios[0]:.3f} to {ratios[-1]:.3f}, median {median(ratios):.3f}; ", end="")
            print(f"shown {sum(one.finding is not SpeedFinding.NOT_SHOWN for one in found)} of {COMPARISONS}")
        for one in [*false, *(one for one in planted if one not in shown)]:
            print(f"  {one.finding}: {one.ratio:.4f} {one.interval} p {one.p_value:.3g}")
    assert len(false) <= 2
    assert len(shown) >= 18
