"""The inputs that every artifact is held against: the two photographs, and pictures that break what is broken.

All images lie on the 8-bit grid, as a phone's do, so that one golden file serves float and picture interfaces alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from weights.catalogue import faces

if TYPE_CHECKING:
    pass

Pixels = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float32]


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
    """Pictures that are no faces, with what each is for."""
    rows, columns = np.mgrid[0:size, 0:size]
    ramp = np.stack([rows, columns, (rows + columns) / 2], axis=-1) * (255 / (size - 1))
    tiles = np.repeat(((rows // 8 + columns // 8) % 2 * 255)[..., None], 3, axis=-1)
    corner = np.zeros((size, size, 3))
    corner[0, -1] = 255
    noise = np.random.default_rng(2022).integers(0, 256, (size, size, 3))
    drawn = {
        "noise": ("independent pixels, seed 2022: every frequency at once", noise),
        "gradient": ("a ramp of its own per channel: swapped axes and channels show", ramp),
        "checkerboard": ("8-pixel tiles: what resampling does wrong shows", tiles),
        "black": ("all -1: only biases, normalisation and padding speak", np.zeros((size, size, 3))),
        "white": ("all 1", np.full((size, size, 3), 255)),
        "corner": ("one white pixel in the top right corner: padding shows", corner),
    }
    return {name: (purpose, np.rint(pixels).astype(np.uint8)) for name, (purpose, pixels) in drawn.items()}


def for_generator(size: int, embeddings: dict[str, Array], length: int) -> list[ModelInput]:
    """Both photographs with both embeddings, then the patterns with drawn embeddings.

    Args:
        size: of the target in pixels.
        embeddings: of the photographs, by name, each (1, length).
        length: of an embedding.
    """
    inputs = [
        ModelInput(f"{target}-as-{source}", f"photograph of {target}, identity of {source}", _pair(pixels, embedding))
        for target, pixels in photographs(size).items()
        for source, embedding in embeddings.items()
    ]
    for seed, (name, (purpose, pixels)) in enumerate(patterns(size).items()):
        drawn = unit_vector(seed, length)
        inputs.append(ModelInput(name, f"{purpose}; identity drawn, seed {seed}", _pair(pixels, drawn)))
    return inputs


def for_one_identity(size: int, embedding: Array) -> list[ModelInput]:
    """Every photograph and pattern as the target, with the identity that is to be baked in."""
    pictures = {name: (f"photograph of {name}", pixels) for name, pixels in photographs(size).items()}
    return [
        ModelInput(name, purpose, _pair(pixels, embedding))
        for name, (purpose, pixels) in {**pictures, **patterns(size)}.items()
    ]


def for_embedder(size: int) -> list[ModelInput]:
    pictures = {name: (f"photograph of {name}", pixels) for name, pixels in photographs(size).items()}
    return [
        ModelInput(name, purpose, {"source": to_tensor(pixels)})
        for name, (purpose, pixels) in {**pictures, **patterns(size)}.items()
    ]


def _pair(pixels: Pixels, embedding: Array) -> dict[str, Array]:
    return {"target": to_tensor(pixels), "embedding": embedding}
