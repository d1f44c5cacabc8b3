"""An exact simplification of a network, as one function with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

TARGETS = ("ane", "cpu")  # what a graph is written for: Apple's Neural Engine, or processors that can do everything


@dataclass(frozen=True)
class Rewrite:
    """An exact simplification.

    Attributes:
        name: to switch it off with ``--no-rewrite``.
        reason: why the outputs stay the same.
        apply: changes the network it is given, returns in how many places.
        targets: where it is of use, of TARGETS.
    """

    name: str
    reason: str
    apply: Callable[[nn.Module], int]
    targets: tuple[str, ...] = TARGETS
