"""What `lint fp16` says: how large the values of every tensor get, and what half precision will make of them."""

from dataclasses import dataclass
from enum import StrEnum

SCHEMA = 1
LARGEST = 65504.0  # of fp16
ACCUMULATOR = 32768.0  # where sums of products saturate on chips of the M1's tier
SMALLEST_NORMAL = 2.0**-14  # of fp16, 6.104e-5; below it digits are lost
CLOSE = 4.0  # a factor: other inputs than these may take as much


class Severity(StrEnum):
    """From the best to the worst."""

    OK = "ok"
    FADES = "mostly below fp16's normal numbers"
    NEAR_ACCUMULATOR = "near 32768"
    NEAR = "near 65504"
    SATURATES = "beyond 32768"
    OVERFLOWS = "beyond 65504"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


@dataclass(frozen=True)
class TensorRange:
    """One tensor over all samples, computed in float32.

    Attributes:
        tensor: its name in the file; ``operation`` and ``type`` are those of what makes it.
        place: of the network (contracts/place.py).
        lowest: like the next three of the finite values.
        largest: magnitude; ``sample`` is where it was found.
        smallest: magnitude that is not zero; 0.0 where all are.
        below_share: of the values that are not zero, those below SMALLEST_NORMAL.
        not_finite: how many values are infinite or no number, in float32 already.
    """

    tensor: str
    operation: str
    type: str
    place: str
    lowest: float
    highest: float
    largest: float
    smallest: float
    below_share: float
    not_finite: int
    sample: str
    severity: Severity


@dataclass(frozen=True)
class RangesReport:
    """All tensors of a file, in the order of execution.

    Attributes:
        runtime: that computed them.
        samples: by name.
    """

    schema: int
    artifact: str
    artifact_sha256: str
    runtime: str
    samples: tuple[str, ...]
    tensors: tuple[TensorRange, ...]

    @property
    def listed(self) -> tuple[TensorRange, ...]:
        """What is not ok, the worst first."""
        found = [one for one in self.tensors if one.severity is not Severity.OK]
        return tuple(sorted(found, key=lambda one: (-one.severity.rank, -one.largest)))
