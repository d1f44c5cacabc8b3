"""Pictures beside one another: a row a swap, so that what is wrong can be seen."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Pictures = npt.NDArray[np.uint8]


def swap_grid(columns: Sequence[Pictures], wide: int = 1) -> Pictures:
    """(N, S, S, 3) of each column to one picture; ``wide`` swaps stand side by side in a row."""
    rows = [np.concatenate(swap, axis=1) for swap in zip(*columns, strict=True)]
    blank = np.full_like(rows[0], 255)
    rows += [blank] * (-len(rows) % wide)
    return np.concatenate([np.concatenate(rows[i : i + wide], axis=1) for i in range(0, len(rows), wide)], axis=0)


def save_picture(path: Path, picture: Pictures) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)


def by_seed(count: int, of: int, seed: int = 0) -> npt.NDArray[np.int64]:
    """Which swaps a grid shows: chosen by seed, never by eye."""
    return np.sort(np.random.default_rng((60, seed)).choice(of, count, replace=False))
