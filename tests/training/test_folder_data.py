"""A user's own folder: what is read, what is skipped and counted, and what is refused in one line."""

from pathlib import Path

import numpy as np
import pytest

from mobileswap.contracts.errors import BadInput
from mobileswap.training.folder_data import FolderFaces

TABLE = "source,target,truth,source_is_real\n"


def picture(path: Path, colour: int, size: tuple[int, int] = (40, 40)) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (colour, colour, colour)).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for person, colour in (("anna", 10), ("bert", 200)):
        for number in range(2):
            picture(tmp_path / "faces" / person / f"{number}.png", colour + number)
    return tmp_path


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_people_are_swapped_without_a_truth_and_alone_with_one(folder: Path):
    faces = FolderFaces(folder, print)
    swaps = faces.triplets(rng(), 8, own=0.0)
    assert swaps.source.shape == (8, 256, 256, 3)
    assert not swaps.with_truth.any()
    assert ((swaps.source.mean((1, 2, 3)) > 100) != (swaps.target.mean((1, 2, 3)) > 100)).all()
    alone = faces.triplets(rng(), 4, own=1.0)
    assert alone.with_truth.all()
    assert np.array_equal(alone.source, alone.truth)


def test_a_table_gives_all_five_values(folder: Path):
    lines = "faces/anna/0.png,faces/bert/0.png,faces/bert/1.png,no\nfaces/anna/0.png,faces/bert/0.png,,yes\n"
    (folder / "triplets.csv").write_text(TABLE + lines)
    batch = FolderFaces(folder, print).triplets(rng(), 16, own=0.0)
    assert set(batch.with_truth) == {True, False}
    assert np.array_equal(batch.with_truth, ~batch.source_is_real)
    assert batch.truth[batch.with_truth][0].mean() == 201
    assert batch.truth[~batch.with_truth][0].max() == 0


def test_pictures_of_several_sizes_are_made_to_fit(folder: Path):
    picture(folder / "faces" / "anna" / "large.jpg", 15, (300, 300))
    assert len(FolderFaces(folder, print).people["anna"]) == 3


def test_one_broken_picture_is_skipped_and_counted(folder: Path):
    (folder / "faces" / "anna" / "broken.png").write_bytes(b"no picture")
    heard: list[str] = []
    assert FolderFaces(folder, heard.append).skipped == 1
    assert heard[0].endswith("broken.png: no picture that can be read, skipped")


def test_many_broken_pictures_are_refused(folder: Path):
    for number in range(2):
        (folder / "faces" / "anna" / f"broken{number}.png").write_bytes(b"no picture")
    with pytest.raises(BadInput, match="2 of 6 pictures cannot be read, more than 1 %"):
        FolderFaces(folder, lambda _: None)


def test_one_person_alone_cannot_be_swapped(tmp_path: Path):
    picture(tmp_path / "faces" / "anna" / "0.png", 10)
    with pytest.raises(BadInput, match="two people or more in faces/PERSON/, found 1"):
        FolderFaces(tmp_path, print)


def test_a_picture_that_is_not_square_counts_as_unreadable(folder: Path):
    picture(folder / "faces" / "anna" / "wide.png", 10, (60, 40))
    assert FolderFaces(folder, lambda _: None).skipped == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("source,target\na,b\n", "expected the header source,target,truth,source_is_real"),
        (TABLE + "faces/anna/0.png,faces/bert/0.png,,maybe\n", "line 2: .*yes or no"),
        (TABLE + ",faces/bert/0.png,,yes\n", "line 2: expected source, target"),
    ],
)
def test_a_wrong_table_names_the_line(folder: Path, text: str, words: str):
    (folder / "triplets.csv").write_text(text)
    with pytest.raises(BadInput, match=words):
        FolderFaces(folder, print)


def test_lines_whose_truth_is_missing_are_counted_until_they_are_too_many(folder: Path):
    line = "faces/anna/0.png,faces/bert/0.png,nowhere.png,yes\n"
    good = "faces/anna/0.png,faces/bert/0.png,,yes\n"
    heard: list[str] = []
    (folder / "triplets.csv").write_text(TABLE + good + line)
    assert len(FolderFaces(folder, heard.append).rows) == 1
    assert "line 3" in heard[0]
    (folder / "triplets.csv").write_text(TABLE + good + line * 2)
    with pytest.raises(BadInput, match="2 of 3 lines cannot be used"):
        FolderFaces(folder, lambda _: None)
