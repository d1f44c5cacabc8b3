"""Samples that nobody knew beforehand: mosaics of those of a golden file, drawn from a seed.

A file that only answers the samples it was proven with is found out by samples that it cannot have seen. Every value of
a mosaic is one of the golden file's own, so that pictures stay on their 8-bit levels and reach as far as those do.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import numpy as np

from mobileswap.contracts.golden_file import Sample
from mobileswap.contracts.spec import Kind
from mobileswap.model.inputs.model_input import Array, ModelInput

COUNT = 3
_BLOCKS = 4  # of a mosaic along each side
_LEAST_SIDE = 8  # pixels; a smaller axis is one of channels


def fresh_seed() -> int:
    """From the system's entropy: neither whoever made a file nor whoever checks it can choose."""
    return secrets.randbits(32)


def mosaics(samples: Sequence[Sample], seed: int, count: int = COUNT) -> list[ModelInput]:
    """Drawn from a golden file's samples; an input that is the same in all of them, for it is baked in, stays."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        one, other = (samples[int(i)] for i in rng.integers(0, len(samples), 2))
        tensors = {}
        for name in one.inputs:
            fixed = all(np.array_equal(one.inputs[name], sample.inputs[name]) for sample in samples)
            mix = _between if one.specs[name].kind is Kind.SCALAR else _mixed
            tensors[name] = one.inputs[name] if fixed else mix(one.inputs[name], other.inputs[name], rng)
        description = f"mosaic of {one.name} and {other.name}, seed {seed}"
        made.append(ModelInput(f"drawn-{seed}-{number}", description, tensors))
    return made


def _mixed(one: Array, other: Array, rng: np.random.Generator) -> Array:
    sides = [axis for axis in range(1, one.ndim) if one.shape[axis] >= _LEAST_SIDE]
    if len(sides) < 2:
        return _turned(one, rng)
    picked = np.ones(one.shape, bool)
    blocks = rng.integers(0, 2, [_BLOCKS] * len(sides)).astype(bool)
    for axis, side in enumerate(sides):
        places = np.minimum(np.arange(one.shape[side]) * _BLOCKS // one.shape[side], _BLOCKS - 1)
        blocks = np.take(blocks, places, axis=axis)
    shape = [size if axis in sides else 1 for axis, size in enumerate(one.shape)]
    picked &= blocks.reshape(shape)
    moved = np.roll(other, [int(rng.integers(0, one.shape[side])) for side in sides], sides)
    return np.where(picked, one, moved).astype(np.float32)


def _between(one: Array, other: Array, rng: np.random.Generator) -> Array:
    share = np.float32(rng.uniform())
    return share * one + (1 - share) * other


def _turned(vector: Array, rng: np.random.Generator) -> Array:
    """Another direction, as long as before."""
    drawn = rng.standard_normal(vector.shape)
    length = np.linalg.norm(drawn)
    return (drawn * (np.linalg.norm(vector) / length if length else 0.0)).astype(np.float32)
