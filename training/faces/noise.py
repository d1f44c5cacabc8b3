"""Smooth noise by seed."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> Floats:
    """A picture of that shape, normal numbers on a coarse grid enlarged by cubic interpolation."""
    from PIL import Image

    grid = rng.standard_normal(cells).astype(np.float32)
    return np.asarray(Image.fromarray(grid).resize((shape[1], shape[0]), Image.Resampling.BICUBIC), np.float32)


def fractal_noise(rng: np.random.Generator, shape: tuple[int, int], cells: int, octaves: int) -> Floats:
    """Sum of octaves, each twice as fine and half as strong."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        side = cells << octave
        total += smooth_noise(rng, shape, (side, side)) * 0.5**octave
    return total
