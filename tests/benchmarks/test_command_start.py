"""How long a user waits for the help text."""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

pytestmark = pytest.mark.benchmark

LIMIT_S = 0.3
RUNS = 11


def seconds(command):
    start = perf_counter()
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    took = perf_counter() - start
    assert command[-1] != "--help" or "release" in found.stdout
    return took


def test_help_is_there_at_once(benchmark, capsys):
    command = [str(Path(sys.executable).with_name("mobileswap")), "--help"]
    bare = [sys.executable, "-c", "pass"]
    took = []
    # The first one writes bytecode
    benchmark.pedantic(lambda: took.append(seconds(command)), rounds=RUNS, warmup_rounds=1)
    took = sorted(took[1:])
    python = median(seconds(bare) for _ in range(RUNS))
    with capsys.disabled():
        print(f"\nmobileswap --help: median {median(took):.3f} s of {RUNS}, slowest {took[-1]:.3f} s ", end="")
        print(f"(at most {LIMIT_S} s; bare Python {python:.3f} s, load {os.getloadavg()[0]:.1f})")
    assert median(took) <= LIMIT_S
