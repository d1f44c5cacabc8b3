"""Nothing takes its final name before its proof, and what was there before stays until then."""

import numpy as np
import pytest
from PIL import Image

from mobileswap.contracts.artifact import json_beside, read_artifact, require_unchanged
from mobileswap.contracts.errors import BadInput, GateFailed
from mobileswap.contracts.verdict import Outcome
from mobileswap.export.onnx import export as real_export
from mobileswap.export.written import Written
from mobileswap.model.rewrite import Rewrite
from mobileswap.pipeline.export import ExportOptions, artifact_name, export_one
from mobileswap.pipeline.identity_to_bake import read_identity

ONNX = ExportOptions("onnx", "generator", command="mobileswap export onnx")
NAME = "tiny-generator-fp32.onnx"


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def run(source, out, progress):
    """``run(options)`` exports to ``out``."""
    return lambda options=ONNX: export_one(source, options, out, progress)


def sabotaged(change):
    """An exporter that writes a file of a graph with changed weights."""

    def export(graph, path, request):
        change(graph.module)
        return real_export(graph, path, request)

    return lambda _: export


def a_little(module):
    module.conv.bias.add_(0.01)


def to_nan(module):
    module.conv.bias.fill_(float("nan"))


def bgr(module):
    module.conv.weight.copy_(module.conv.weight.flip(1))


def test_a_proven_artifact_has_its_name_its_json_and_its_golden_file(run, out, tree):
    done = run()
    assert done.accepted
    assert done.path == out / NAME
    names = tree(out)
    golden = [name for name in names if name.startswith("golden/")]
    assert len(golden) == 1
    assert names == sorted([NAME, f"{NAME}.json", *golden])
    artifact = read_artifact(done.path)
    assert artifact == done.artifact
    assert artifact.verified
    require_unchanged(artifact, out)


def test_artifact_json_says_where_it_came_from_and_what_was_found(run, source):
    artifact = run().artifact
    assert (artifact.family, artifact.component, artifact.format) == ("tiny", "generator", "onnx")
    assert artifact.weights == source.weights["generator"].record
    assert [(r.name, r.places) for r in artifact.rewrites] == [("fold-norm", 1)]
    assert artifact.options == {"opset": "18"}
    assert {"mobileswap", "torch", "onnx", "onnxscript", "onnxsim"} <= artifact.versions.keys()
    assert artifact.command == "mobileswap export onnx"
    (report,) = artifact.parity
    assert report.runtime == "onnxruntime"
    assert not report.reference_executor
    assert report.outcome is Outcome.PASS
    assert len(report.samples) == 16
    assert all(sample.metrics.psnr_db > 100 for sample in report.samples)
    assert report.limits.name == "fp32"


@pytest.mark.parametrize(
    ("change", "outcome"), [(a_little, Outcome.TOO_FAR), (bgr, Outcome.TOO_FAR), (to_nan, Outcome.NOT_FINITE)]
)
def test_a_wrong_file_is_rejected_with_its_report(run, out, tree, monkeypatch, change, outcome):
    monkeypatch.setattr("mobileswap.pipeline.export.exporter", sabotaged(change))
    done = run()
    assert not done.accepted
    assert done.path == out / "rejected" / NAME
    assert [name for name in tree(out) if not name.startswith("golden/")] == [
        f"rejected/{NAME}",
        f"rejected/{NAME}.json",
    ]
    artifact = read_artifact(done.path)
    assert not artifact.verified
    assert artifact.parity[0].outcome is outcome
    assert artifact.parity[0].sentence
    assert not list(out.glob(".*"))


def test_a_file_that_no_runtime_opens_is_rejected(run, out, monkeypatch):
    def write_nonsense(_, path, __):
        path.write_bytes(b"not a graph")
        return Written((path,))

    monkeypatch.setattr("mobileswap.pipeline.export.exporter", lambda _: write_nonsense)
    done = run()
    assert not done.accepted
    assert done.artifact.parity[0].outcome is Outcome.CRASH
    assert not (out / NAME).exists()


def test_a_good_artifact_is_kept_when_the_new_one_fails(run, out, proven, monkeypatch):
    before = {p: p.read_bytes() for p in (proven, json_beside(proven))}
    monkeypatch.setattr("mobileswap.pipeline.export.exporter", sabotaged(a_little))
    assert not run().accepted
    assert {p: p.read_bytes() for p in before} == before
    assert (out / "rejected" / NAME).exists()


