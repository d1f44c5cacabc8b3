"""The inputs that every artifact is held against: the two photographs, and pictures that break what is broken.

All images lie on the 8-bit grid, as a phone's do, so that one golden file serves float and picture interfaces alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count, islice, product, zip_longest

import numpy as np
import numpy.typing as npt

from mobileswap.weights.catalogue import faces

Pixels = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float32]
MOST_PAIRS = 16  # every one of them is a pass of the untouched model and one of each runtime
NOISE_SEED = 2022
_NOBODY_SEED, _NOBODY_NORM = 200, 0.001  # no embedder gives such a one; what is left is biases
_DRAWN_SEED = 201


@dataclass(frozen=True)
class ModelInput:
    """One sample before the model has run: float32 arrays by input name."""

    name: str
    description: str
    tensors: dict[str, Array]


def to_tensor(pixels: Pixels) -> Array:
    """(H, W, 3) RGB 0–255 to (1, 3, H, W) in [-1, 1], as the training code normalises."""
    return np.ascontiguousarray(pixels.astype(np.float32).transpose(2, 0, 1)[None] / np.float32(127.5) - 1)


def resized(pixels: Pixels, size: int) -> Pixels:
    """(H, W, 3) to (size, size, 3)."""
    from PIL import Image

    if pixels.shape[0] == size:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((size, size), Image.Resampling.LANCZOS))


def photographs(size: int) -> dict[str, Pixels]:
    """The built-in faces by name, (size, size, 3)."""
    return {face.name: resized(face.pixels(), size) for face in faces()}


def unit_vector(seed: int, length: int) -> Array:
    """(1, length), L2 norm 1, evenly distributed over directions."""
    vector = np.random.default_rng(seed).standard_normal((1, length))
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def patterns(size: int) -> dict[str, tuple[str, Pixels]]:
    """Pictures that are no photographs, with what each is for; the most telling first."""
    rows, columns = np.mgrid[0:size, 0:size]
    ramp = np.stack([rows, columns, (rows + columns) / 2], axis=-1) * (255 / (size - 1))
    tiles = (rows // 8 + columns // 8) % 2 * 255
    noise = np.random.default_rng(NOISE_SEED).integers(0, 256, (size, size, 3))
    corner, edge = np.zeros((2, size, size, 3))
    corner[0, -1] = 255
    edge[-1, size // 3] = 255
    drawn = {
        "noise": (f"independent pixels, seed {NOISE_SEED}: every frequency at once", noise),
        "checkerboard": ("8-pixel tiles: what resampling does wrong shows", _grey(tiles)),
        "corner": ("one white pixel in the top right corner: padding shows", corner),
        "black": ("all -1: only biases, normalisation and padding speak", _flat(size, 0)),
        "oval": ("a face's large shapes, shaded: what photographs are made of, without their noise", _oval(size)),
        "gradient": ("a ramp of its own per channel: swapped axes and channels show", ramp),
        "edge": ("one white pixel in the bottom row: padding at the other end shows", edge),
        "white": ("all 1", _flat(size, 255)),
        "pixels": ("black and white pixels in turn: the highest frequency there is", _grey((rows + columns) % 2 * 255)),
        "grey": ("level 128, the nearest there is to 0", _flat(size, 128)),
    }
    return {name: (purpose, np.rint(pixels).astype(np.uint8)) for name, (purpose, pixels) in drawn.items()}


def for_generator(
    size: int,
    embeddings: Mapping[str, Array],
    length: int,
    pictures: Mapping[str, Pixels] | None = None,
    samples: int | None = None,
) -> list[ModelInput]:
    """Pictures with embeddings, in turn with the patterns and drawn embeddings.

    Every picture goes with every embedding where those are MOST_PAIRS at most; else each of the longer list with one of
    the other, in turn. One picture more goes with an embedding that says nothing, and one with a drawn one.

    Args:
        size: of the target in pixels.
        embeddings: by name, each (1, length).
        length: of an embedding.
        pictures: by name; None is the built-in photographs.
        samples: how many; None is all there are. More than there are is filled with other pictures.
    """
    shown = photographs(size) if pictures is None else pictures
    pairs = list(product(shown, embeddings))
    if len(pairs) > MOST_PAIRS:
        longer = max(len(shown), len(embeddings))
        pairs = [(list(shown)[i % len(shown)], list(embeddings)[i % len(embeddings)]) for i in range(longer)]
    paired = [
        ModelInput(
            f"{target}-as-{person}", f"photograph of {target}, identity of {person}", _pair(shown[target], given)
        )
        for target, person in pairs
        for given in [embeddings[person]]
    ]
    first, *_, last = *shown, *shown
    nobody = (unit_vector(_NOBODY_SEED, length) * _NOBODY_NORM).astype(np.float32)
    drawn = unit_vector(_DRAWN_SEED, length)
    paired += [
        ModelInput(
            f"{first}-as-nobody",
            f"photograph of {first}, embedding of norm {_NOBODY_NORM}",
            _pair(shown[first], nobody),
        ),
        ModelInput(
            f"{last}-as-drawn", f"photograph of {last}, identity drawn, seed {_DRAWN_SEED}", _pair(shown[last], drawn)
        ),
    ]

    def with_drawn(seed: int, name: str, purpose: str, pixels: Pixels) -> ModelInput:
        return ModelInput(name, f"{purpose}; identity drawn, seed {seed}", _pair(pixels, unit_vector(seed, length)))

    numbered = enumerate(chain(_named(patterns(size)), _further(shown)))
    others = (with_drawn(seed, *entry) for seed, entry in numbered)
    return _first(paired, list(islice(others, len(patterns(size)))), others, samples)


def for_one_identity(
    size: int, embedding: Array, pictures: Mapping[str, Pixels] | None = None, samples: int | None = None
) -> list[ModelInput]:
    """Every photograph and pattern as the target, with the identity that is to be baked in; see ``for_generator``."""
    return _alone(photographs(size) if pictures is None else pictures, size, samples, lambda x: _pair(x, embedding))


def for_embedder(
    size: int, pictures: Mapping[str, Pixels] | None = None, samples: int | None = None
) -> list[ModelInput]:
    """Every photograph and pattern as the source; see ``for_generator``."""
    shown = photographs(size) if pictures is None else pictures
    return _alone(shown, size, samples, lambda x: {"source": to_tensor(x)})


def _alone(
    shown: Mapping[str, Pixels], size: int, samples: int | None, tensors: Callable[[Pixels], dict[str, Array]]
) -> list[ModelInput]:
    mine = [ModelInput(name, f"photograph of {name}", tensors(pixels)) for name, pixels in shown.items()]
    drawn = [ModelInput(name, purpose, tensors(pixels)) for name, purpose, pixels in _named(patterns(size))]
    further = (ModelInput(name, purpose, tensors(pixels)) for name, purpose, pixels in _further(shown))
    return _first(mine, drawn, further, samples)


def _first(
    mine: list[ModelInput], drawn: list[ModelInput], further: Iterator[ModelInput], samples: int | None
) -> list[ModelInput]:
    """Photographs and patterns in turn, so that the first few are of every kind; then others, as many as asked for."""
    turns = [entry for pair in zip_longest(mine, drawn) for entry in pair if entry is not None]
    return list(islice(chain(turns, further), len(turns) if samples is None else samples))


def _named(drawn: Mapping[str, tuple[str, Pixels]]) -> Iterator[tuple[str, str, Pixels]]:
    return ((name, purpose, pixels) for name, (purpose, pixels) in drawn.items())


def _further(shown: Mapping[str, Pixels]) -> Iterator[tuple[str, str, Pixels]]:
    """Name, purpose and pixels of more pictures, without end: moved photographs, and noise of other seeds."""
    for number in count(1):
        for name, pixels in shown.items():
            moved = np.roll(pixels, (5 * number, 3 * number), axis=(0, 1))
            yield (
                f"{name}-moved-{number}",
                f"photograph of {name}, moved by {5 * number} rows, {3 * number} columns",
                moved,
            )
        seed = NOISE_SEED + number
        noise = np.random.default_rng(seed).integers(0, 256, next(iter(shown.values())).shape)
        yield f"noise-{number}", f"independent pixels, seed {seed}", noise.astype(np.uint8)


def _flat(size: int, level: int) -> npt.NDArray[np.int64]:
    return np.full((size, size, 3), level)


def _grey(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.repeat(values[..., None], 3, axis=-1)


def _oval(size: int) -> npt.NDArray[np.float64]:
    """An oval in the colours of skin, lit from one side, with darker eyes and mouth, before a dark gradient."""
    rows, columns = (np.mgrid[0:size, 0:size] + 0.5) / size * 2 - 1  # [-1, 1]

    def spot(row: float, column: float, height: float, width: float) -> npt.NDArray[np.float64]:
        """1 in the middle, 0 far outside."""
        distance = ((rows - row) / height) ** 2 + ((columns - column) / width) ** 2
        for _ in range(3):  # ** 8 by multiplications alone, which are the same everywhere
            distance = distance * distance
        return np.asarray(1 / (1 + distance))

    light = 0.8 + 0.2 * columns - 0.1 * rows
    skin = np.array([224.0, 172.0, 140.0]) * light[..., None]
    ground = np.array([40.0, 60.0, 80.0]) * (1 + 0.3 * rows)[..., None]
    oval = spot(0, 0, 0.8, 0.6)[..., None]
    dark = spot(-0.2, -0.25, 0.07, 0.13) + spot(-0.2, 0.25, 0.07, 0.13) + spot(0.4, 0, 0.07, 0.25)
    return np.asarray((oval * skin + (1 - oval) * ground) * (1 - 0.7 * dark)[..., None]).clip(0, 255)


def _pair(pixels: Pixels, embedding: Array) -> dict[str, Array]:
    return {"target": to_tensor(pixels), "embedding": embedding}
