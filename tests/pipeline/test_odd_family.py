"""A family of another shape goes through everything that the released one does."""

import numpy as np
import odd_family
import pytest
from PIL import Image

from mobileswap.contracts.artifact import read_artifact
from mobileswap.contracts.bisection import SearchOutcome
from mobileswap.contracts.golden_file import read_golden
from mobileswap.contracts.verdict import Outcome
from mobileswap.pipeline.bisect import BisectOptions, bisect
from mobileswap.pipeline.export import ExportOptions, export_one
from mobileswap.pipeline.networks import load_networks
from mobileswap.pipeline.person import Person
from mobileswap.pipeline.swap import SwapOptions, Swapper

KINDS = [("onnx", "fp32", ".onnx"), ("coreml", "fp32", ".mlpackage"), ("coreml", "fp16", ".mlpackage")]


@pytest.fixture(autouse=True)
def _odd(monkeypatch):
    monkeypatch.setattr("mobileswap.model.families.FAMILIES", (odd_family.FAMILY,))


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return odd_family.checkpoint(tmp_path_factory.mktemp("odd") / "odd.pth")


@pytest.fixture
def networks(weights):
    return load_networks("odd", (str(weights),))


@pytest.fixture
def export(networks, tmp_path, progress):
    def run(component, format_="onnx", precision="fp32", **options):
        wanted = ExportOptions(format_, component, precision=precision, **options)
        return export_one(networks, wanted, tmp_path / "out", progress)

    return run


@pytest.mark.parametrize(("format_", "precision", "suffix"), KINDS)
@pytest.mark.parametrize("component", odd_family.FAMILY.components)
def test_every_component_is_proven(export, component, format_, precision, suffix):
    done = export(component, format_, precision)
    assert done.accepted, [report.sentence for report in done.artifact.parity]
    assert done.path.name == f"odd-{component}-{precision}{suffix}"
    outputs = {sample.output for report in done.artifact.parity for sample in report.samples}
    assert outputs == {spec.name for spec in done.artifact.outputs}
    assert done.artifact.role == read_artifact(done.path).role


def test_golden_files_keep_the_component_s_own_layout(export):
    golden = read_golden(export("drafter").golden)
    sample = golden.samples[0]
    assert sample.inputs["target"].shape == (1, 24, 32, 3)
    assert sample.inputs["latent"].shape == (1, 4, 8)
    assert sample.inputs["target"].min() >= 0
    assert {name: array.shape[-1] for name, array in sample.outputs.items()} == {"draft": 3, "face": 1, "gap": 1}


def test_what_goes_into_the_second_stage_is_what_the_first_gives(export):
    """Both have their weights here, so that nothing is drawn where photographs go in."""
    drafts = {one.name: one for one in read_golden(export("drafter").golden).samples}
    name = "eileen_collins-as-grace_hopper"
    (fed,) = (one for one in read_golden(export("refiner").golden).samples if one.name == "eileen_collins")
    np.testing.assert_array_equal(fed.inputs["target"], drafts[name].inputs["target"])
    own = drafts["eileen_collins-as-eileen_collins"]
    np.testing.assert_allclose(fed.inputs["draft"], own.outputs["draft"], atol=1e-6)
    np.testing.assert_allclose(fed.inputs["where"], own.outputs["face"], atol=1e-6)


def test_pictures_in_and_out(export):
    done = export("drafter", io="image")
    assert done.accepted, [report.sentence for report in done.artifact.parity]
    target, latent = done.artifact.inputs
    assert (target.dtype, target.colour, target.shape) == ("uint8", "RGB", (1, 24, 32, 3))
    assert latent == odd_family.LATENT
    assert [spec.dtype for spec in done.artifact.outputs] == ["uint8", "float32", "float32"]


