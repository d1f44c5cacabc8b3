from dataclasses import replace

import numpy as np
import pytest
from tiny_run import MACHINE, a_run

from mobileswap.bench.doubts import doubts
from mobileswap.bench.statistics import summarise
from mobileswap.contracts.bench_result import Doubt
from mobileswap.runtimes.execution_providers import shares

STEADY = np.random.default_rng(0).normal(100, 1, 100)


def said(samples=STEADY, asked=100, machine=MACHINE, *, elsewhere=False, **changes):
    run = a_run(samples, summary=summarise(list(samples)), **changes)
    return {flag.doubt: flag.detail for flag in doubts(run, asked, machine, elsewhere=elsewhere)}


def test_a_steady_run_on_a_quiet_machine_is_not_doubted():
    assert said() == {}
    assert said(machine=replace(MACHINE, governor="performance", celsius=89.9, busy_cores=0.5)) == {}


def test_a_run_without_figures_has_none_to_doubt():
    assert doubts(a_run((), verified=False), 100, MACHINE) == ()


def test_each_doubt_has_its_figure():
    assert said(verified=False) == {Doubt.UNVERIFIED: "parity has not passed for this very file"}
    assert said(STEADY[:40]) == {Doubt.FEW_RUNS: "40 passes, 100 were asked for"}
    assert said(STEADY[:20], 20) == {Doubt.FEW_RUNS: "20 passes, 30 is the least"}
    assert said(threads=3) == {Doubt.OVERSUBSCRIBED: "3 threads on 2 cores"}
    split = shares([("XnnpackExecutionProvider", 9), ("CPUExecutionProvider", 3)])
    assert said(device="xnnpack", ran_on=split) == {
        Doubt.FELL_BACK: "xnnpack was asked for: xnnpack 9 of 12 operations, cpu 3"
    }
    assert said(device="xnnpack", ran_on=shares([("XnnpackExecutionProvider", 9)])) == {}
    assert said(machine=replace(MACHINE, busy_cores=0.75)) == {Doubt.LOADED: "others kept 0.8 of 2 cores busy"}
    assert said(machine=replace(MACHINE, governor="powersave")) == {Doubt.THROTTLED: "governor powersave"}
    assert said(machine=replace(MACHINE, celsius=93.4)) == {Doubt.THROTTLED: "93 °C"}


@pytest.mark.parametrize(("spread", "limit"), [(7, "5%"), (15, "10%")])
def test_unsteady_passes(spread, limit):
    found = said(np.random.default_rng(0).normal(100, spread, 100))
    assert found.keys() == {Doubt.UNSTEADY}
    assert found[Doubt.UNSTEADY].endswith(f"> {limit}")


def test_a_drift_counts_only_beyond_its_own_noise():
    wander = STEADY + np.linspace(0, 12, 100)
    assert said(wander)[Doubt.DRIFT].startswith("the last third is +")
    noise = np.random.default_rng(2).normal(100, 30, 100).clip(1)
    assert Doubt.DRIFT not in said(noise)


def test_of_a_phone_this_machines_state_says_nothing():
    machine = replace(MACHINE, busy_cores=2.0, governor="powersave", celsius=99.0)
    assert said(machine=machine, elsewhere=True, threads=8) == {}
