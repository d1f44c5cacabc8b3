"""Arrays of several samples in one safetensors file, as they go to a runtime's process and come back."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from mobileswap.contracts.arrays import Array

Samples = tuple[Mapping[str, Array], ...]


def write_samples(samples: Sequence[Mapping[str, Array]], path: Path) -> None:
    """Write the arrays of every sample; a tensor's key is the sample's number and its name, ``3/target``."""
    tensors = {
        f"{number}/{name}": np.asarray(array, order="C")  # safetensors takes the bytes as they lie in memory
        for number, sample in enumerate(samples)
        for name, array in sample.items()
    }
    save_file(tensors, path)


def read_samples(path: Path, count: int) -> Samples:
    """Read ``count`` samples; one that the file says nothing of is empty.

    Raises:
        ValueError: the file holds a sample that was not asked for.
        OSError, SafetensorError: the file cannot be read.
    """
    samples: list[dict[str, Array]] = [{} for _ in range(count)]
    for key, array in load_file(path).items():
        number, _, name = key.partition("/")
        if not 0 <= int(number) < count:
            raise ValueError(f"{path}: expected {count} samples, found number {number}")
        samples[int(number)][name] = array
    return tuple(samples)
