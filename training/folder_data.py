"""A user's own folder of faces as a source of triplets.

::

    FOLDER/faces/PERSON/*.png    aligned square faces, .png or .jpg, a folder a person
    FOLDER/triplets.csv          optional; header source,target,truth,source_is_real; paths from FOLDER

Without the table, swaps are drawn between people and have no truth; a picture with itself always has one. An empty
``truth`` is not known; ``source_is_real`` is yes or no and says which of the two pictures is unedited.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mobileswap.contracts.errors import BadInput
from mobileswap.training.triplets import Triplets

Pictures = npt.NDArray[np.uint8]

SIZE = 256
KINDS = (".png", ".jpg", ".jpeg")
MOST_CORRUPT = 0.01  # part of the pictures that may be unreadable
COLUMNS = ["source", "target", "truth", "source_is_real"]


@dataclass(frozen=True)
class Row:
    """A line of triplets.csv."""

    source: Path
    target: Path
    truth: Path | None
    source_is_real: bool


class FolderFaces:
    """`TripletSource` of a folder.

    Args:
        folder: as in the module's first lines.
        told: hears of every picture that is skipped.

    Raises:
        BadInput: nothing can be trained on it; the message says what was expected.
    """

    def __init__(self, folder: Path, told: Callable[[str], None]) -> None:
        self.folder = folder
        people = {place.name: _readable_in(place) for place in sorted((folder / "faces").glob("*")) if place.is_dir()}
        seen = sum(len(good) + len(bad) for good, bad in people.values())
        broken = [path for _, bad in people.values() for path in bad]
        for path in broken:
            told(f"{path}: no picture that can be read, skipped")
        if seen and len(broken) > max(MOST_CORRUPT * seen, 1):
            raise BadInput(f"{folder}: {len(broken)} of {seen} pictures cannot be read, more than 1 %; mend the folder")
        self.skipped = len(broken)
        self.people = {name: good for name, (good, _) in people.items() if good}
        self.rows = _read_table(folder, told)
        if not self.rows and len(self.people) < 2:
            raise BadInput(
                f"{folder}: expected pictures of two people or more in faces/PERSON/, found {len(self.people)}; "
                "a swap needs another person, or a triplets.csv"
            )

    def triplets(self, rng: np.random.Generator, count: int, own: float) -> Triplets:
        rows = [self._row(rng, own) for _ in range(count)]
        blank = np.zeros((SIZE, SIZE, 3), np.uint8)
        return Triplets(
            source=np.stack([_picture(row.source) for row in rows]),
            target=np.stack([_picture(row.target) for row in rows]),
            truth=np.stack([_picture(row.truth) if row.truth else blank for row in rows]),
            with_truth=np.array([row.truth is not None for row in rows]),
            source_is_real=np.array([row.source_is_real for row in rows]),
        )

    def _row(self, rng: np.random.Generator, own: float) -> Row:
        alone = rng.random() < own
        if self.rows and not (alone and self.people):
            return self.rows[int(rng.integers(len(self.rows)))]
        names = sorted(self.people)
        if alone or len(names) < 2:
            one = self._any_of(names[int(rng.integers(len(names)))], rng)
            return Row(one, one, one, source_is_real=True)
        first, second = (names[int(index)] for index in rng.choice(len(names), 2, replace=False))
        return Row(self._any_of(first, rng), self._any_of(second, rng), None, source_is_real=True)

    def _any_of(self, name: str, rng: np.random.Generator) -> Path:
        return self.people[name][int(rng.integers(len(self.people[name])))]


def _readable_in(folder: Path) -> tuple[list[Path], list[Path]]:
    paths = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in KINDS]
    good = [path for path in paths if _readable(path)]
    return good, [path for path in paths if path not in set(good)]


def _readable(path: Path) -> bool:
    try:
        _picture(path)
    except BadInput:
        return False
    return True


def _read_table(folder: Path, told: Callable[[str], None]) -> list[Row]:
    path = folder / "triplets.csv"
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        table = csv.DictReader(file)
        if table.fieldnames != COLUMNS:
            raise BadInput(f"{path}: expected the header {','.join(COLUMNS)}, found {table.fieldnames}")
        lines = list(table)
    rows = []
    for number, line in enumerate(lines, 2):
        paths = [folder / line[name] for name in COLUMNS[:3] if line[name]]
        if not (line["source"] and line["target"]) or line["source_is_real"] not in ("yes", "no"):
            raise BadInput(f"{path}, line {number}: expected source, target and yes or no for source_is_real, {line}")
        if not all(_readable(one) for one in paths):
            told(f"{path}, line {number}: a picture cannot be read, skipped")
            continue
        truth = folder / line["truth"] if line["truth"] else None
        rows.append(Row(paths[0], paths[1], truth, line["source_is_real"] == "yes"))
    if lines and len(lines) - len(rows) > max(MOST_CORRUPT * len(lines), 1):
        raise BadInput(
            f"{path}: {len(lines) - len(rows)} of {len(lines)} lines cannot be used, more than 1 %; mend them"
        )
    return rows


@lru_cache(maxsize=4096)
def _picture(path: Path) -> Pictures:
    """(256, 256, 3) RGB; a square picture of another size is made to fit.

    Raises:
        BadInput: it is no picture, or not square.
    """
    from PIL import Image

    try:
        with Image.open(path) as picture:
            width, height = picture.size
            if width != height:
                raise BadInput(f"{path}: expected a square picture of an aligned face, found {width}×{height}")
            return np.asarray(picture.convert("RGB").resize((SIZE, SIZE), Image.Resampling.LANCZOS))
    except (OSError, SyntaxError, ValueError) as error:  # PIL raises all three over damaged files
        raise BadInput(f"{path}: expected a picture, {error}") from error
