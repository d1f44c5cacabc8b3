"""An artifact's outputs as pictures beside the model's, and the difference made visible."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.golden import Golden
from contracts.parity import PictureSet

DIFFERENCE_GAIN = 32  # one 8-bit level becomes 32 of 255: seen at once, and eight of them are white
_NOT_FINITE = (255, 0, 255)
_Values = npt.NDArray[Any]


def write_pictures(golden: Golden, kept: Golden, runtime: str, folder: Path, home: Path) -> tuple[PictureSet, ...]:
    """Write three PNG files per picture: reference, artifact, and their absolute difference × DIFFERENCE_GAIN.

    Args:
        golden: inputs and outputs of the untouched model.
        kept: what the artifact gave for some of its samples, in the same form; see ``bench.keep``.
        runtime: that gave it.
        folder: for the files; is made.
        home: the folder that the paths in the result are relative to.

    Returns:
        A set per picture, in the order of ``kept``; none for what is no RGB picture.
    """
    expected = {sample.name: sample.outputs for sample in golden.samples}
    folder.mkdir(parents=True, exist_ok=True)
    sets = []
    for sample in kept.samples:
        for output, got in sample.outputs.items():
            reference = expected[sample.name][output]
            if got.shape != reference.shape or got.ndim != 4 or got.shape[1] != 3:
                continue
            stem = re.sub(r"[^A-Za-z0-9_-]+", "_", f"{sample.name}-{output}")
            drawn = {
                "reference": _pixels(reference),
                "artifact": _pixels(got),
                "difference": _difference(reference, got),
            }
            names = {kind: _write(folder / f"{stem}-{kind}.png", pixels, home) for kind, pixels in drawn.items()}
            sets.append(PictureSet(runtime, sample.name, output, **names))
    return tuple(sets)


def _pixels(picture: _Values) -> _Values:
    """(1, 3, H, W) in [-1, 1] to (H, W, 3) 8-bit levels."""
    return _marked((picture[0].transpose(1, 2, 0).astype(np.float64) + 1) * 127.5)


def _difference(reference: _Values, got: _Values) -> _Values:
    with np.errstate(invalid="ignore", over="ignore"):
        levels = np.abs(got[0].astype(np.float64) - reference[0]) * 127.5 * DIFFERENCE_GAIN
    return _marked(levels.transpose(1, 2, 0))


def _marked(levels: _Values) -> _Values:
    """Rounded and clipped; a pixel with a NaN or an infinity is magenta."""
    finite = np.isfinite(levels).all(axis=-1, keepdims=True)
    shown = np.clip(np.rint(np.where(finite, levels, 0)), 0, 255)
    return np.where(finite, shown, _NOT_FINITE).astype(np.uint8)


def _write(path: Path, pixels: _Values, home: Path) -> str:
    from PIL import Image

    Image.fromarray(pixels).save(path)
    return path.relative_to(home).as_posix()
