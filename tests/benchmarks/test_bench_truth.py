"""Our median of the released generator beside that of a loop that a person would write, in one run, by turns."""

import os
import subprocess
import sys

import numpy as np
import pytest

from mobileswap.contracts.golden_file import read_golden
from mobileswap.pipeline.export import ExportOptions, export_one
from mobileswap.pipeline.golden_files import golden_file
from mobileswap.pipeline.networks import load_networks
from mobileswap.pipeline.progress import Silent
from mobileswap.runtimes.plan import Plan
from mobileswap.runtimes.process.isolation import Worker
from mobileswap.runtimes.process.job import Job, Turn
from mobileswap.runtimes.runner import RunnerOptions

pytestmark = [pytest.mark.real, pytest.mark.benchmark, pytest.mark.timeout(480)]

LIMIT = 0.02
THREADS = 2
BLOCKS, PASSES = 14, 5  # the first block of either is thrown away
BARE = """
import os, sys, time
os.environ.update(ORT_DISABLE_TELEMETRY="1", OMP_NUM_THREADS=sys.argv[3])
import numpy, onnxruntime
settings = onnxruntime.SessionOptions()
settings.intra_op_num_threads, settings.inter_op_num_threads = int(sys.argv[3]), 1
session = onnxruntime.InferenceSession(sys.argv[1], settings, providers=["CPUExecutionProvider"])
feed = dict(numpy.load(sys.argv[2]))
for line in sys.stdin:
    session.run(None, feed)
    for _ in range(int(line)):
        start = time.perf_counter_ns()
        session.run(None, feed)
        print((time.perf_counter_ns() - start) / 1e6)
    sys.stdout.flush()
"""


def test_our_median_is_that_of_a_bare_loop(benchmark, tmp_path, capsys):
    source = load_networks("mobilefsgan", ("seeded",))
    path = export_one(source, ExportOptions("onnx", "generator", verify=False), tmp_path, Silent()).path
    inputs = read_golden(golden_file(source, "generator", 256, None, tmp_path, Silent())).samples[0].inputs
    np.savez(tmp_path / "inputs.npz", **inputs)
    command = [sys.executable, "-c", BARE, str(path), str(tmp_path / "inputs.npz"), str(THREADS)]
    job = Job("onnxruntime", str(path), RunnerOptions(THREADS), samples=1, plan=Plan(warmup=2, warmup_s=0))
    bare = []
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process,
        Worker(job, [inputs], 480) as worker,
    ):

        def theirs():
            process.stdin.write(f"{PASSES}\n")
            process.stdin.flush()
            bare.append([float(process.stdout.readline()) for _ in range(PASSES)])

        assert worker.ready()
        benchmark.pedantic(lambda: worker.take(Turn(PASSES, 0.001)), setup=theirs, rounds=BLOCKS)
        timing = worker.reply().answer.timing
        process.stdin.close()
    ours = np.median(timing.samples_ms[PASSES:])
    theirs_ms = np.median(bare[1:])
    benchmark.extra_info.update(ours_ms=ours, bare_ms=theirs_ms, ratio=ours / theirs_ms)
    with capsys.disabled():
        print(f"\nour median {ours:.1f} ms, a bare loop's {theirs_ms:.1f} ms: ratio {ours / theirs_ms:.4f} ", end="")
        print(f"(within {LIMIT:.0%}; {BLOCKS - 1} blocks of {PASSES} by turns, load {os.getloadavg()[0]:.1f})")
    assert abs(ours / theirs_ms - 1) <= LIMIT
