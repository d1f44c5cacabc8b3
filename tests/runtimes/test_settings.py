"""Devices, dtypes and compilation: who knows them, what is not there, and what they do to the outputs."""

import numpy as np
import pytest
import tiny
import torch

from mobileswap.bench.benchmark import bench, prepare
from mobileswap.contracts.errors import BadInput, Unavailable
from mobileswap.contracts.verdict import Outcome
from mobileswap.runtimes.execution_providers import PROVIDERS, shares
from mobileswap.runtimes.plan import Plan
from mobileswap.runtimes.runner import RunnerOptions, Settings
from mobileswap.runtimes.runtime_entries import (
    RUNTIMES,
    find_runtime,
    missing_device,
    open_runner,
    require_device,
    require_settings,
)

QUICK = Plan(runs=3, warmup=1, warmup_s=0.0)
SETTINGS = [
    (Settings(channels_last=True), 1e-5),
    (Settings("fp16"), 2e-3),
    (Settings("bf16"), 2e-2),
    (Settings("bf16", channels_last=True), 2e-2),
    pytest.param(Settings(compiled=True), 1e-5, marks=pytest.mark.real),  # a C++ compiler takes its time
    pytest.param(Settings("bf16", compiled=True), 2e-2, marks=pytest.mark.real),
]


# torch 2.13.0 imports its own deprecated TorchScript when it compiles; drop when it no longer does
@pytest.mark.filterwarnings("ignore:.torch.jit.script_method. is deprecated:DeprecationWarning")
@pytest.mark.parametrize(("settings", "tolerance"), SETTINGS, ids=lambda value: "-".join(getattr(value, "words", ())))
def test_pytorch_gives_floats_whatever_it_computes_in(make, settings, tolerance):
    runner = open_runner("pytorch", make("pytorch"), RunnerOptions(settings=settings))
    sample = tiny.sample(1)
    given = runner.run(sample.inputs)["swapped"]
    runner.close()
    assert given.dtype == np.float32
    assert given.flags.c_contiguous
    np.testing.assert_allclose(given, sample.outputs["swapped"], atol=tolerance)
    exact = open_runner("pytorch", make("pytorch"), RunnerOptions())
    same = given.tobytes() == exact.run(sample.inputs)["swapped"].tobytes()
    exact.close()
    assert same == (settings.dtype == "fp32") or settings.compiled


def test_only_who_knows_a_setting_takes_it():
    for runtime in RUNTIMES:
        require_settings(runtime.name, Settings())
    require_settings("pytorch", Settings("bf16", compiled=True, channels_last=True))
    for settings, option in (
        (Settings("fp16"), "--dtype"),
        (Settings(compiled=True), "--compile"),
        (Settings(channels_last=True), "--channels-last"),
    ):
        with pytest.raises(BadInput, match=f"{option}: onnxruntime has no such setting, only pytorch"):
            require_settings("onnxruntime", settings)


def test_a_provider_goes_by_its_full_name_too():
    assert require_device("onnxruntime", "CUDAExecutionProvider") == "cuda"
    assert require_device("onnxruntime", "CPUExecutionProvider") == find_runtime("onnxruntime").devices[0] == "cpu"
    assert all(name.islower() for name in PROVIDERS)
    with pytest.raises(BadInput, match="pytorch has no device 'CUDAExecutionProvider'"):
        require_device("pytorch", "CUDAExecutionProvider")


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there(make, monkeypatch, device):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    words = missing_device("pytorch", device)
    assert words
    with pytest.raises(Unavailable, match=r"pytorch .* finds no (CUDA|Metal) device here"):
        open_runner("pytorch", make("pytorch"), RunnerOptions(device=device))
    assert missing_device("pytorch", "cpu") is None


def test_a_provider_that_this_build_lacks(make):
    assert missing_device("onnxruntime", "cpu") is None
    with pytest.raises(Unavailable, match=r"here has no QNNExecutionProvider, only .*cpu"):
        open_runner("onnxruntime", make("onnx"), RunnerOptions(device="qnn"))


def test_a_provider_that_takes_nothing_is_refused(make):
    if missing_device("onnxruntime", "azure"):
        pytest.skip("this build has only the CPU")
    with pytest.raises(Unavailable, match="AzureExecutionProvider took no operation of this network; all fell to cpu"):
        open_runner("onnxruntime", make("onnx"), RunnerOptions(device="azure"))


def test_shares_of_providers():
    assert shares([("CUDAExecutionProvider", 3)]) == "cuda"
    parts = [("CPUExecutionProvider", 1), ("XnnpackExecutionProvider", 9), ("CPUExecutionProvider", 2)]
    assert shares(parts) == "xnnpack 9 of 12 operations, cpu 3"


def test_nothing_to_compile_with(make, monkeypatch):
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr("mobileswap.runtimes.pytorch.shutil.which", lambda _: None)
    with pytest.raises(Unavailable, match=r"there is no C\+\+ compiler; install g\+\+"):
        open_runner("pytorch", make("pytorch"), RunnerOptions(settings=Settings(compiled=True)))


@pytest.fixture
def artifact(make, tmp_path):
    path = tmp_path / "tiny-generator-fp32.pt2"
    path.write_bytes(make("pytorch").read_bytes())
    return tiny.with_json(path, "pytorch")


def test_another_dtype_is_held_against_the_model_before_it_is_timed(artifact, golden):
    entry = prepare(artifact, "pytorch", golden, plan=QUICK, settings=Settings("bf16"), timeout_s=60)
    assert (entry.refusal, entry.doubt) == (None, "")


def test_one_that_is_too_far_off_is_timed_and_marked(artifact, tmp_path):
    samples = [tiny.sample(i) for i in range(8)]
    for sample in samples:
        sample.outputs["swapped"] += np.float32(0.1)
    golden = tiny.golden(tmp_path / "golden.safetensors", samples)
    entry = prepare(artifact, "pytorch", golden, plan=QUICK, settings=Settings("bf16"), timeout_s=60)
    assert entry.refusal is None
    assert entry.doubt.startswith("TOO_FAR: ")
    (run,) = bench([entry], timeout_s=60)
    assert (run.outcome, run.settings, run.ran_on, run.dtype) == (Outcome.PASS, ("bf16",), "cpu", "bf16")
    assert (len(run.samples_ms), run.verified) == (3, False)


def test_one_that_dies_in_the_check_is_not_timed(artifact, golden, monkeypatch, tmp_path):
    (tmp_path / "torch.py").write_text("import os; os.abort()")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    entry = prepare(artifact, "pytorch", golden, plan=QUICK, settings=Settings("bf16"), timeout_s=60)
    assert entry.refusal
    assert entry.refusal.outcome is Outcome.CRASH


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_cuda_tells_its_own_time(make):
    runner = open_runner("pytorch", make("pytorch"), RunnerOptions(device="cuda"))
    given = runner.run(tiny.sample(1).inputs)["swapped"]
    np.testing.assert_allclose(given, tiny.sample(1).outputs["swapped"], atol=1e-5)
    assert len(runner.device_ms) == 1
    assert runner.device_ms[0] > 0
    assert runner.ran_on == torch.cuda.get_device_name()
    runner.close()
