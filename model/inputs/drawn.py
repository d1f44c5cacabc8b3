"""Inputs that are no photographs: drawn by seed, as their kind wants them."""

import numpy as np

from mobileswap.contracts.conversion import convert
from mobileswap.contracts.spec import LEVELS, Kind, TensorSpec
from mobileswap.model.inputs.model_input import Array, Pixels
from mobileswap.model.inputs.pictures import as_input, patterns

_SPREAD = 8  # standard deviations that a data range spans


def unit_vector(seed: int, length: int) -> Array:
    """(1, length), L2 norm 1, evenly distributed over directions."""
    vector = np.random.default_rng(seed).standard_normal((1, length))
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def drawn(spec: TensorSpec, seed: int) -> Array:
    """A tensor of this spec; the same for the same seed."""
    match spec.kind:
        case Kind.PICTURE:
            return as_input(_pattern(spec, seed), spec)
        case Kind.MASK:
            return _mask(spec, seed)
        case Kind.VECTOR if spec.norm:
            return unit_vector(seed, spec.shape[-1]) * np.float32(spec.norm)
        case Kind.SCALAR:
            low, high = spec.value_range
            return np.random.default_rng(seed).uniform(low, high, spec.shape).astype(np.float32)
        case _:
            return _normal(spec, seed)


def _pattern(spec: TensorSpec, seed: int) -> Pixels:
    known = [pixels for _, pixels in patterns(spec.height, spec.width).values()]
    return known[seed % len(known)]


def _mask(spec: TensorSpec, seed: int) -> Array:
    """The brightness of a pattern: flat ones, edges, an oval and noise."""
    levels = _pattern(spec, seed).mean(axis=-1, keepdims=True).round()[np.newaxis].astype(np.float32)  # (1, H, W, 1)
    as_levels = TensorSpec(spec.name, levels.shape, "float32", "NHWC", LEVELS, LEVELS[1], spec.meaning, Kind.MASK)
    return convert(levels, as_levels, spec)


def _normal(spec: TensorSpec, seed: int) -> Array:
    """Normal around the middle of the range, and within it."""
    low, high = spec.value_range
    values = np.random.default_rng(seed).standard_normal(spec.shape) * spec.data_range / _SPREAD + (low + high) / 2
    return np.clip(values, low, high).astype(np.float32)
