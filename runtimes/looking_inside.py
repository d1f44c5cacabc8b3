"""What a runtime has to offer that is to show what it computes inside of an artifact."""

from collections.abc import Callable, Container, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mobileswap.contracts.arrays import Array
from mobileswap.runtimes.runner import RunnerOptions

if TYPE_CHECKING:
    from torch import Tensor

Sink = Callable[[str, str, str, Array], None]  # operation's name and type, tensor's name and value
Run = Callable[[Mapping[str, Array]], dict[str, Array]]


class Watcher(Protocol):
    """Opens an artifact for any number of passes, each of which shows the sink all that it computes."""

    def __call__(
        self, path: Path, options: RunnerOptions, wanted: Container[str], sink: Sink, *, widen: bool
    ) -> AbstractContextManager[Run]:
        """Open it.

        Args:
            path: of the artifact's first file.
            options: threads.
            wanted: names of tensors whose values are wanted; the others' may be left out.
            sink: shown every tensor, in the order of execution.
            widen: compute in float32 what the file declares as float16; only where Runtime.widens.
        """
        ...


def observing(sink: Sink) -> "Callable[[str, str, str, Tensor], None]":
    """The sink, for a reference executor that shows PyTorch's tensors."""

    def observe(operation: str, type_: str, tensor: str, value: "Tensor") -> None:
        sink(operation, type_, tensor, value.numpy())

    return observe
