"""How much each number of an identity changes a picture, and the code that says who somebody is in 512 numbers."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mobileswap.training.faces.attributes import draw_attributes, plain_attributes
from mobileswap.training.faces.identity import SIZE, Identity, mean_identity
from mobileswap.training.faces.render import Person, prepare, render

Floats = npt.NDArray[np.float32]

CODE_SIZE = 512
_REACH = 1.5  # standard deviations to either side


@cache
def effects(size: int = 64) -> Floats:
    """(`SIZE`,) root of the mean squared change of a picture when a number goes from −1.5 to 1.5."""
    worn = (plain_attributes(), draw_attributes(11), draw_attributes(12))

    def pictures(person: Person) -> Floats:
        return np.stack([render(person, attributes, size) for attributes in worn]).astype(np.float32) / np.float32(255)

    found = []
    for number in range(SIZE):
        ends = []
        for sign in (-_REACH, _REACH):
            values = mean_identity().values.copy()
            values[number] = sign
            ends.append(pictures(prepare(Identity(values, 0))))
        found.append(float(np.sqrt(np.mean((ends[1] - ends[0]) ** 2))))
    return np.array(found, np.float32)


def kept_effects(folder: Path) -> Floats:
    """`effects`, worked out once for a folder of rendered faces and kept beside them."""
    path = folder / "effects.npy"
    if not path.is_file():
        begun = folder / f".effects.{os.getpid()}.npy"
        np.save(begun, effects())
        begun.rename(path)
    return np.asarray(np.load(path), np.float32)


def identity_codes(values: Floats, effect: Floats) -> Floats:
    """(B, `SIZE`) numbers to (B, `CODE_SIZE`) vectors of length 1.

    Each number counts by the root of its effect, so that the tone of the skin does not drown the shape of a nose. A
    fixed rotation spreads them over all places of the vector.
    """
    weighted = np.tanh(values / 2) * np.sqrt(effect)
    code = weighted @ _rotation(values.shape[1])
    return np.asarray(code / np.linalg.norm(code, axis=1, keepdims=True), np.float32)


@cache
def _rotation(size: int) -> Floats:
    """(size, `CODE_SIZE`) with orthonormal rows."""
    drawn = np.random.default_rng(9).standard_normal((CODE_SIZE, size))
    return np.asarray(np.linalg.qr(drawn)[0].T, np.float32)
