"""A benchmark of one artifact, file to BenchRun."""

import pytest
import tiny

from mobileswap.bench.benchmark import bench, prepare
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import sha256_of, size_of
from mobileswap.contracts.verdict import Outcome
from mobileswap.runtimes.plan import Plan

QUICK = {"plan": Plan(runs=5, warmup=1, warmup_s=0.0), "timeout_s": 60}


def bench_artifact(*arguments, **options):
    (run,) = bench([prepare(*arguments, **options)], timeout_s=60)
    return run


@pytest.fixture
def artifact(make, tmp_path):
    path = tmp_path / "tiny-generator-fp32.onnx"
    path.write_bytes(make("onnx").read_bytes())
    return tiny.with_json(path, "onnx")


def test_every_pass_is_kept_with_what_it_was_taken_on(artifact, golden):
    run = bench_artifact(artifact, "onnxruntime", golden, **QUICK)
    assert run.outcome is Outcome.PASS
    assert run.detail == ""
    assert len(run.samples_ms) == 5
    assert run.summary.min_ms == min(run.samples_ms)
    assert (run.backend, run.device, run.threads, run.warmup) == ("onnxruntime", "cpu", 1, 1)
    assert (run.family, run.component, run.precision) == ("tiny", "generator", "fp32")
    assert run.backend_version.startswith("onnxruntime ")
    assert run.artifact_sha256 == sha256_of(artifact)
    assert run.size_bytes == size_of(artifact)
    assert run.load_ms > 0
    assert run.first_pass_ms > 0
    assert run.peak_memory_bytes > 0
    assert not run.verified  # its artifact.json has no parity report
    assert not run.trained


def test_a_backend_that_dies_is_a_run_with_a_name(artifact, golden, fake_onnxruntime):
    fake_onnxruntime("import os; os.abort()")
    run = bench_artifact(artifact, "onnxruntime", golden, **QUICK)
    assert run.outcome is Outcome.CRASH
    assert "SIGABRT" in run.detail
    assert run.summary is None
    assert run.samples_ms == ()
    assert run.artifact == "tiny-generator-fp32"


def test_a_backend_that_is_not_there_is_a_run_with_its_reason(artifact, golden, monkeypatch):
    monkeypatch.setattr("mobileswap.runtimes.runtime_entries.find_spec", lambda _: None)
    run = bench_artifact(artifact, "onnxruntime", golden, **QUICK)
    assert run.outcome is Outcome.UNAVAILABLE
    assert "not installed" in run.detail


def test_an_artifact_that_was_changed_is_not_timed(artifact, golden):
    artifact.write_bytes(artifact.read_bytes() + b" ")
    with pytest.raises(BadInput, match="SHA-256"):
        bench_artifact(artifact, "onnxruntime", golden, **QUICK)


def test_a_reference_executor_is_not_timed(make, tmp_path, golden):
    path = tiny.with_json(make("coreml", "fp16"), "coreml")
    with pytest.raises(BadInput, match="mil-fp16 is our own executor"):
        bench_artifact(path, "mil-fp16", golden, **QUICK)


def test_a_backend_of_another_format_is_refused(artifact, golden):
    with pytest.raises(BadInput, match=r"pytorch opens pytorch.* is onnx; expected backend onnxruntime"):
        bench_artifact(artifact, "pytorch", golden, **QUICK)


def test_no_threads_are_refused(artifact, golden):
    with pytest.raises(BadInput, match="expected threads"):
        prepare(artifact, "onnxruntime", golden, threads=0)
