"""Pictures for judging: swaps with their truth and a gallery, of people and attributes that no training set has."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mobileswap.training.faces.attributes import draw_attributes
from mobileswap.training.faces.identity import draw_identity, mean_identity
from mobileswap.training.faces.render import SIZE, prepare, render

Pictures = npt.NDArray[np.uint8]

FIRST = 3_000_000  # seeds from here on; training's own held-out shards lie below
NAMES = ("gallery", "source", "target", "truth", "mean")


@dataclass(frozen=True)
class HeldOut:
    """Pictures, (N, 256, 256, 3).

    Attributes:
        gallery: one a person; the first of them are the swaps' sources.
        source: another picture of each swap's source person.
        target, truth: what the identity is put on, and what that has to give.
        mean: the mean face with the target's attributes, a baseline.
    """

    gallery: Pictures
    source: Pictures
    target: Pictures
    truth: Pictures
    mean: Pictures


def render_held_out(folder: Path, people: int, swaps: int, told: Callable[[int], None], size: int = SIZE) -> HeldOut:
    """Render them, or read them where they were rendered before."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"held-out-{people}-{swaps}-{size}-{name}.npy" for name in NAMES}
    if not all(path.is_file() for path in paths.values()):
        made = _render(people, swaps, size, told)
        for name, path in paths.items():
            begun = path.with_suffix(".begun.npy")
            np.save(begun, getattr(made, name))
            begun.rename(path)
    return HeldOut(**{name: np.load(path, mmap_mode="r") for name, path in paths.items()})


def _render(people: int, swaps: int, size: int, told: Callable[[int], None]) -> HeldOut:
    gallery, source, target, truth, mean = [], [], [], [], []
    plain = prepare(mean_identity())
    for number in range(people):
        person = prepare(draw_identity(FIRST + number))
        gallery.append(render(person, draw_attributes(FIRST + number), size))
        if number < swaps:
            other = prepare(draw_identity(2 * FIRST + number))
            worn = draw_attributes(2 * FIRST + number)
            source.append(render(person, draw_attributes(3 * FIRST + number), size))
            target.append(render(other, worn, size))
            truth.append(render(person, worn, size))
            mean.append(render(plain, worn, size))
        told(number)
    return HeldOut(*(np.stack(pictures) for pictures in (gallery, source, target, truth, mean)))
