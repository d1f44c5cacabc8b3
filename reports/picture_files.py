"""An artifact's outputs as pictures beside the model's, and the difference made visible."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mobileswap.contracts.conversion import in_range_and_layout
from mobileswap.contracts.golden_file import Array, Golden, Sample
from mobileswap.contracts.parity_results import PictureSet
from mobileswap.contracts.spec import Kind, TensorSpec

DIFFERENCE_GAIN = 32  # one 8-bit level becomes 32 of 255: seen at once, and eight of them are white
_NOT_FINITE = (255, 0, 255)
_SAME = 0.99999  # cosine
_DRAWN = (Kind.PICTURE, Kind.MASK)
_PERSONS = (Kind.VECTOR, Kind.LATENT)
_Values = npt.NDArray[Any]


@dataclass(frozen=True)
class Face:
    """A source's photograph, (H, W, 3) levels, and the embedding that it gives."""

    embedding: Array
    pixels: _Values


@dataclass(frozen=True)
class InputPictures:
    """What went into a sample as PNG files, relative to the folder of parity.json; "" where there is none."""

    target: str
    source: str


def faces_of(goldens: Sequence[Golden]) -> list[Face]:
    """Who is known by embedding: from every golden file in which a picture alone goes in and a vector comes out."""
    return [
        Face(vector, _pixels(picture, sample.specs[name]))
        for golden in goldens
        for sample in golden.samples
        if len(sample.inputs) == len(sample.outputs) == 1
        for (name, picture), (given, vector) in zip(sample.inputs.items(), sample.outputs.items(), strict=True)
        if _is_drawn(sample, name) and sample.specs[given].kind in _PERSONS
    ]


def write_inputs(
    golden: Golden, samples: Sequence[str], faces: Sequence[Face], folder: Path, home: Path
) -> dict[str, InputPictures]:
    """Write the target of each sample that is named, and the source's photograph where one of ``faces`` fits."""
    return {
        sample.name: InputPictures(
            *(
                _write(folder / f"{_stem(sample.name)}-{kind}.png", pixels, home) if pixels is not None else ""
                for kind, pixels in (("target", _target(sample)), ("source", _source(sample, faces)))
            )
        )
        for sample in golden.samples
        if sample.name in samples
    }


def _target(sample: Sample) -> _Values | None:
    names = (name for name in sample.inputs if sample.specs[name].is_picture)
    return next((_pixels(sample.inputs[name], sample.specs[name]) for name in names), None)


def _source(sample: Sample, faces: Sequence[Face]) -> _Values | None:
    """Two embeddings are one where their cosine is 1 but for rounding; the nearest other person is far from that."""
    for name, array in sample.inputs.items():
        for face in faces:
            if sample.specs[name].kind in _PERSONS and _cosine(array, face.embedding) > _SAME:
                return face.pixels
    return None


def _cosine(a: Array, b: Array) -> float:
    if a.shape != b.shape:
        return 0.0
    lengths = float(np.linalg.norm(a)) * float(np.linalg.norm(b))
    return float(np.sum(a * b, dtype=float)) / lengths if lengths else 0.0


def _is_drawn(sample: Sample, name: str) -> bool:
    return sample.specs[name].kind in _DRAWN


def write_pictures(golden: Golden, kept: Golden, runtime: str, folder: Path, home: Path) -> tuple[PictureSet, ...]:
    """Write three PNG files per picture: reference, artifact, and their absolute difference × DIFFERENCE_GAIN.

    Args:
        golden: inputs and outputs of the untouched model.
        kept: what the artifact gave for some of its samples, in the same form; see ``parity.kept_outputs``.
        runtime: that gave it.
        folder: for the files; is made where there is one.
        home: the folder that the paths in the result are relative to.

    Returns:
        A set per picture and mask, in the order of ``kept``; none for what is neither.
    """
    known = {sample.name: sample for sample in golden.samples}
    sets = []
    for sample in kept.samples:
        for output, got in sample.outputs.items():
            reference = known[sample.name].outputs[output]
            if got.shape != reference.shape or not _is_drawn(known[sample.name], output):
                continue
            spec = known[sample.name].specs[output]
            stem = _stem(f"{sample.name}-{output}")
            drawn = {
                "reference": _pixels(reference, spec),
                "artifact": _pixels(got, spec),
                "difference": _difference(reference, got, spec),
            }
            names = {kind: _write(folder / f"{stem}-{kind}.png", pixels, home) for kind, pixels in drawn.items()}
            sets.append(PictureSet(runtime, sample.name, output, **names))
    return tuple(sets)


def _stem(name: str) -> str:
    """A file name that stays in its folder."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name)


def _pixels(array: _Values, spec: TensorSpec) -> _Values:
    """To (H, W, 3) 8-bit levels, RGB; a mask is grey."""
    return _marked(_levels(array, spec))


def _levels(array: _Values, spec: TensorSpec) -> _Values:
    """(H, W, C), not rounded."""
    shown = replace(spec.bitmap(), colour="RGB" if spec.is_picture else spec.colour)
    with np.errstate(invalid="ignore", over="ignore"):
        levels: _Values = in_range_and_layout(array, spec, shown)[0].astype(np.float64)
    return levels


def _difference(reference: _Values, got: _Values, spec: TensorSpec) -> _Values:
    with np.errstate(invalid="ignore", over="ignore"):
        levels = np.abs(_levels(got, spec) - _levels(reference, spec)) * DIFFERENCE_GAIN
    return _marked(levels)


def _marked(levels: _Values) -> _Values:
    """(H, W, 3), rounded and clipped; a pixel with a NaN or an infinity is magenta."""
    finite = np.isfinite(levels).all(axis=-1, keepdims=True)
    shown = np.clip(np.rint(np.where(finite, levels, 0)), 0, 255)
    return np.where(finite, shown, _NOT_FINITE).astype(np.uint8)  # a single channel becomes three


def _write(path: Path, pixels: _Values, home: Path) -> str:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path.relative_to(home).as_posix()
