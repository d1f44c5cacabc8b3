"""Pictures of an artifact's outputs beside the model's, and the folder they lie in."""

import json
from dataclasses import replace

import numpy as np
import pytest
import tiny
from PIL import Image

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.golden_file import Golden, GoldenHeader, Sample, SampleNote, write_golden
from mobileswap.contracts.parity_results import read_parity
from mobileswap.contracts.spec import Kind, TensorSpec
from mobileswap.contracts.verdict import Outcome
from mobileswap.reports.parity_folder import Evidence, write_parity_folder
from mobileswap.reports.picture_files import write_pictures

LEVEL = 2 / 255


def golden(spec=tiny.SWAPPED, **outputs):
    """A golden file's content with one sample per keyword."""
    notes = tuple(SampleNote(name, "drawn") for name in outputs)
    header = GoldenHeader("tiny", "generator", "0" * 64, "0", (), ("swapped",), notes, (replace(spec, name="swapped"),))
    named = {"swapped": spec}
    samples = (Sample(name, {}, {"swapped": np.float32(array)}, named) for name, array in outputs.items())
    return Golden(header, tuple(samples))


def pixels(folder, name):
    with Image.open(folder / name) as picture:
        return np.asarray(picture)


@pytest.fixture
def drawn(tmp_path):
    """A reference of level 100; an artifact that is right but for three pixels."""
    reference = np.full((1, 3, 4, 5), 100 / 127.5 - 1)
    got = reference.copy()
    got[0, 0, 0, 0] += LEVEL
    got[0, 1, 1, 1] -= 9 * LEVEL
    got[0, 2, 2, 2] = np.nan
    (one,) = write_pictures(golden(s=reference), golden(s=got), "onnxruntime", tmp_path / "p", tmp_path)
    return tmp_path, one


def test_reference_and_artifact_as_they_look(drawn):
    folder, one = drawn
    assert (one.runtime, one.sample, one.output) == ("onnxruntime", "s", "swapped")
    assert one.reference == "p/s-swapped-reference.png"
    assert (pixels(folder, one.reference) == 100).all()
    artifact = pixels(folder, one.artifact)
    assert artifact.shape == (4, 5, 3)
    assert artifact[0, 0].tolist() == [101, 100, 100]
    assert artifact[1, 1].tolist() == [100, 91, 100]


def test_the_difference_is_32_times_as_bright_and_what_is_not_finite_is_magenta(drawn):
    folder, one = drawn
    difference = pixels(folder, one.difference)
    assert difference[0, 0].tolist() == [32, 0, 0]
    assert difference[1, 1].tolist() == [0, 255, 0]  # 9 × 32 is clipped
    assert difference[2, 2].tolist() == [255, 0, 255] == pixels(folder, one.artifact)[2, 2].tolist()
    assert not difference[3].any()


def test_a_vector_has_no_picture(tmp_path):
    given = golden(tiny.VECTOR, s=np.zeros((1, 4)))
    assert write_pictures(given, given, "onnxruntime", tmp_path / "p", tmp_path) == ()


def test_a_mask_is_drawn_in_grey(tmp_path):
    mask = TensorSpec("mask", (1, 1, 2, 2), "float32", "NCHW", (0.0, 1.0), 1.0, "where the face is", Kind.MASK)
    given = golden(mask, s=np.array([[[[0, 1], [0.2, 0.4]]]]))
    (one,) = write_pictures(given, given, "onnxruntime", tmp_path / "p", tmp_path)
    assert pixels(tmp_path, one.artifact).tolist() == [[[0] * 3, [255] * 3], [[51] * 3, [102] * 3]]


def test_a_name_with_odd_characters_stays_in_its_folder(tmp_path):
    picture = np.zeros((1, 3, 2, 2))
    given = golden(**{"../../a b": picture})
    (one,) = write_pictures(given, given, "onnxruntime", tmp_path / "p", tmp_path)
    assert one.artifact == "p/_a_b-swapped-artifact.png"


@pytest.fixture
def evidence(make, tmp_path):
    picture = np.zeros((1, 3, 8, 8))
    write_golden(golden(s=picture, t=picture), tmp_path / "golden")
    write_golden(golden(t=picture + 0.1), tmp_path / "kept")
    return Evidence(make.artifact(), tmp_path / "golden", {"onnxruntime": tmp_path / "kept", "mil": tmp_path / "none"})


def test_the_folder_holds_all_that_a_report_needs(evidence, tmp_path):
    folder = tmp_path / "report"
    result = write_parity_folder(folder, [evidence], "mobileswap parity check x.onnx")
    assert read_parity(folder / "parity.json") == result
    (artifact,) = result.artifacts
    assert artifact.reports == evidence.artifact.parity
    (one,) = artifact.pictures
    assert one.sample == "t"
    for name in (one.reference, one.artifact, one.difference):
        assert name.startswith("pictures/mobilefsgan-generator-fp32.onnx/onnxruntime/t-")
        assert (folder / name).exists()
        assert f"![]({name})" in (folder / "parity.md").read_text()


def test_without_pictures_the_report_is_whole(make, tmp_path):
    evidence = [Evidence(make.artifact(), tmp_path / "none"), Evidence(make.artifact("coreml"), tmp_path / "none")]
    result = write_parity_folder(tmp_path, evidence, "")
    assert [artifact.pictures for artifact in result.artifacts] == [(), ()]
    assert "Pictures" not in (tmp_path / "parity.md").read_text()


def test_a_parity_json_that_is_none(evidence, tmp_path):
    write_parity_folder(tmp_path / "r", [evidence], "")
    path = tmp_path / "r" / "parity.json"
    content = json.loads(path.read_text())
    for text, words in [
        ("{", "expected a JSON file"),
        ("[]", "not a parity.json of schema 1"),
        (json.dumps({**content, "schema": 2}), "schema 2, this mobileswap reads 1"),
    ]:
        path.write_text(text)
        with pytest.raises(BadInput, match=words):
            read_parity(path)


def test_the_same_artifact_with_other_limits_is_another_result(evidence, make, tmp_path):
    other = replace(evidence, artifact=replace(evidence.artifact, parity=(make.report(outcome=Outcome.TOO_FAR),)))
    first, second = (write_parity_folder(tmp_path / str(i), [one], "") for i, one in enumerate((evidence, other)))
    assert first.artifacts[0].accepted
    assert not second.artifacts[0].accepted
