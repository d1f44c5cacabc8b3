"""What a runtime has to be: something that is opened on a file, run with arrays, and closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy.typing as npt

from contracts.errors import MobileswapError

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class RunnerOptions:
    """How a runtime is to be opened.

    Attributes:
        threads: of one pass; a runtime that cannot fix them ignores it and says so in its file.
        device: compute unit or execution provider; "" is the runtime's own default.
    """

    threads: int = 1
    device: str = ""


class Runner(Protocol):
    """An opened artifact. ``run`` blocks until every output is on the host, and keeps the inputs as they were.

    Attributes:
        version: of the runtime, for instance ``onnxruntime 1.31.1``.
    """

    version: str

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]: ...

    def close(self) -> None: ...


class UnknownOperation(MobileswapError):
    """A reference executor met an operation, or an attribute of one, that it does not know; the message names it."""
