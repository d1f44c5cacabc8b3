"""What a comparison of two benchmarks found."""

from dataclasses import dataclass
from enum import StrEnum

SCHEMA = 1


class SpeedFinding(StrEnum):
    """What the evidence is enough for."""

    FASTER = "faster"
    SLOWER = "slower"
    NOT_SHOWN = "no difference shown"


@dataclass(frozen=True)
class Difference:
    """Two runs of the same kind.

    Attributes:
        name: of the kind, see ``kind_of`` in bench/compare.py.
        ratio: of the medians, new over base: above 1 is slower.
        interval: 95 % bootstrap interval of the ratio.
        p_value: of a Mann–Whitney test on the blocks' medians; where ``paired``, of one on all passes with the rounds
            as clusters.
        blocks: of the base and of the new run.
        paired: the two took turns, and rounds are compared with one another.
        finding: SLOWER or FASTER only where all the evidence says so.
        doubts: about the figures of either, for instance ``base: loaded``.
    """

    name: str
    base: str
    new: str
    base_median_ms: float
    new_median_ms: float
    ratio: float
    interval: tuple[float, float]
    p_value: float
    blocks: tuple[int, int]
    paired: bool
    finding: SpeedFinding
    doubts: tuple[str, ...] = ()

    @property
    def too_short(self) -> bool:
        """So few blocks that no order of them would be evidence enough for LEVEL in bench/compare.py."""
        return min(self.blocks) < (9 if self.paired else 6)

    def worse_by(self, share: float) -> bool:
        """A slow-down is shown, and the ratio is beyond that share: 0.05 for 5 %."""
        return self.finding is SpeedFinding.SLOWER and self.ratio > 1 + share


@dataclass(frozen=True)
class Comparison:
    """Two benchmarks, or the two halves of one.

    Attributes:
        machines: processors of the two.
        together: base and new were taken in one run, by turns; else the machine may have changed in between.
        differences: of the runs that have a partner.
        alone: the others, in words, with the reason.
    """

    schema: int
    base: str
    new: str
    machines: tuple[str, str]
    together: bool
    differences: tuple[Difference, ...]
    alone: tuple[str, ...]