def test_a_good_artifact_takes_the_place_of_an_older_one(out, proven, progress, weights):
    from mobileswap.pipeline.networks import load_networks

    first = read_artifact(proven)
    second = export_one(load_networks("tiny", (str(weights(1)),)), ONNX, out, progress)
    assert second.accepted
    assert second.artifact.sha256 != first.sha256
    require_unchanged(read_artifact(out / NAME), out)


FULL = OSError(28, "No space left on device")
BROKEN = RuntimeError("the converter stumbled")


@pytest.mark.parametrize(
    ("problem", "seen"), [(KeyboardInterrupt(), KeyboardInterrupt), (FULL, BadInput), (BROKEN, RuntimeError)]
)
@pytest.mark.parametrize("where", ["exporter", "check", "write_artifact", "publish"])
def test_whatever_happens_nothing_half_written_is_left(run, out, proven, monkeypatch, tree, problem, seen, where):
    before = {name: (out / name).read_bytes() for name in tree(out)}

    def fail(*_, **__):
        raise problem

    def write(_, path, __):
        path.write_bytes(b"half")
        if where == "exporter":
            raise problem
        return Written((path,))

    monkeypatch.setattr("mobileswap.pipeline.export.exporter", lambda _: write)
    if where != "exporter":
        monkeypatch.setattr(f"mobileswap.pipeline.export.{where}", fail)
    with pytest.raises(seen):
        run(ExportOptions("onnx", "generator", verify=where == "check"))
    assert {name: (out / name).read_bytes() for name in tree(out)} == before
    assert not list(out.glob(".*"))


def test_a_wrong_rewrite_stops_before_anything_is_written(out, source, progress):
    from dataclasses import replace

    def wrong(network):
        network.conv.bias.data += 1e-6
        return 1

    part = replace(source.component("generator"), rewrites=(Rewrite("shift", "it is not", wrong),))
    with pytest.raises(GateFailed, match="rewrite shift"):
        export_one(replace(source, components={**source.components, "generator": part}), ONNX, out, progress)
    assert not out.exists()


def test_no_verify_is_recorded_and_never_counts_as_verified(run, out):
    done = run(ExportOptions("onnx", "generator", verify=False, command="mobileswap export onnx --no-verify"))
    assert done.accepted
    artifact = read_artifact(out / NAME)
    assert artifact.parity == ()
    assert not artifact.verified
    assert "--no-verify" in artifact.command
    assert not (out / "golden").exists()


def test_parity_of_every_runtime_that_has_a_say_is_kept(run, out):
    (out / "tiny-generator-fp16.mlpackage").mkdir(parents=True)
    (out / "tiny-generator-fp16.mlpackage" / "old").write_text("a folder takes the place of a folder")
    done = run(ExportOptions("coreml", "generator"))
    assert done.accepted
    assert done.path.is_dir()
    assert not (done.path / "old").exists()
    assert {p.stat().st_mode & 0o777 for p in (done.path, *done.path.rglob("*"))} == {0o755, 0o644}
    assert [(r.runtime, r.limits.name) for r in done.artifact.parity if r.reference_executor] == [
        ("mil-fp16", "fp16-arithmetic"),
        ("mil-fp32", "fp16-weights"),
    ]
    require_unchanged(read_artifact(done.path), out)
    assert not list(out.glob(".*"))


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (ExportOptions("onnx", "generator"), "tiny-generator-fp32"),
        (ExportOptions("coreml", "generator"), "tiny-generator-fp16"),
        (ExportOptions("coreml", "generator", precision="fp32"), "tiny-generator-fp32"),
        (ExportOptions("pytorch", "embedder"), "tiny-embedder-fp32"),
        (ExportOptions("onnx", "generator", size=128), "tiny-generator-fp32-128"),
        (ExportOptions("onnx", "generator", io="image"), "tiny-generator-fp32-image"),
        (ExportOptions("onnx", "generator", precision="fp16", size=64, io="image"), "tiny-generator-fp16-64-image"),
    ],
)
def test_variants_lie_side_by_side(source, options, name):
    assert artifact_name(source, options) == name


