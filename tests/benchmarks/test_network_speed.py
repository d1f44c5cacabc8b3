"""Our files against what one gets without us, in one process, in blocks by turns; both figures printed."""

import os
from dataclasses import replace
from statistics import median
from time import perf_counter

import numpy as np
import onnx
import pytest
import torch

from mobileswap.contracts.golden_file import read_golden
from mobileswap.export.quiet import quiet
from mobileswap.pipeline.export import ExportOptions, export_one
from mobileswap.pipeline.golden_files import golden_file
from mobileswap.pipeline.networks import load_networks
from mobileswap.pipeline.progress import Silent
from mobileswap.runtimes.reference.mil import MilRunner
from mobileswap.runtimes.runner import RunnerOptions

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(900)]

THREADS = 2
PASSES = 5  # in a block
BLOCKS = 8


@pytest.fixture(scope="module")
def source():
    return load_networks("mobilefsgan", ("seeded",))


@pytest.fixture(scope="module")
def sample(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("golden")
    return read_golden(golden_file(source, "generator", 256, None, folder, Silent())).samples[0]


def by_turns(benchmark, first, second):
    """Median milliseconds of a pass of each: blocks of either by turns, the first of each thrown away.

    The table at the end shows the blocks of the first one.
    """
    taken = ([], [])

    def block(which):
        for _ in range(PASSES):
            start = perf_counter()
            (first, second)[which]()
            taken[which].append((perf_counter() - start) * 1e3)

    benchmark.pedantic(lambda: block(0), setup=lambda: block(1), rounds=BLOCKS, warmup_rounds=1)
    ours, theirs = (median(times[PASSES:]) for times in taken)
    benchmark.extra_info.update(ours_ms=ours, theirs_ms=theirs, ratio=ours / theirs)
    return ours, theirs


def told(capsys, ours, theirs, limit):
    (our_name, our_ms), (their_name, their_ms) = ours, theirs
    with capsys.disabled():
        print(f"\n{our_name} {our_ms:.1f} ms, {their_name} {their_ms:.1f} ms: ratio {our_ms / their_ms:.3f} ", end="")
        print(
            f"(at most {limit}; {THREADS} threads, medians of {BLOCKS * PASSES} passes, load {os.getloadavg()[0]:.1f})"
        )
    assert our_ms / their_ms <= limit


def session(path):
    import onnxruntime as ort

    settings = ort.SessionOptions()
    settings.intra_op_num_threads, settings.inter_op_num_threads = THREADS, 1
    return ort.InferenceSession(path, settings, providers=["CPUExecutionProvider"])


def test_onnxruntime_is_not_slower_on_our_file_than_on_a_plain_export(benchmark, source, sample, tmp_path, capsys):
    component = source.component("generator")
    ours = export_one(source, ExportOptions("onnx", "generator", verify=False), tmp_path, Silent()).path
    with quiet():
        program = torch.onnx.export(
            component.wrap(source.network("generator")).eval(),
            (torch.zeros(1, 3, 256, 256), torch.zeros(1, 512)),
            input_names=["target", "embedding"],
            output_names=["swapped"],
            opset_version=18,
            dynamo=True,
        )
    onnx.save(program.model_proto, tmp_path / "plain.onnx")
    mine, plain = session(ours), session(tmp_path / "plain.onnx")
    feed = dict(sample.inputs)
    assert np.abs(mine.run(None, feed)[0] - plain.run(None, feed)[0]).max() < 1e-4
    our_ms, plain_ms = by_turns(benchmark, lambda: mine.run(None, feed), lambda: plain.run(None, feed))
    told(capsys, ("onnxruntime on our file", our_ms), ("on a plain export", plain_ms), 1.02)


def test_the_reference_executor_is_as_quick_as_pytorch(benchmark, source, sample, tmp_path, capsys):
    options = replace(ExportOptions("coreml", "generator", verify=False), precision="fp32")
    path = export_one(source, options, tmp_path, Silent()).path
    runner = MilRunner(path, RunnerOptions(threads=THREADS), "fp32")
    module = source.component("generator").wrap(source.network("generator")).eval()
    tensors = [torch.from_numpy(array) for array in sample.inputs.values()]

    def eager():
        with torch.inference_mode():
            return module(*tensors)

    try:
        found = runner.run(sample.inputs)["swapped"]
        assert np.abs(found - eager().numpy()).max() < 1e-4
        mil_ms, eager_ms = by_turns(benchmark, lambda: runner.run(sample.inputs), eager)
    finally:
        runner.close()
    told(capsys, ("reference executor, fp32", mil_ms), ("PyTorch eager", eager_ms), 1.5)
