"""An artifact is reused only where it is what would be made now."""

from dataclasses import replace

import pytest

from mobileswap.contracts.artifact import json_beside, read_artifact, write_artifact
from mobileswap.contracts.bench_result import Doubt, Peak
from mobileswap.contracts.errors import BadInput, GateFailed
from mobileswap.contracts.verdict import Outcome
from mobileswap.pipeline.bench_options import BenchOptions
from mobileswap.pipeline.export import ExportOptions, export_one
from mobileswap.pipeline.measure import format_of, measure
from mobileswap.pipeline.networks import load_networks
from mobileswap.pipeline.reuse import find_golden, found_or_exported

ONNX = ExportOptions("onnx", "generator")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def found(source, out, progress):
    """``found(options, source)``: the path, and whether it was there already."""

    def run(options=ONNX, given=None):
        path = out / "tiny-generator-fp32.onnx"
        before = path.stat().st_mtime_ns if path.exists() else None
        result = found_or_exported(given or source, options, out, progress)
        assert result == path
        return result.stat().st_mtime_ns == before

    return run


def test_a_proven_one_is_reused(found, proven):
    assert found()
    assert found()
    assert proven.exists()


def test_what_is_not_there_is_made(found):
    assert not found()
    assert found()


@pytest.mark.usefixtures("proven")
def test_other_weights_are_exported_anew(found, weights):
    assert not found(given=load_networks("tiny", (str(weights(1)),)))


@pytest.mark.parametrize("damage", ["a byte of the file", "no json", "json of another kind", "no file"])
def test_what_is_damaged_is_exported_anew(found, proven, damage):
    path = proven
    if damage == "a byte of the file":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif damage == "no json":
        json_beside(path).unlink()
    elif damage == "json of another kind":
        json_beside(path).write_text("{}")
    else:
        path.unlink()
    assert not found()
    assert found()


def test_an_unproven_one_is_exported_anew(found, proven):
    write_artifact(replace(read_artifact(proven), parity=()), json_beside(proven))
    assert not found()
    assert read_artifact(proven).verified


def test_another_version_of_a_tool_is_exported_anew(found, proven):
    artifact = read_artifact(proven)
    write_artifact(replace(artifact, versions={**artifact.versions, "torch": "1.0"}), json_beside(proven))
    assert not found()


@pytest.mark.parametrize("other", [{"without": ("fold-norm",)}, {"own": {"opset": 20}}])
def test_another_option_is_exported_anew(found, source, out, progress, other):
    export_one(source, replace(ONNX, **other), out, progress)
    assert not found()


def test_one_that_does_not_pass_is_not_timed(found, monkeypatch):
    from mobileswap.export.onnx import export

    def shifted(graph, path, request):
        graph.module.conv.bias.add_(0.1)
        return export(graph, path, request)

    monkeypatch.setattr("mobileswap.pipeline.export.exporter", lambda _: shifted)
    with pytest.raises(GateFailed, match=r"rejected/tiny-generator-fp32\.onnx: not timed, because it is not proven"):
        found()


def test_the_golden_file_is_found_by_its_hash(proven, out):
    artifact = read_artifact(proven)
    path = find_golden(artifact, (out, out / "golden"))
    assert path is not None
    assert path.parent == out / "golden"
    path.write_bytes(path.read_bytes() + b" ")
    assert find_golden(artifact, (out, out / "golden")) is None


@pytest.fixture
def multiplied(monkeypatch):
    """Which matrix products were asked for; a real one imports PyTorch anew."""
    asked = []

    def measure_peak(device, dtype, threads):
        asked.append((device, dtype, threads))
        return Peak(device, dtype, threads, 100.0)

    monkeypatch.setattr("mobileswap.pipeline.measure.measure_peak", measure_peak)
    return asked


def test_passes_are_timed_and_every_sample_kept(proven, out, progress, multiplied):
    result = measure([("onnxruntime", proven)], BenchOptions(runs=5, warmup=1), out, progress, "bench run")
    (run,) = result.runs
    assert run.outcome is Outcome.PASS, run.detail
    assert len(run.samples_ms) == 5
    assert run.verified
    assert run.trained
    assert run.flops == 2 * 3 * 3 * 256 * 256 + 2 * 3 * 4  # a 1×1 convolution and a fully connected layer
    assert Doubt.FEW_RUNS in [flag.doubt for flag in run.flags]
    assert (result.command, result.interleaved) == ("bench run", False)
    assert multiplied == [("cpu", "fp32", 1)]
    assert result.share_of_peak(run) == pytest.approx(run.flops / run.summary.median_ms / 1e6 / 100)
    assert not list(out.glob(".*"))


def test_several_take_turns_and_one_that_fails_leaves_the_others(proven, out, progress, multiplied, tmp_path):
    # without its parity it has no golden file, so that noise goes in
    write_artifact(replace(read_artifact(proven), parity=()), json_beside(proven))
    options = BenchOptions(runs=12, warmup=1)
    paths = [("onnxruntime", proven), ("coreml", proven), ("onnxruntime", proven)]
    with pytest.raises(BadInput, match="coreml opens coreml"):
        measure(paths, options, out, progress, "")
    result = measure(paths[::2], options, out, progress, "")
    assert result.interleaved
    assert [run.outcome for run in result.runs] == [Outcome.PASS] * 2
    assert result.runs[0].blocks == result.runs[1].blocks
    assert all(Doubt.UNVERIFIED in [flag.doubt for flag in run.flags] for run in result.runs)
    assert len(multiplied) == 1


def test_a_reference_executor_has_no_time(found):
    assert format_of("onnxruntime") == "onnx"
    with pytest.raises(BadInput, match="--backend mil-fp32: a reference executor"):
        format_of("mil-fp32")
    with pytest.raises(BadInput, match="nnapi"):
        format_of("nnapi")