@pytest.mark.parametrize(("format_", "precision"), [("onnx", "fp32"), ("coreml", "fp16")])
def test_a_healthy_file_is_found_so_with_all_its_outputs(export, weights, tmp_path, progress, format_, precision):
    done = export("drafter", format_, precision)
    found = bisect(done.path, BisectOptions(tmp_path, (str(weights),)), progress)
    assert found.finding is SearchOutcome.HEALTHY, found.sentence
    ends = [one for one in found.searches[0].operations if one.place.startswith("~:output")]
    assert [one.tensor for one in ends] == ["draft", "face", "gap"]


def test_a_swap_goes_through_both_stages(export, networks, tmp_path, progress):
    for component in odd_family.FAMILY.components:
        export(component)
    faces = {}
    for name, level in (("who", 40), ("frame", 200)):
        pixels = np.random.default_rng(level).integers(0, 256, (24, 32, 3)).astype(np.uint8)
        faces[name] = pixels
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    swapper = Swapper(tmp_path / "out" / "odd-refiner-fp32.onnx", SwapOptions())
    done = swapper.swap(Person(tmp_path / "who.png"), tmp_path / "frame.png", tmp_path / "o.png", progress)
    assert done.refused == ()
    with Image.open(tmp_path / "o.png") as image:
        drawn = np.asarray(image).astype(int)
    assert np.abs(drawn - _by_hand(networks, faces)).max() <= 1


def _by_hand(networks, faces):
    """The chain in PyTorch, BGR in [0, 1], back to RGB levels."""
    import torch

    who, frame = (torch.from_numpy(faces[name][None, ..., ::-1].copy()).float() / 255 for name in ("who", "frame"))
    with torch.no_grad():
        draft, face, _ = networks.network("drafter")(frame, networks.network("encoder")(who))
        refined = networks.network("refiner")(draft, frame, face)
    return np.rint(refined[0].numpy()[..., ::-1] * 255)


def test_frames_are_timed_through_both_stages(export, tmp_path, progress, monkeypatch):
    from mobileswap.contracts.bench_result import Scenario
    from mobileswap.pipeline.bench_options import BenchOptions
    from mobileswap.pipeline.measure import measure

    monkeypatch.setattr("mobileswap.pipeline.measure.measure_peak", lambda *_: None)
    for component in odd_family.FAMILY.components:
        export(component)
    options = BenchOptions(runs=2, warmup=0, scenario=Scenario.SWAP)
    path = tmp_path / "out" / "odd-refiner-fp32.onnx"
    (run,) = measure([("onnxruntime", path)], options, tmp_path / "out", progress, "").runs
    assert run.outcome is Outcome.PASS, run.detail
    assert run.embedding_ms > 0
    assert run.verified
    parts = [read_artifact(tmp_path / "out" / f"odd-{name}-fp32.onnx") for name in ("drafter", "refiner")]
    assert run.flops == sum(part.flops for part in parts)


def test_a_release_of_it_has_tables_pictures_and_a_page(networks, tmp_path, progress, monkeypatch):
    from mobileswap.pipeline import release as release_step
    from mobileswap.pipeline.bench_options import BenchOptions

    monkeypatch.setattr(release_step, "CONTENTS", (("onnx", "fp32"), ("coreml", "fp32")))
    monkeypatch.setattr("mobileswap.pipeline.measure.measure_peak", lambda *_: None)
    released = release_step.release(networks, tmp_path / "r", BenchOptions(runs=2, warmup=0), progress, "")
    assert released.passed
    speed, sizes, _ = released.tables
    timed = {row[5] for row in speed.rows}
    assert timed >= {"odd drafter fp32", "odd refiner fp32"}
    assert not any("encoder" in name for name in timed)  # it runs once per person
    assert any("drafter + refiner + encoder" in row[-1] for row in sizes.rows)
    page = (tmp_path / "r" / "report.html").read_text()
    assert "odd-drafter" in page
    drawn = {path.name for path in (tmp_path / "r" / "pictures").rglob("*.png")}
    assert any("face-difference" in name for name in drawn)  # a mask
    assert any("refined-difference" in name for name in drawn)
