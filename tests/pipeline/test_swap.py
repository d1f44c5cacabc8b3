"""Faces through an artifact: what it draws is what PyTorch computes; every wrong use is named."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from mobileswap.command.app import app
from mobileswap.contracts.artifact import json_beside, read_artifact, write_artifact
from mobileswap.contracts.bench_result import Scenario
from mobileswap.contracts.errors import BadInput, GateFailed, Unavailable
from mobileswap.contracts.spec import TensorSpec
from mobileswap.contracts.verdict import Outcome
from mobileswap.model.inputs.pictures import as_input, photographs
from mobileswap.pipeline.bench_options import BenchOptions
from mobileswap.pipeline.export import ExportOptions, export_one
from mobileswap.pipeline.identity_to_bake import read_identity
from mobileswap.pipeline.measure import measure, require_backend
from mobileswap.pipeline.person import Person, runtime_of
from mobileswap.pipeline.progress import Silent
from mobileswap.pipeline.swap import SwapOptions, Swapper

NAME = "tiny-generator-fp32.onnx"


@pytest.fixture(scope="session")
def _both(tmp_path_factory):
    return tmp_path_factory.mktemp("both") / "out"


FACE = TensorSpec("target", (1, 3, 256, 256), "float32", "NCHW", (-1.0, 1.0), 2.0, "a face")


@pytest.fixture
def folder(_both, source, tmp_path):
    """Generator and embedder in ONNX with their golden files."""
    if not _both.exists():
        for component in ("generator", "embedder"):
            assert export_one(source, ExportOptions("onnx", component), _both, Silent()).accepted
    return shutil.copytree(_both, tmp_path / "out")


@pytest.fixture
def faces(tmp_path):
    """Two photographs as PNG files in a folder of their own."""
    place = tmp_path / "faces"
    place.mkdir()
    for name, pixels in photographs(256, 256).items():
        Image.fromarray(pixels).save(place / f"{name}.png")
    return place


@pytest.fixture(autouse=True)
def _no_peak(monkeypatch):
    """It takes seconds and is not what these tests are about."""
    monkeypatch.setattr("mobileswap.pipeline.measure.measure_peak", lambda *_: None)


@pytest.fixture
def whose(faces):
    return Person(sorted(faces.iterdir())[0])


@pytest.fixture
def drawn(source):
    """``drawn(pixels, of)``: what the untouched networks make of a target and a photograph, in levels."""

    def draw(pixels, of):
        with torch.no_grad():
            embedding = source.network("embedder")(torch.from_numpy(as_input(of, FACE)))
            swapped = source.network("generator")(torch.from_numpy(as_input(pixels, FACE)), embedding)
        return (swapped[0].permute(1, 2, 0).numpy() + 1) * 127.5

    return draw


def pixels_of(path):
    return np.asarray(Image.open(path)).astype(float)


def test_a_picture_is_what_pytorch_draws(folder, faces, whose, drawn, progress, tmp_path):
    target, out = faces / "grace_hopper.png", tmp_path / "new" / "out.png"
    done = Swapper(folder / NAME, SwapOptions()).swap(whose, target, out, progress)
    assert (done.written, done.refused) == ((out,), ())
    expected = drawn(pixels_of(target).astype(np.uint8), pixels_of(whose.source).astype(np.uint8))
    assert np.abs(pixels_of(out) - expected).max() < 0.51
    assert [path.name for path in out.parent.iterdir()] == ["out.png"]


def test_a_folder_keeps_its_names_and_tells_what_it_could_not_read(folder, faces, whose, progress, tmp_path):
    (faces / "broken.jpg").write_bytes(b"no picture")
    Image.new("RGB", (128, 128)).save(faces / "small.bmp")
    (faces / "notes.txt").write_text("not a picture's name")
    out = tmp_path / "swapped"
    done = Swapper(folder / NAME, SwapOptions()).swap(whose, faces, out, progress)
    assert sorted(path.name for path in out.iterdir()) == ["eileen_collins.png", "grace_hopper.png"]
    broken, small = done.refused
    assert broken.startswith(f"--target {faces / 'broken.jpg'}: not a picture that can be read")
    assert "expected an aligned RGB face of 256×256 pixels, came 128×128" in small


def test_pictures_of_several_processes(folder, faces, whose, progress, tmp_path, monkeypatch):
    monkeypatch.setattr("mobileswap.pipeline.swap._AT_ONCE", 1)
    done = Swapper(folder / NAME, SwapOptions()).swap(whose, faces, tmp_path / "swapped", progress)
    assert [path.name for path in done.written] == ["eileen_collins.png", "grace_hopper.png"]


def test_an_embedding_and_a_checkpoint_do_as_well(folder, faces, whose, source, weights, progress, tmp_path):
    target = faces / "grace_hopper.png"
    swapper = Swapper(folder / NAME, SwapOptions())
    swapper.swap(whose, target, tmp_path / "a.png", progress)
    np.save(tmp_path / "e.npy", read_identity(source, whose.source, "generator").value)
    swapper.swap(Person(tmp_path / "e.npy"), target, tmp_path / "b.png", progress)
    swapper.swap(Person(whose.source, weights=(str(weights()),)), target, tmp_path / "c.png", progress)
    elsewhere = shutil.copytree(folder, tmp_path / "elsewhere")
    for file in folder.glob("*embedder*.onnx*"):
        file.unlink()
    given = Person(whose.source, embedder=elsewhere / "tiny-embedder-fp32.onnx")
    swapper.swap(given, target, tmp_path / "d.png", progress)
    for name in "bcd":
        assert np.abs(pixels_of(tmp_path / f"{name}.png") - pixels_of(tmp_path / "a.png")).max() <= 1
    with pytest.raises(BadInput, match=r"no tiny-embedder-\*\.onnx lies beside it; give one with --embedder"):
        swapper.swap(whose, target, tmp_path / "e.png", progress)


def test_a_baked_identity_needs_no_source(source, whose, faces, progress, tmp_path):
    options = ExportOptions("onnx", "generator", identity=read_identity(source, whose.source, "generator"))
    path = export_one(source, options, tmp_path / "baked", progress).path
    swapper = Swapper(path, SwapOptions())
    swapper.swap(Person(), faces / "grace_hopper.png", tmp_path / "a.png", progress)
    with pytest.raises(BadInput, match="has its identity baked in; leave --source out"):
        swapper.swap(whose, faces / "grace_hopper.png", tmp_path / "b.png", progress)
    result = measure([("onnxruntime", path)], FRAMES, tmp_path / "baked", progress, "")
    assert (result.runs[0].embedding_ms, result.runs[0].embedder_sha256) == (0.0, "")
    assert result.runs[0].outcome is Outcome.PASS


WRONG = {
    "no source": (lambda p: (Person(), p / "faces/grace_hopper.png", p / "o.png"), "takes an embedding; give a photo"),
    "no such source": (
        lambda p: (Person(p / "who.png"), p / "faces/grace_hopper.png", p / "o.png"),
        "--source .*who.png: no such file",
    ),
    "no such target": (lambda p: (WHO, p / "nobody.png", p / "o.png"), "--target .*nobody.png: no such file"),
    "no pictures": (lambda p: (WHO, p / "out/golden", p / "o"), "expected pictures in it"),
    "a small target": (lambda p: (WHO, small(p), p / "o.png"), "--target .*small.png: expected an aligned RGB face"),
    "no picture's name": (lambda p: (WHO, p / "faces/grace_hopper.png", p / "o.gif"), "-o .*o.gif: expected the name"),
    "a folder": (lambda p: (WHO, p / "faces/grace_hopper.png", p / "faces"), "-o .*faces: expected the name"),
    "a file for a folder": (lambda p: (WHO, p / "faces", p / "out" / NAME), "-o .*onnx: expected a folder"),
    "the target itself": (
        lambda p: (WHO, p / "faces/grace_hopper.png", p / "faces/grace_hopper.png"),
        "this is the target itself",
    ),
    "the targets themselves": (lambda p: (WHO, p / "faces", p / "faces"), "these are the targets themselves"),
    "two embedders": (
        lambda p: (Person(p / "faces/grace_hopper.png", p, ("seeded",)), p / "faces", p / "o"),
        "--embedder and --weights exclude each other",
    ),
    "no embedder": (
        lambda p: (Person(p / "faces/grace_hopper.png", p / "out" / NAME), p / "faces", p / "o"),
        r"--embedder .*: expected the embedder, the generator came",
    ),
}
WHO = None  # the test's own


def small(place):
    Image.new("RGB", (128, 128)).save(place / "small.png")
    return place / "small.png"


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.usefixtures("faces")
def test_a_wrong_use_leaves_nothing(folder, whose, progress, tmp_path, case):
    make, words = WRONG[case]
    person, target, out = make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadInput, match=words):
        Swapper(folder / NAME, SwapOptions()).swap(person or whose, target, out, progress)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_embedder_is_no_generator(folder):
    with pytest.raises(BadInput, match="expected the generator, this is the embedder"):
        Swapper(folder / "tiny-embedder-fp32.onnx", SwapOptions())


def test_a_changed_artifact_is_not_run(folder):
    (folder / NAME).write_bytes((folder / NAME).read_bytes() + b" ")
    with pytest.raises(BadInput, match="SHA-256"):
        Swapper(folder / NAME, SwapOptions())


def test_a_process_that_dies_leaves_the_old_picture(folder, faces, source, progress, tmp_path, monkeypatch):
    (tmp_path / "o.png").write_bytes(b"old")
    np.save(tmp_path / "e.npy", read_identity(source, faces / "grace_hopper.png", "generator").value)
    (tmp_path / "onnxruntime.py").write_text("import os; os.abort()")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(GateFailed, match="in onnxruntime: CRASH: ended by SIGABRT"):
        Swapper(folder / NAME, SwapOptions()).swap(
            Person(tmp_path / "e.npy"), faces / "grace_hopper.png", tmp_path / "o.png", progress
        )
    assert (tmp_path / "o.png").read_bytes() == b"old"


def test_the_vendors_runtime_goes_before_our_own_executor(folder, monkeypatch):
    artifact = read_artifact(folder / NAME)
    assert runtime_of(artifact, None)[0].name == "onnxruntime"
    monkeypatch.setattr("sys.platform", "linux")
    on_a_phone = artifact.__class__(**{**vars(artifact), "format": "coreml", "precision": "fp16"})
    assert runtime_of(on_a_phone, None)[0].name == "mil-fp16"
    with pytest.raises(BadInput, match="onnxruntime has no device 'tpu'"):
        runtime_of(artifact, None, "tpu")
    with pytest.raises(Unavailable, match="has no QNNExecutionProvider"):
        runtime_of(artifact, None, "qnn")


FRAMES = BenchOptions(runs=3, warmup=1, scenario=Scenario.SWAP)


def test_frames_are_timed_with_the_embedding_apart(folder, progress):
    (run,) = measure([("onnxruntime", folder / NAME)], FRAMES, folder, progress, "").runs
    assert run.outcome is Outcome.PASS, run.detail
    assert (run.scenario, len(run.samples_ms), run.verified) == (Scenario.SWAP, 3, True)
    assert run.embedding_ms > 0
    assert run.artifact_sha256 == read_artifact(folder / NAME).sha256
    assert run.embedder_sha256 == read_artifact(folder / "tiny-embedder-fp32.onnx").sha256


def test_an_unproven_embedder_is_told(folder, progress):
    path = folder / "tiny-embedder-fp32.onnx"
    artifact = read_artifact(path)
    write_artifact(artifact.__class__(**{**vars(artifact), "parity": ()}), json_beside(path))
    (run,) = measure([("onnxruntime", folder / NAME)], FRAMES, folder, progress, "").runs
    assert (run.outcome, run.verified) == (Outcome.PASS, False)


def test_a_swap_that_cannot_be_timed(folder, progress):
    with pytest.raises(BadInput, match="--scenario swap: tnn takes its times by itself"):
        require_backend("tnn", FRAMES)
    with pytest.raises(BadInput, match="expected the generator, this is the embedder"):
        measure([("onnxruntime", folder / "tiny-embedder-fp32.onnx")], FRAMES, folder, progress, "")
    (folder / "tiny-embedder-fp32.onnx").unlink()
    with pytest.raises(BadInput, match=r"no tiny-embedder-\*\.onnx lies beside it; export it there too"):
        measure([("onnxruntime", folder / NAME)], FRAMES, folder, progress, "")


def test_the_command_says_what_to_think_of_it(folder, faces, whose, tmp_path, capsys):
    (faces / "broken.png").write_bytes(b"no picture")
    path = folder / NAME
    artifact = read_artifact(path)
    untrained = artifact.weights.__class__(**{**vars(artifact.weights), "trained": False})
    write_artifact(artifact.__class__(**{**vars(artifact), "parity": (), "weights": untrained}), json_beside(path))
    words = ["--artifact", path, "--target", faces, "-o", tmp_path / "o", "--source", whose.source, "--threads", 1]
    assert app(args=["swap", *map(str, words)], standalone_mode=False) == 2
    out, err = capsys.readouterr()
    assert out == f"wrote 2 pictures to {tmp_path / 'o'}\n"
    assert "UNTRAINED weights: what they draw is no face" in err
    assert f"{NAME} is UNVERIFIED" in err
    assert "broken.png: not a picture that can be read" in err
