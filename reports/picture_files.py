"""An artifact's outputs as pictures beside the model's, and the difference made visible."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mobileswap.contracts.golden_file import Array, Golden, Sample
from mobileswap.contracts.parity_results import PictureSet

DIFFERENCE_GAIN = 32  # one 8-bit level becomes 32 of 255: seen at once, and eight of them are white
_NOT_FINITE = (255, 0, 255)
_SAME = 0.99999  # cosine
_Values = npt.NDArray[Any]


@dataclass(frozen=True)
class Face:
    """A source's photograph (1, 3, H, W) and the embedding that it gives, (1, length) with L2 norm 1."""

    embedding: Array
    picture: Array


@dataclass(frozen=True)
class InputPictures:
    """What went into a sample as PNG files, relative to the folder of parity.json; "" where there is none."""

    target: str
    source: str


def faces_of(goldens: Sequence[Golden]) -> list[Face]:
    """Who is known by embedding: from every golden file in which a picture alone goes in and a vector comes out."""
    return [
        Face(vector, picture)
        for golden in goldens
        for sample in golden.samples
        for picture, vector in zip(sample.inputs.values(), sample.outputs.values(), strict=False)
        if len(sample.inputs) == 1 and _is_picture(picture) and vector.ndim == 2
    ]


def write_inputs(
    golden: Golden, samples: Sequence[str], faces: Sequence[Face], folder: Path, home: Path
) -> dict[str, InputPictures]:
    """Write the target of each sample that is named, and the source's photograph where one of ``faces`` fits."""
    return {
        sample.name: InputPictures(
            *(
                _write(folder / f"{_stem(sample.name)}-{kind}.png", _pixels(picture), home)
                if picture is not None
                else ""
                for kind, picture in (("target", _target(sample)), ("source", _source(sample, faces)))
            )
        )
        for sample in golden.samples
        if sample.name in samples
    }


def _target(sample: Sample) -> Array | None:
    return next((array for array in sample.inputs.values() if _is_picture(array)), None)


def _source(sample: Sample, faces: Sequence[Face]) -> Array | None:
    """Two embeddings are one where their cosine is 1 but for rounding; the nearest other person is far from that."""
    for array in sample.inputs.values():
        for face in faces:
            if array.shape == face.embedding.shape and float(np.sum(array * face.embedding, dtype=float)) > _SAME:
                return face.picture
    return None


def _is_picture(array: _Values) -> bool:
    return array.ndim == 4 and array.shape[1] == 3


def write_pictures(golden: Golden, kept: Golden, runtime: str, folder: Path, home: Path) -> tuple[PictureSet, ...]:
    """Write three PNG files per picture: reference, artifact, and their absolute difference × DIFFERENCE_GAIN.

    Args:
        golden: inputs and outputs of the untouched model.
        kept: what the artifact gave for some of its samples, in the same form; see ``parity.kept_outputs``.
        runtime: that gave it.
        folder: for the files; is made where there is one.
        home: the folder that the paths in the result are relative to.

    Returns:
        A set per picture, in the order of ``kept``; none for what is no RGB picture.
    """
    expected = {sample.name: sample.outputs for sample in golden.samples}
    sets = []
    for sample in kept.samples:
        for output, got in sample.outputs.items():
            reference = expected[sample.name][output]
            if got.shape != reference.shape or not _is_picture(got):
                continue
            stem = _stem(f"{sample.name}-{output}")
            drawn = {
                "reference": _pixels(reference),
                "artifact": _pixels(got),
                "difference": _difference(reference, got),
            }
            names = {kind: _write(folder / f"{stem}-{kind}.png", pixels, home) for kind, pixels in drawn.items()}
            sets.append(PictureSet(runtime, sample.name, output, **names))
    return tuple(sets)


def _stem(name: str) -> str:
    """A file name that stays in its folder."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name)


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

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path.relative_to(home).as_posix()
