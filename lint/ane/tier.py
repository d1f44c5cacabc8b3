"""Chips by what their Neural Engine can do.

Source B measured Macs and names M1 with A13, M2 with A14, M3 with A15, M4 and M5 with A16 and A17. The usual names are
one phone later: A14 with M1, A15 with M2, A16 with M3. What arrives with a chip after B is therefore certain from the
next phone on only; on the phone itself it is disputed.
"""

from dataclasses import dataclass
from enum import Enum, auto

from mobileswap.contracts.lint_report import TIERS

NOTE = (
    "Chips are named after source B, which puts A13 beside M1 and A14 beside M2; others put A14 beside M1. What comes "
    "with a chip is therefore taken as disputed on that chip, and as there on the next. A13 (iPhone 11) has no texture "
    "engine in either."
)
TEXTURE_ENGINE = WIDE_KERNELS = "A14"
WHOLE_SLICES = TRIGONOMETRY = "A15"
LARGE_TENSORS = "A16+"


class Presence(Enum):
    ABSENT = auto()
    DISPUTED = auto()
    PRESENT = auto()


@dataclass(frozen=True)
class Chip:
    tier: str

    def has(self, arrives_with: str) -> Presence:
        """Whether what arrives with that tier is there."""
        later = TIERS.index(self.tier) - TIERS.index(arrives_with)
        if later == 0:
            return Presence.DISPUTED
        return Presence.PRESENT if later > 0 else Presence.ABSENT
