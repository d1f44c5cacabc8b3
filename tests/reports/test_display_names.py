"""What a row of the speed table says of how it was taken."""

import pytest

from mobileswap.contracts.bench_result import Scenario
from mobileswap.reports.display_names import hardware_name, passes_name, work_name


@pytest.fixture
def names(make):
    """``names(changes)``: hardware, work and passes of a run."""

    def say(**changes):
        run = make.run(**{"device": "cpu", **changes})
        return hardware_name(run), work_name(run), passes_name(run)

    return say


def test_a_plain_run(names):
    assert names() == ("cpu, 2 threads", "mobilefsgan generator fp32", "3 passes")


def test_what_really_ran_and_how_it_was_set(names):
    assert names(ran_on="cpu", threads=1, settings=("bf16", "compiled")) == (
        "cpu, bf16, compiled, 1 thread",
        "mobilefsgan generator fp32",
        "3 passes, compiled in the first",
    )
    hardware, _, passes = names(device="cuda", ran_on="NVIDIA H200", device_ms=1.234)
    assert hardware == "cuda (NVIDIA H200), 2 threads"
    assert passes == "3 passes, 1.23 ms on the device alone"


def test_a_swap_has_frames_per_second(names):
    # 160 ms mean
    _, work, passes = names(scenario=Scenario.SWAP, embedding_ms=19.4)
    assert (work, passes) == ("mobilefsgan swap of a frame fp32", "3 frames, 6.2 a second, embedding 19 ms once")
    assert names(scenario=Scenario.SWAP)[2] == "3 frames, 6.2 a second"
