"""What a step of training sees: the five values of the paper's dataset, for a batch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor

Pictures = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Triplets:
    """A batch of swaps.

    Attributes:
        source: (B, 256, 256, 3) RGB, who gives the identity.
        target: what the identity is put on.
        truth: what the swap has to be; means nothing where ``with_truth`` is false.
        with_truth: (B,), whether the truth is known.
        source_is_real: (B,), whether the source is an unedited picture; else the target is. The discriminator learns
            from the real one.
        people: (B,), the sources' seeds where they are rendered, else None.
    """

    source: Pictures
    target: Pictures
    truth: Pictures
    with_truth: Flags
    source_is_real: Flags
    people: Ints | None = None


Identify = Callable[[Triplets], Tensor]  # (B, 512) of a batch's sources


class TripletSource(Protocol):
    """Where batches come from: rendered faces or a user's folder."""

    def triplets(self, rng: np.random.Generator, count: int, own: float) -> Triplets:
        """A batch; in a part ``own`` of it the source is the target's own person."""
