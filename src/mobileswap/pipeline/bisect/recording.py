"""What a runtime's process wrote down of a file's inside."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mobileswap.runtimes.process.watching import read_watched

if TYPE_CHECKING:
    from mobileswap.contracts.arrays import Array
    from mobileswap.runtimes.process.job import Watched


class Recording:
    """The tensors of one pass, by place.

    Args:
        folder: where ``runtimes.process.watching`` wrote them.
        taps: place → tensor, from artifact.json.
    """

    def __init__(self, folder: Path, taps: Mapping[str, str]) -> None:
        self._folder, self._taps = folder, taps
        self._seen = {entry.tensor: entry for entry in read_watched(folder)}

    def entry(self, place: str) -> Watched | None:
        """What the file made at this place, None where there is nothing or no values of it."""
        found = self._seen.get(self._taps.get(place, ""))
        return found if found and found.file else None

    def array(self, entry: Watched) -> Array:
        return np.load(self._folder / entry.file)  # type: ignore[no-any-return]
