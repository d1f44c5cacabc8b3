"""A whole check, file to verdict, in a runtime's own process."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import tiny
import tiny_onnx

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import sha256_of
from mobileswap.contracts.golden_file import Sample, read_golden
from mobileswap.contracts.verdict import Outcome, Waiver
from mobileswap.parity.check import Gate, check, parse_waiver
from mobileswap.parity.kept_outputs import Keep
from mobileswap.parity.limits import LIMITS, parse_limit
from mobileswap.runtimes.runner import RunnerOptions


def run(path, golden, runtime="onnxruntime", **changes):
    given = {"limits": "fp32", "inputs": tiny.INPUTS, "outputs": tiny.OUTPUTS, "timeout_s": 60, **changes}
    return check(path, golden, runtime, **given)


def test_a_right_artifact_passes(make, golden):
    report = run(make("onnx"), golden, options=RunnerOptions(threads=2))
    assert report.outcome is Outcome.PASS
    assert report.runtime_version.startswith("onnxruntime ")
    assert report.golden_sha256 == sha256_of(golden)
    assert [verdict.sample for verdict in report.samples] == [f"s{i}" for i in range(8)]
    worst = report.samples[report.worst]
    assert worst.metrics.psnr_db == min(verdict.metrics.psnr_db for verdict in report.samples)
    assert report.sentence.startswith("PASS: PSNR 1")
    assert report.sentence.endswith(f"worst of 8 samples: {worst.sample}, output swapped")
    assert report.seconds > 0
    assert not report.reference_executor


def test_a_reference_executor_is_marked_as_one(make, golden):
    report = run(make("coreml", "fp16"), golden, "mil-fp16", limits="fp16-arithmetic")
    assert report.outcome.passed
    assert report.reference_executor


def test_the_worst_sample_decides(make, tmp_path):
    samples = [tiny.sample(i) for i in range(8)]
    wrong = samples[5].outputs["swapped"].copy()
    wrong[0, 2, 1, 0] += 0.5
    samples[5] = Sample("s5", samples[5].inputs, {"swapped": wrong}, tiny.SPECS)
    report = run(make("onnx"), tiny.golden(tmp_path / "g", samples))
    assert report.outcome is Outcome.TOO_FAR
    assert report.worst == 5
    assert "max abs 0.5 (at most 0.001, expected 0.0001) at [0, 2, 1, 0]" in report.sentence
    assert "s5, output swapped" in report.sentence


def test_a_wrong_network_fails(golden, tmp_path):
    report = run(tiny_onnx.save(tmp_path / "wrong.onnx", scale=0.51), golden)
    assert report.outcome is Outcome.TOO_FAR


def test_an_output_too_many_fails(golden, tmp_path):
    report = run(tiny_onnx.save(tmp_path / "two.onnx", outputs=("swapped", "mask")), golden)
    assert report.outcome is Outcome.INTERFACE
    assert report.sentence == "INTERFACE: declared outputs swapped, mask, expected swapped"


def test_a_file_that_does_not_open_is_a_crash_in_one_line(golden, tmp_path):
    path = tmp_path / "damaged.onnx"
    path.write_bytes(b"not a model\n" * 9)
    report = run(path, golden)
    assert report.outcome is Outcome.CRASH
    assert report.sentence.startswith("CRASH: exit status 1: ")
    assert "\n" not in report.sentence
    assert report.samples == ()
    assert report.worst is None


def test_too_few_samples_prove_nothing(make, tmp_path):
    report = run(make("onnx"), tiny.golden(tmp_path / "g", [tiny.sample(i) for i in range(7)]))
    assert report.outcome is Outcome.NOT_CHECKED
    assert report.sentence.startswith("NOT_CHECKED: too few samples, at least 8")


def test_the_passes_are_a_part_of_the_time(make, golden):
    report = run(make("onnx"), golden)
    assert 0 < report.passes_seconds < report.seconds


def test_changed_limits_decide_and_stand_beside_the_default_ones(make, golden):
    gate = Gate((parse_limit("psnr_db=200"),))
    report = run(make("onnx"), golden, gate=gate)
    assert report.outcome is Outcome.TOO_FAR
    assert "(at least 200, expected 200)" in report.sentence
    assert report.limits.psnr_db.hard == 200
    assert report.default_limits == LIMITS["fp32"]
    assert run(make("onnx"), golden).limits == LIMITS["fp32"]


def test_a_waiver_is_for_what_was_not_checked_only(make, golden, tmp_path):
    few = tiny.golden(tmp_path / "g", [tiny.sample(i) for i in range(3)])
    gate = Gate(waivers=(Waiver("pytorch", "other"), Waiver("onnxruntime", "a first look")))
    report = run(make("onnx"), few, gate=gate)
    assert report.outcome is Outcome.NOT_CHECKED
    assert not report.passed
    assert report.waived
    assert report.sentence.endswith("; waived: a first look")
    assert not run(make("onnx"), few, gate=Gate(waivers=gate.waivers[:1])).waived
    assert run(make("onnx"), golden, gate=gate).waiver is None
    wrong = run(tiny_onnx.save(tmp_path / "wrong.onnx", scale=0.51), golden, gate=gate)
    assert wrong.outcome is Outcome.TOO_FAR
    assert not wrong.waived


def test_a_waiver_as_typed():
    assert parse_waiver(" tnn-fp16 = no phone at hand = today") == Waiver("tnn-fp16", "no phone at hand = today")
    for text, words in [
        ("onnxruntime", "expected RUNTIME=REASON"),
        ("onnxruntime= ", "expected RUNTIME=REASON"),
        ("=because", "expected RUNTIME=REASON"),
        ("ncnn=because", "unknown backend 'ncnn'"),
    ]:
        with pytest.raises(BadInput, match=words):
            parse_waiver(text)


def test_outputs_are_kept_when_asked_for(make, golden, tmp_path):
    report = run(make("onnx"), golden, keep=Keep(tmp_path / "kept", ("s2",)))
    kept = read_golden(tmp_path / "kept")
    assert {sample.name for sample in kept.samples} == {"s2", report.samples[report.worst].sample}
    expected = read_golden(golden).samples[2].outputs["swapped"]
    np.testing.assert_allclose(next(s for s in kept.samples if s.name == "s2").outputs["swapped"], expected, atol=1e-5)


def test_a_runtime_s_process_does_not_load_what_judges():
    heavy = "'skimage', 'scipy', 'PIL', 'torch'"
    code = f"import sys, mobileswap.runtimes.process.worker; sys.exit(any(m in sys.modules for m in ({heavy})))"
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0


# From here on the worker is replaced: what is judged never gets that far, or comes back as it went in.


@pytest.fixture
def no_worker(monkeypatch):
    def refuse(*_):
        raise AssertionError("a worker was started")

    monkeypatch.setattr("mobileswap.parity.check.run_job", refuse)


def test_an_input_that_the_golden_file_lacks_is_not_checked(make, golden, no_worker):
    report = run(make("onnx"), golden, inputs=[*tiny.INPUTS, replace(tiny.TARGET, name="mask")])
    assert report.outcome is Outcome.NOT_CHECKED
    assert "'mask'" in report.sentence


def test_an_input_between_the_levels_is_not_checked(make, tmp_path, no_worker):
    good = tiny.sample(0)
    dim = Sample("dim", {**good.inputs, "target": good.inputs["target"] * np.float32(0.7)}, good.outputs, tiny.SPECS)
    spec = replace(tiny.TARGET, dtype="uint8", value_range=(0, 255), data_range=255)
    report = run(make("onnx"), tiny.golden(tmp_path / "g", [dim]), inputs=[spec, tiny.VECTOR])
    assert report.outcome is Outcome.NOT_CHECKED
    assert "8-bit" in report.sentence


def test_an_input_that_is_not_finite_is_not_checked(make, tmp_path, no_worker):
    good = tiny.sample(0)
    bad = Sample(
        "bad", {**good.inputs, "embedding": good.inputs["embedding"] * np.float32(np.nan)}, good.outputs, tiny.SPECS
    )
    report = run(make("onnx"), tiny.golden(tmp_path / "g", [bad]))
    assert report.outcome is Outcome.NOT_CHECKED
    assert "sample bad, input embedding" in report.sentence


def test_a_runtime_that_is_not_there_is_unavailable(make, golden, no_worker, monkeypatch):
    monkeypatch.setattr(
        "mobileswap.parity.check.unavailable_reason", lambda name, program=None: f"{name} is not available: it rains"
    )
    report = run(make("onnx"), golden)
    assert report.outcome is Outcome.UNAVAILABLE
    assert report.sentence == "UNAVAILABLE: onnxruntime is not available: it rains"


def test_bad_input_is_told_before_a_process_is_started(make, golden, tmp_path, no_worker):
    empty = tmp_path / "empty.safetensors"
    empty.write_bytes(b"")
    for arguments, changes, words in [
        ((tmp_path / "gone.onnx", golden), {}, "gone.onnx: no such artifact"),
        ((make("onnx"), tmp_path / "gone"), {}, "not a golden file"),
        ((make("onnx"), empty), {}, "not a golden file"),
        ((make("onnx"), golden, "ncnn"), {}, "unknown backend 'ncnn'"),
        ((make("onnx"), golden), {"limits": "fp64"}, "unknown limits"),
        ((make("onnx"), golden), {"options": RunnerOptions(device="tpu")}, "no device 'tpu'"),
    ]:
        with pytest.raises(BadInput, match=words):
            run(*arguments, **changes)
