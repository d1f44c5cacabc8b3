"""One contract for all runtimes, and the list that they are in.

Nothing here names a runtime's toolchain: a new one is tested by being listed, once tiny_<format>.py makes its format.
"""

import sys

import numpy as np
import pytest
import tiny

from mobileswap.contracts.errors import BadInput, Unavailable
from mobileswap.runtimes.runner import RunnerOptions
from mobileswap.runtimes.runtime_entries import (
    RUNTIMES,
    find_runtime,
    installed_version,
    open_runner,
    proving,
    require_device,
    unavailable_reason,
)

PROVED = [(runtime, *key) for runtime in RUNTIMES for key in runtime.proves]
# An exception of these is no answer about a file
OUR_MISTAKES = (TypeError, AttributeError, LookupError, NameError, ImportError, AssertionError, Unavailable)
TOLERANCE = {"fp32": 1e-5, "fp16-weights": 1e-3, "fp16-arithmetic": 5e-3}


@pytest.fixture(
    params=PROVED,
    ids=lambda case: f"{case[0].name}-{case[1]}-{case[2]}",
)
def opened(request, make):
    """A runner on the tiny network, with the tolerance of its proof."""
    runtime, format_, precision = request.param
    if reason := unavailable_reason(runtime.name):
        pytest.skip(reason)
    runner = open_runner(runtime.name, make(format_, precision), RunnerOptions(threads=1))
    yield runner, TOLERANCE[runtime.proves[format_, precision]]
    runner.close()


def test_contract(opened):
    runner, tolerance = opened
    one, other = tiny.sample(1), tiny.sample(2)
    before = {name: array.tobytes() for name, array in one.inputs.items()}

    first = runner.run(one.inputs)
    kept = {name: array.copy() for name, array in first.items()}
    between = runner.run(other.inputs)
    again = runner.run(one.inputs)

    assert list(first) == ["swapped"]
    assert first["swapped"].dtype == np.float32
    assert first["swapped"].shape == tiny.SWAPPED.shape
    np.testing.assert_allclose(first["swapped"], one.outputs["swapped"], atol=tolerance)
    np.testing.assert_allclose(between["swapped"], other.outputs["swapped"], atol=tolerance)
    # A pass depends on its inputs alone, and neither changes them nor an earlier pass's outputs
    assert again["swapped"].tobytes() == first["swapped"].tobytes() == kept["swapped"].tobytes()
    assert {name: array.tobytes() for name, array in one.inputs.items()} == before
    assert any(character.isdigit() for character in runner.version)


def test_read_only_inputs_do(opened):
    runner, tolerance = opened
    inputs = {name: array.copy() for name, array in tiny.sample(3).inputs.items()}
    for array in inputs.values():
        array.flags.writeable = False
    np.testing.assert_allclose(runner.run(inputs)["swapped"], tiny.sample(3).outputs["swapped"], atol=tolerance)


@pytest.mark.parametrize("change", ["missing", "unknown"])
def test_a_wrong_set_of_inputs_is_refused(opened, change):
    runner, _ = opened
    inputs = dict(tiny.sample(1).inputs)
    if change == "missing":
        del inputs["embedding"]
    else:
        inputs["mask"] = inputs["embedding"]
    with pytest.raises(Exception, match=r"embedding|mask"):
        runner.run(inputs)


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
def test_a_file_that_is_nothing_is_refused(runtime, tmp_path):
    if reason := unavailable_reason(runtime.name):
        pytest.skip(reason)
    path = tmp_path / "nothing"
    path.write_bytes(b"nothing")
    with pytest.raises(Exception, match=r"(?i)nothing|\bfile\b") as refused:  # what it says is about the file
        open_runner(runtime.name, path, RunnerOptions())
    assert not isinstance(refused.value, OUR_MISTAKES)


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
def test_an_unavailable_runtime_says_why(runtime, monkeypatch, tmp_path):
    monkeypatch.setattr("mobileswap.runtimes.runtime_entries.find_spec", lambda _: None)
    reason = unavailable_reason(runtime.name)
    assert reason
    assert reason.startswith(f"{runtime.name} is not available: ")
    with pytest.raises(Unavailable, match=runtime.name):
        open_runner(runtime.name, tmp_path, RunnerOptions())


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
def test_devices(runtime):
    assert require_device(runtime.name, "") == runtime.devices[0]
    with pytest.raises(BadInput, match=f"{runtime.name} has no device 'tpu'; expected one of {runtime.devices[0]}"):
        require_device(runtime.name, "tpu")


def test_names_are_unique_and_an_unknown_one_lists_them():
    names = [runtime.name for runtime in RUNTIMES]
    assert len(set(names)) == len(names)
    with pytest.raises(BadInput) as caught:
        find_runtime("tensorflow")
    assert all(name in str(caught.value) for name in names)


def test_a_reference_executor_is_never_benchmarked():
    assert not any(runtime.benchmarkable for runtime in RUNTIMES if runtime.reference_executor)


def test_every_format_is_proven_off_macos_and_the_vendor_has_a_say_on_it(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert [(p.runtime, p.limits) for p in proving("coreml", "fp16")] == [
        ("mil-fp16", "fp16-arithmetic"),
        ("mil-fp32", "fp16-weights"),
    ]
    assert [(p.runtime, p.limits) for p in proving("coreml", "fp32")] == [("mil-fp32", "fp32")]
    assert [(p.runtime, p.limits) for p in proving("onnx", "fp32")] == [("onnxruntime", "fp32")]
    assert [(p.runtime, p.limits) for p in proving("pytorch", "fp32")] == [("pytorch", "fp32")]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert ("coreml", "fp16-arithmetic") in [(p.runtime, p.limits) for p in proving("coreml", "fp16")]


def test_what_nothing_proves_is_refused():
    with pytest.raises(BadInput, match=r"tflite fp32.*coreml fp16"):
        proving("tflite", "fp32")


def test_version_of_a_build_that_goes_by_another_name(tmp_path, monkeypatch):
    """As onnxruntime-gpu brings the module onnxruntime."""
    about = tmp_path / "fastruntime_gpu-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: fastruntime-gpu\nVersion: 1.2\n")
    (about / "top_level.txt").write_text("fastruntime\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert installed_version("fastruntime") == "1.2 (fastruntime-gpu)"
    assert installed_version("fasterruntime") == ""
    assert installed_version("numpy") == np.__version__
