import numpy as np
import pytest

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import sha256_of
from mobileswap.weights import catalogue
from mobileswap.weights.catalogue import Recipe, find_weights, listed, manifest, verified
from mobileswap.weights.manifest import FOLDER, read_manifest


def test_seeded_weights_say_that_they_are_untrained():
    entries = [entry for entry in manifest().weights if entry.kind == "seeded"]
    assert {entry.component for entry in entries} == {"generator", "embedder"}
    assert all(entry.name == "seeded" and not entry.trained and "UNTRAINED" in entry.source for entry in entries)


def test_trained_weights_have_a_file_and_say_that_they_are_not_for_real_people():
    entries = [entry for entry in manifest().weights if entry.kind == "trained"]
    assert {entry.component for entry in entries} == {"generator", "embedder"}
    assert all(entry.trained and entry.file and "NOT FOR REAL PEOPLE" in entry.source for entry in entries)


def test_listing_looks_at_nothing_and_so_vouches_for_nothing():
    rows = listed()
    assert [row.component for row in rows] == ["generator", "embedder"] * 2 + ["face"] * 2
    assert all(row.found is None and not row.ok for row in rows)
    assert all(row.licence and row.source and len(row.expected) == 64 for row in rows)


def test_weights_without_shapes_stay_unchecked_and_faces_pass():
    rows = verified({})
    assert [row.ok for row in rows] == [False] * 4 + [True] * 2
    assert [row.trained for row in rows] == [False] * 2 + [True] * 2 + [None] * 2


def test_other_shapes_are_found_out():
    row = verified({("mobilefsgan", "generator"): Recipe({"x.weight": (2, 2)}, ())})[0]
    assert row.found is not None
    assert not row.ok


def test_a_missing_face_is_a_row_and_not_a_crash(tmp_path, monkeypatch):
    monkeypatch.setattr("mobileswap.weights.manifest.FOLDER", tmp_path)
    rows = [row for row in catalogue.verified({}) if row.component == "face"]
    assert [row.found for row in rows] == ["missing", "missing"]
    assert not any(row.ok for row in rows)


def test_unknown_weights_are_told_which_there_are():
    with pytest.raises(
        BadInput, match=r"'trained' for the mobilefsgan generator.*seeded \(mobilefsgan generator\), seeded"
    ):
        find_weights("trained", "mobilefsgan", "generator")


SHIPPED = (FOLDER / "manifest.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("weights = [", "manifest"),
        ("", "weights"),
        (SHIPPED.replace('licence = "MIT"', "", 1), "licence"),
        (SHIPPED.replace("trained = false", 'trained = "no"', 1), "trained"),
        (SHIPPED.replace("63b510ea", "63b510e", 1), "sha256"),
        (SHIPPED.replace('kind = "seeded"', 'kind = "magic"', 1), "kind"),
        (SHIPPED.replace('component = "embedder"', 'component = "generator"'), "two entries for seeded mobilefsgan"),
        (SHIPPED.replace('name = "grace_hopper"', 'name = "eileen_collins"'), "two entries for eileen_collins"),
    ],
)
def test_a_damaged_manifest_is_refused_in_one_line(tmp_path, text, said):
    path = tmp_path / "manifest.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=said) as caught:
        read_manifest(path)
    assert str(path) in str(caught.value)


def test_a_manifest_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"manifest\.toml"):
        read_manifest(tmp_path / "manifest.toml")


def test_hashes_are_of_the_files_shipped():
    assert [sha256_of(face.path) == face.sha256 for face in manifest().faces] == [True, True]


def test_two_faces_are_colour_pictures_of_different_people():
    collins, hopper = (face.pixels() for face in catalogue.faces())
    for pixels in (collins, hopper):
        assert pixels.shape == (256, 256, 3)
        assert pixels.dtype == np.uint8
        spread = pixels.astype(int).max(axis=2) - pixels.astype(int).min(axis=2)
        assert spread.mean() > 20  # a grey picture has 0
        assert pixels.min() < 20
        assert pixels.max() > 235
    assert np.abs(collins.astype(int) - hopper.astype(int)).mean() > 30


def test_faces_are_small_rgb_pngs_and_skin_is_red_before_blue():
    from PIL import Image

    for face in catalogue.faces():
        assert face.path.stat().st_size < 150_000
        with Image.open(face.path) as picture:
            assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (256, 256))
        red, _, blue = face.pixels()[150:160, 90:110].reshape(-1, 3).mean(axis=0)  # the left cheek
        assert red > blue + 20  # channels in RGB order


def test_another_picture_in_a_face_s_place_is_refused(tmp_path, monkeypatch):
    face = catalogue.faces()[0]
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / face.file).write_bytes(catalogue.faces()[1].path.read_bytes())
    monkeypatch.setattr("mobileswap.weights.manifest.FOLDER", tmp_path)
    with pytest.raises(BadInput, match="not the photograph"):
        face.pixels()


def test_every_photograph_has_its_provenance_written_down():
    readme = (FOLDER / "faces" / "README.md").read_text(encoding="utf-8")
    for face in manifest().faces:
        assert face.file in readme
        assert face.author
        assert "public domain" in face.licence
