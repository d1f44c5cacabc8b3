"""Rendered faces in a folder, made once: shards of groups, each group one set of attributes worn by several people."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mobileswap.training.faces.attributes import draw_attributes
from mobileswap.training.faces.identity import draw_identity
from mobileswap.training.faces.render import SIZE, prepare, render

Ints = npt.NDArray[np.int64]
Pictures = npt.NDArray[np.uint8]

PEOPLE = 400  # of a shard; nobody is in two
PICTURES_EACH = 5
TOGETHER = 4  # people who wear the same attributes
GROUPS = PEOPLE * PICTURES_EACH // TOGETHER
HELD_OUT = 1_000_000  # seeds from here on are for evaluation and never for training


@dataclass(frozen=True)
class Shard:
    """Pictures by group and person.

    Attributes:
        pictures: (`GROUPS`, `TOGETHER`, 256, 256, 3), read from the disk as they are looked at.
        people: (`GROUPS`, `TOGETHER`), seeds of the identities.
    """

    pictures: Pictures
    people: Ints


def plan(shard: int, people: int = PEOPLE) -> tuple[Ints, Ints]:
    """Seeds of a shard's identities by group, (G, `TOGETHER`), and of each group's attributes, (G,)."""
    rng = np.random.default_rng((8, shard))
    first = shard * PEOPLE
    rounds = [rng.permutation(people) for _ in range(PICTURES_EACH)]
    groups = np.concatenate(rounds).reshape(-1, TOGETHER) + first
    return groups, np.arange(len(groups)) + shard * GROUPS


def render_shard(folder: Path, shard: int, size: int = SIZE, people: int = PEOPLE) -> None:
    """Render a shard into the folder, unless it is there; what is half made is never under its final name."""
    final = shard_path(folder, shard)
    if final.is_file():
        return
    groups, attributes = plan(shard, people)
    persons = {int(seed): prepare(draw_identity(int(seed))) for seed in np.unique(groups)}
    begun = folder / f".{final.name}.{os.getpid()}"
    pictures = np.lib.format.open_memmap(  # type: ignore[no-untyped-call]
        begun, "w+", np.uint8, (*groups.shape, size, size, 3)
    )
    for number, (row, seed) in enumerate(zip(groups, attributes, strict=True)):
        worn = draw_attributes(int(seed))
        pictures[number] = [render(persons[int(person)], worn, size) for person in row]
    pictures.flush()
    begun.rename(final)


def render_set(folder: Path, shards: range, told: Callable[[int], None]) -> None:
    """Render every shard of the range that is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for shard in shards:
        render_shard(folder, shard)
        told(shard)


def shard_path(folder: Path, shard: int) -> Path:
    return folder / f"faces-{shard:05d}.npy"


def open_shards(folder: Path) -> list[Shard]:
    """Every finished shard, in order."""
    shards = []
    for path in sorted(folder.glob("faces-*.npy")):
        pictures = np.load(path, mmap_mode="r")
        people = len(pictures) * TOGETHER // PICTURES_EACH
        shards.append(Shard(pictures, plan(int(path.stem.removeprefix("faces-")), people)[0]))
    return shards
