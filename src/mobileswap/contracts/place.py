"""Where a tensor comes from: the module that computed it, the operation, and which of the module's such operations.

Written ``decoder.b128_2.basic_block.conv1x1:convolution``, with ``#2`` behind the second of a kind in one module. The
path is that of the bare network, whatever it is wrapped in; what the wrapping computes has the path ``~``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

OUTSIDE = "~"  # scaling of pictures, crops: part of the file, not of the network


@dataclass(frozen=True)
class Place:
    """One operation of a network.

    Attributes:
        path: of the module, "" for the network itself.
        operation: ATen's name of it, for instance ``leaky_relu``.
        number: from 1, in the order of execution within the module and the kind.
    """

    path: str
    operation: str
    number: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.operation}" + (f"#{self.number}" if self.number > 1 else "")


def parse_place(text: str) -> Place:
    """Read what ``str`` of a Place wrote.

    Raises:
        ValueError: it is none.
    """
    path, colon, rest = text.rpartition(":")
    operation, _, number = rest.partition("#")
    if not (colon and operation):
        raise ValueError(f"{text!r}: expected path:operation")
    return Place(path, operation, int(number or 1))


def places_of(tensors: Iterable[str], taps: Mapping[str, str]) -> dict[str, str]:
    """Tensor → place, for every tensor of a file.

    Args:
        tensors: in the order of execution.
        taps: place → tensor, as artifact.json has it. Of the operations that one of the network's became, it names the
            last; those in between belong to the next one that it names, those behind the last are the file's own.
    """
    named = {tensor: place for place, tensor in taps.items()}
    found: dict[str, str] = {}
    waiting: list[str] = []
    for tensor in tensors:
        waiting.append(tensor)
        if tensor in named:
            found.update(dict.fromkeys(waiting, named[tensor]))
            waiting = []
    return found | dict.fromkeys(waiting, OUTSIDE)


class Numbering:
    """Counts operations of one kind in one module, in the order in which they are told."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, str]] = Counter()

    def next(self, path: str, operation: str) -> Place:
        self._seen[path, operation] += 1
        return Place(path, operation, self._seen[path, operation])