@pytest.mark.parametrize(
    ("file", "part"),
    [("face.png", "face"), ("My Face (2).png", "My_Face_2_"), ("grace.hopper.png", "grace_hopper"), ("é.png", "_")],
)
def test_a_baked_identity_is_in_the_name(source, tmp_path, file, part):
    Image.fromarray(np.zeros((256, 256, 3), np.uint8)).save(tmp_path / file)
    person = read_identity(source, tmp_path / file, "generator")
    options = ExportOptions("onnx", "generator", identity=person)
    assert artifact_name(source, options) == f"tiny-generator-fp32-{part}_{person.record.sha256[:6]}"


def test_a_baked_identity_is_proven_and_recorded(run, source, tmp_path):
    np.save(tmp_path / "someone.npy", np.full(4, 0.5, np.float32))
    person = read_identity(source, tmp_path / "someone.npy", "generator")
    done = run(ExportOptions("onnx", "generator", identity=person))
    assert done.accepted
    assert done.path.name == f"tiny-generator-fp32-someone_{person.record.sha256[:6]}.onnx"
    assert done.artifact.identity == person.record
    assert [spec.name for spec in done.artifact.inputs] == ["target"]
    assert [r.name for r in done.artifact.rewrites] == ["fold-norm", "bake-identity"]


@pytest.mark.parametrize(
    "options",
    [
        ExportOptions("onnx", "embedder"),
        ExportOptions("onnx", "generator", size=64, io="image"),
        ExportOptions("onnx", "generator", precision="fp16"),
        ExportOptions("pytorch", "generator"),
    ],
)
def test_every_kind_of_artifact_proves_itself(run, options):
    done = run(options)
    assert done.accepted, [report.sentence for report in done.artifact.parity]
    assert done.artifact.verified


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (ExportOptions("tflite", "generator"), "format tflite: known are"),
        (ExportOptions("onnx", "generator", precision="int8"), "--precision int8: onnx takes fp32, fp16"),
        (ExportOptions("onnx", "generator", size=100), "--size 100"),
        (ExportOptions("onnx", "embedder", size=128), "--size 128: the tiny embedder only takes 256"),
        (ExportOptions("onnx", "generator", without=("x",)), "--no-rewrite x: the generator has fold-norm"),
        (ExportOptions("onnx", "generator", own={"opset": 17}), "--opset 17"),
    ],
)
def test_wrong_options_are_told_before_anything_is_written(run, out, options, said):
    with pytest.raises(BadInput, match=said):
        run(options)
    assert not out.exists()


def test_an_identity_for_the_reference_format_is_refused(run, source, tmp_path):
    np.save(tmp_path / "e.npy", np.full(4, 0.5))
    with pytest.raises(BadInput, match="--identity: pytorch is the untouched reference"):
        run(ExportOptions("pytorch", "generator", identity=read_identity(source, tmp_path / "e.npy", "generator")))


def test_a_component_that_the_weights_do_not_hold(weights, out, progress):
    from mobileswap.pipeline.networks import load_networks

    alone = load_networks("tiny", (str(weights(0, ("embedder",))),))
    with pytest.raises(BadInput, match="holds embedder, but the generator is needed"):
        export_one(alone, ONNX, out, progress)
    assert not out.exists()


@pytest.mark.parametrize("good", [True, False])
def test_all_files_of_an_artifact_move_together(run, out, monkeypatch, tree, good):
    def in_two_files(graph, path, request):
        if not good:
            a_little(graph.module)
        written = real_export(graph, path, request)
        path.with_suffix(".weights").write_bytes(b"weights")
        return Written((*written.files, path.with_suffix(".weights")))

    monkeypatch.setattr("mobileswap.pipeline.export.exporter", lambda _: in_two_files)
    done = run()
    assert done.accepted is good
    assert [record.name for record in done.artifact.files] == [NAME, "tiny-generator-fp32.weights"]
    require_unchanged(done.artifact, done.path.parent)
    home = "" if good else "rejected/"
    names = [name for name in tree(out) if not name.startswith("golden/")]
    assert names == [f"{home}{NAME}", f"{home}{NAME}.json", f"{home}tiny-generator-fp32.weights"]
