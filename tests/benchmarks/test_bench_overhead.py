"""What our own code adds to a runtime's time and memory; both sides of each ratio in one run, both printed."""

import subprocess
import sys
from pathlib import Path
from time import perf_counter_ns

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mobileswap.bench.turns import TimedJob, time_one
from mobileswap.runtimes.plan import Plan
from mobileswap.runtimes.process.job import Job
from mobileswap.runtimes.process.timing import time_block
from mobileswap.runtimes.runner import RunnerOptions

pytestmark = pytest.mark.benchmark

RUNS = 30
# Everything that a person would write to time a model by hand, and its peak memory, in the same environment.
BARE = """
import os, sys, time
os.environ.update(ORT_DISABLE_TELEMETRY="1", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
import numpy, onnxruntime
settings = onnxruntime.SessionOptions()
settings.intra_op_num_threads = settings.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], settings, providers=["CPUExecutionProvider"])
feed = {"x": numpy.load(sys.argv[2])}
for _ in range(int(sys.argv[3])):
    start = time.perf_counter_ns()
    session.run(None, feed)
    print((time.perf_counter_ns() - start) / 1e6)
print(next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Makes ``(path, input)`` of two 3×3 convolutions with so many channels on a picture of so many pixels a side."""

    def make(channels, size):
        rng = np.random.default_rng(0)
        weights = [rng.normal(size=(channels, 3, 3, 3)) / 5, rng.normal(size=(3, channels, 3, 3)) / (3 * channels**0.5)]
        graph = helper.make_graph(
            [
                helper.make_node("Conv", ["x", "w0"], ["h"], pads=[1, 1, 1, 1]),
                helper.make_node("Conv", ["h", "w1"], ["y"], pads=[1, 1, 1, 1]),
            ],
            "convolutions",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 3, size, size))],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 3, size, size))],
            [numpy_helper.from_array(w.astype(np.float32), f"w{i}") for i, w in enumerate(weights)],
        )
        path = tmp_path_factory.mktemp("network") / "model.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
        return path, rng.normal(size=(1, 3, size, size)).astype(np.float32)

    return make


def in_worker(path, array):
    """The answer of our worker."""
    job = Job("onnxruntime", str(path), RunnerOptions(threads=1), samples=1, plan=Plan(RUNS, 0, 0.0))
    return time_one(TimedJob(job, {"x": array}), 300).answer


def bare(path, array):
    """Times in ms and peak memory in bytes of the bare script."""
    np.save(path.with_suffix(".npy"), array)
    command = [sys.executable, "-c", BARE, str(path), str(path.with_suffix(".npy")), str(RUNS)]
    *times, peak = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return [float(time) for time in times], int(peak)


def test_the_loop_costs_half_a_percent_of_a_pass_at_most(benchmark, network, capsys):
    passes = 100_000

    def loop():
        return time_block(lambda: None, passes)

    start = perf_counter_ns()
    seen = benchmark.pedantic(loop, rounds=1)
    loop_ms = (perf_counter_ns() - start) / 1e6 / passes
    in_sample_ms = float(np.median(seen))
    pass_ms = float(np.median(in_worker(*network(32, 128)).timing.samples_ms))
    with capsys.disabled():
        print(f"\nloop {loop_ms * 1e3:.2f} µs a pass, {in_sample_ms * 1e3:.2f} µs of it inside the sample; ", end="")
        print(f"a pass of a small network {pass_ms:.2f} ms: {loop_ms / pass_ms:.4%} (at most 0.5 %)")
    assert loop_ms / pass_ms <= 0.005


@pytest.mark.parametrize(("channels", "size"), [(2, 8), (64, 256)], ids=["tiny network", "large pictures"])
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the bare script reads /proc")
def test_memory_is_that_of_a_bare_script(benchmark, channels, size, network, capsys):
    path, array = network(channels, size)
    # So that the worker's parent is as heavy as ours is, whose memory must not be counted
    ballast = np.ones(300_000_000, np.uint8)
    answer = benchmark.pedantic(in_worker, (path, array), rounds=1)
    times, bare_peak = bare(path, array)
    ratio = answer.peak_memory_bytes / bare_peak
    benchmark.extra_info.update(ours_bytes=answer.peak_memory_bytes, bare_bytes=bare_peak, ratio=ratio)
    ours_ms, bare_ms = np.median(answer.timing.samples_ms), np.median(times)
    with capsys.disabled():
        print(f"\npeak memory {answer.peak_memory_bytes / 1e6:.1f} MB, bare script {bare_peak / 1e6:.1f} MB: ", end="")
        print(f"{ratio:.3f} (at most 1.15); median pass {ours_ms:.3f} ms, bare {bare_ms:.3f} ms")
    assert ballast.size > bare_peak
    assert ratio <= 1.15
