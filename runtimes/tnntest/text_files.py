"""What TNNTest reads and writes, as text: inputs, outputs, and the line with the times."""

import re
from dataclasses import dataclass

import numpy as np

from mobileswap.contracts.arrays import Array

_SMALLEST = np.finfo(np.float32).tiny  # Android's C++ library stops reading at a number below it
_OUTPUT = re.compile(r"(\S+) mat_type: \d+ dims: (\d+)((?: \d+)*)\s*")
_TIMES = re.compile(r"time cost: min = *([0-9.]+) *ms *\| *max = *([0-9.]+) *ms *\| *avg = *([0-9.]+) *ms")
_ERROR = re.compile(r"E/tnn: .*")


@dataclass(frozen=True)
class Times:
    """What TNNTest tells of its timed passes, in milliseconds with three decimals."""

    min_ms: float
    max_ms: float
    mean_ms: float


def input_text(numbers: Array) -> str:
    """One number a line, with the nine digits that make a float32 come back the same."""
    flat = np.where(np.abs(numbers) < _SMALLEST, np.float32(0), numbers).ravel()
    return "".join(f"{value:.9g}\n" for value in flat.tolist())


def parse_outputs(text: str) -> dict[str, Array]:
    """The outputs, float32; NaN and infinities as they are, for the parity check to refuse.

    Raises:
        ValueError: the file is not what TNNTest writes, or stops early.
    """
    lines = text.splitlines()
    count = int(lines[0]) if lines and lines[0].isdigit() else 0
    heads = [_OUTPUT.fullmatch(line) for line in lines[1 : 1 + count]]
    shapes = {match[1]: tuple(int(size) for size in match[3].split()) for match in heads if match}
    if not count or len(shapes) != count:
        raise ValueError(f"TNNTest's output file does not begin with its outputs: {lines[:2]}")
    numbers = np.array(lines[1 + count :], dtype=np.float64).astype(np.float32)
    sizes = [int(np.prod(shape)) for shape in shapes.values()]
    if numbers.size != sum(sizes):
        raise ValueError(f"TNNTest's output file has {numbers.size} numbers for outputs of {sum(sizes)}")
    parts = np.split(numbers, np.cumsum(sizes)[:-1])
    return {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}


def parse_times(log: str) -> Times:
    """The last line with times.

    Raises:
        ValueError: there is none.
    """
    found = _TIMES.findall(log)
    if not found:
        raise ValueError(f"TNNTest printed no times; {complaint_of(log)}")
    low, high, mean = (float(word) for word in found[-1])
    return Times(low, high, mean)


def complaint_of(log: str) -> str:
    """What TNNTest says went wrong, in one line."""
    errors = _ERROR.findall(log)
    if errors:
        return str(errors[-1])
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
