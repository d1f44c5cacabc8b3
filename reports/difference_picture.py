"""A picture of where two tensors differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

_GAP = 4  # pixels between the panels
_SMALLEST = 256  # pixels; smaller tensors are enlarged

Array = npt.NDArray[np.float32]


def draw(expected: Array, got: Array, path: Path) -> bool:
    """Write three panels side by side: what should be, what is, and how far the two are apart.

    Shown is the channel with the largest difference. The first two share one scale from black to white; the third goes
    from black, no difference, to white, the largest. Red is what is NaN or infinite.

    Returns:
        False where the tensors are no stacks of pictures of one shape; nothing is written then.
    """
    from PIL import Image

    if expected.ndim != 4 or expected.shape != got.shape or min(expected.shape[2:]) < 2:
        return False
    if expected.dtype == np.uint8 and expected.shape[3] == 3:  # NHWC
        expected, got = expected.transpose(0, 3, 1, 2), got.transpose(0, 3, 1, 2)
    right, left = expected[0].astype(np.float64), got[0].astype(np.float64)
    with np.errstate(invalid="ignore"):
        apart = np.abs(left - right)
    channel = int(np.nan_to_num(apart, nan=np.inf).reshape(len(apart), -1).max(axis=1).argmax())
    right, left, apart = right[channel], left[channel], apart[channel]
    low, high = float(right.min()), float(right.max())
    panels = [_grey(right, low, high), _grey(left, low, high), _grey(apart, 0.0, _largest(apart))]
    gap = np.full((right.shape[0], max(_GAP * right.shape[0] // _SMALLEST, 1), 3), 128, np.uint8)
    picture = Image.fromarray(np.concatenate([panels[0], gap, panels[1], gap, panels[2]], axis=1))
    factor = -(-_SMALLEST // right.shape[0])
    picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST).save(path)
    return True


def _largest(values: npt.NDArray[np.float64]) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.max(initial=0.0))


def _grey(values: npt.NDArray[np.float64], low: float, high: float) -> npt.NDArray[np.uint8]:
    """(H, W) to (H, W, 3)."""
    scaled = (values - low) / max(high - low, 1e-30)
    levels = np.clip(np.nan_to_num(scaled, nan=0.0, posinf=1.0, neginf=0.0), 0, 1) * 255
    picture = np.repeat(np.rint(levels).astype(np.uint8)[..., None], 3, axis=-1)
    picture[~np.isfinite(values)] = (255, 0, 0)
    return picture
