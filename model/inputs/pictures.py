"""The pictures that every component is shown: the built-in photographs, and patterns that break what is broken.

All of them are 8-bit RGB, as a phone's are, so that one golden file serves float and picture interfaces alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count

import numpy as np
import numpy.typing as npt

from mobileswap.contracts.conversion import convert
from mobileswap.contracts.spec import TensorSpec
from mobileswap.model.inputs.model_input import Array, Pixels
from mobileswap.weights.catalogue import faces

NOISE_SEED = 2022


def as_input(pixels: Pixels, spec: TensorSpec) -> Array:
    """(H, W, 3) RGB to what the component takes, resized where the size is another."""
    rgb = replace(spec.bitmap(), colour="RGB")
    return convert(resized(pixels, spec.height, spec.width)[np.newaxis], rgb, spec)


def resized(pixels: Pixels, height: int, width: int) -> Pixels:
    """(H, W, 3) to (height, width, 3)."""
    from PIL import Image

    if pixels.shape[:2] == (height, width):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS))


def photographs(height: int, width: int) -> dict[str, Pixels]:
    """The built-in faces by name, (height, width, 3)."""
    return {face.name: resized(face.pixels(), height, width) for face in faces()}


def patterns(height: int, width: int) -> dict[str, tuple[str, Pixels]]:
    """Pictures that are no photographs, with what each is for; the most telling first."""
    rows, columns = np.mgrid[0:height, 0:width]
    down, across = rows * (255 / max(height - 1, 1)), columns * (255 / max(width - 1, 1))
    ramp = np.stack([down, across, (down + across) / 2], axis=-1)
    tiles = (rows // 8 + columns // 8) % 2 * 255
    noise = np.random.default_rng(NOISE_SEED).integers(0, 256, (height, width, 3))
    corner, edge = np.zeros((2, height, width, 3))
    corner[0, -1] = 255
    edge[-1, width // 3] = 255
    flat = np.zeros((height, width, 3))
    drawn = {
        "noise": (f"independent pixels, seed {NOISE_SEED}: every frequency at once", noise),
        "checkerboard": ("8-pixel tiles: what resampling does wrong shows", _grey(tiles)),
        "corner": ("one white pixel in the top right corner: padding shows", corner),
        "black": ("all -1: only biases, normalisation and padding speak", flat),
        "oval": (
            "a face's large shapes, shaded: what photographs are made of, without their noise",
            _oval(height, width),
        ),
        "gradient": ("a ramp of its own per channel: swapped axes and channels show", ramp),
        "edge": ("one white pixel in the bottom row: padding at the other end shows", edge),
        "white": ("all 1", flat + 255),
        "pixels": ("black and white pixels in turn: the highest frequency there is", _grey((rows + columns) % 2 * 255)),
        "grey": ("level 128, the nearest there is to 0", flat + 128),
    }
    return {name: (purpose, np.rint(pixels).astype(np.uint8)) for name, (purpose, pixels) in drawn.items()}


def further(shown: Mapping[str, Pixels]) -> Iterator[tuple[str, str, Pixels]]:
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


def _grey(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.repeat(values[..., None], 3, axis=-1)


def _oval(height: int, width: int) -> npt.NDArray[np.float64]:
    """An oval in the colours of skin, lit from one side, with darker eyes and mouth, before a dark gradient."""
    grid = np.mgrid[0:height, 0:width] + 0.5
    rows, columns = grid[0] / height * 2 - 1, grid[1] / width * 2 - 1  # [-1, 1]

    def spot(row: float, column: float, tall: float, wide: float) -> npt.NDArray[np.float64]:
        """1 in the middle, 0 far outside."""
        distance = ((rows - row) / tall) ** 2 + ((columns - column) / wide) ** 2
        for _ in range(3):  # ** 8 by multiplications alone, which are the same everywhere
            distance = distance * distance
        return np.asarray(1 / (1 + distance))

    light = 0.8 + 0.2 * columns - 0.1 * rows
    skin = np.array([224.0, 172.0, 140.0]) * light[..., None]
    ground = np.array([40.0, 60.0, 80.0]) * (1 + 0.3 * rows)[..., None]
    oval = spot(0, 0, 0.8, 0.6)[..., None]
    dark = spot(-0.2, -0.25, 0.07, 0.13) + spot(-0.2, 0.25, 0.07, 0.13) + spot(0.4, 0, 0.07, 0.25)
    return np.asarray((oval * skin + (1 - oval) * ground) * (1 - 0.7 * dark)[..., None]).clip(0, 255)
