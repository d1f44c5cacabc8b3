"""The words behind the blob names of a layer line, taken one by one."""

import math
import re

import numpy as np

from mobileswap.contracts.errors import BadInput, UnknownOperation
from mobileswap.formats.tnn.proto_reader import ProtoLayer

_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")
_MOST = 1 << 24  # no stride, pad, axis or size of ours is near; what is larger is damage


class Params:
    """Hands out a layer's parameters in order.

    Raises, from every method:
        BadInput: a word is missing, is no number, or is out of all proportion.
    """

    def __init__(self, layer: ProtoLayer) -> None:
        self.layer = layer
        self._at = 0

    def integer(self, what: str, default: int | None = None, *, least: int = -_MOST) -> int:
        """The next word as an integer; ``default`` where the line has ended and TNN would assume it."""
        word = self._next(what, default)
        if isinstance(word, int):
            return word
        if not _INTEGER.fullmatch(word) or not least <= int(word) <= max(_MOST, least):
            raise self.fault(f"{what} = {word!r}")
        return int(word)

    def integers(self, count: int, what: str, *, least: int = -_MOST) -> tuple[int, ...]:
        """So many integers."""
        if count > len(self.layer.params):
            raise self.fault(f"{count} × {what}")
        return tuple(self.integer(what, least=least) for _ in range(count))

    def counted(self, what: str, *, least: int = -_MOST) -> tuple[int, ...]:
        """A list that its own length goes ahead of."""
        return self.integers(self.integer(f"number of {what}", least=0), what, least=least)

    def number(self, what: str) -> float:
        """The next word as a finite float32, which is what TNN makes of it."""
        word = self._next(what, None)
        try:
            with np.errstate(over="ignore"):
                value = float(np.float32(float(word)))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.fault(f"{what} = {word!r}")
        return value

    def rest(self, what: str) -> tuple[int, ...]:
        """All that is left, as integers."""
        return self.integers(len(self.layer.params) - self._at, what)

    @property
    def more(self) -> bool:
        """Whether the line goes on."""
        return self._at < len(self.layer.params)

    def end(self) -> None:
        """Refuse a line that goes on."""
        if self.more:
            raise self.fault(f"{len(self.layer.params) - self._at} parameters too many")

    def fault(self, what: str) -> BadInput:
        """The error of a damaged line; the caller raises it."""
        return BadInput(f"{self.layer.type} {self.layer.name!r}: {what} cannot be; the .tnnproto is damaged")

    def unknown(self, what: str) -> UnknownOperation:
        """The error of a parameter that means something we do not know; the caller raises it."""
        return UnknownOperation(f"{self.layer.type} {self.layer.name!r}: {what} is not known to the TNN executor")

    def _next(self, what: str, default: int | None) -> str | int:
        if not self.more:
            if default is None:
                raise self.fault(f"a line without {what}")
            return default
        self._at += 1
        return self.layer.params[self._at - 1]
