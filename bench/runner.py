"""What a runtime has to be: something that is opened on a file, run with arrays, and closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy.typing as npt

from contracts.errors import MobileswapError

if TYPE_CHECKING:
    from bench.timing import Plan, Timing

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Program:
    """A vendor's own program that runs artifacts, for a runtime that is no Python module.

    Attributes:
        path: of the program, built for where it runs.
        adb: run it on an Android device.
        serial: of that device; "" where there is only one.
    """

    path: str
    adb: bool = False
    serial: str = ""


@dataclass(frozen=True)
class RunnerOptions:
    """How a runtime is to be opened.

    Attributes:
        threads: of one pass; a runtime that cannot fix them ignores it and says so in its file.
        device: compute unit or execution provider; "" is the runtime's own default.
        program: for a runtime that needs one.
    """

    threads: int = 1
    device: str = ""
    program: Program | None = None


class Runner(Protocol):
    """An opened artifact. ``run`` blocks until every output is on the host, and keeps the inputs as they were.

    Attributes:
        version: of the runtime, for instance ``onnxruntime 1.31.1``.
    """

    version: str

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]: ...

    def close(self) -> None: ...


class TimesItself(Runner, Protocol):
    """A runner on a program with a clock of its own; see Runtime.program."""

    def time(self, inputs: Mapping[str, Array], plan: "Plan") -> "Timing": ...


class UnknownOperation(MobileswapError):
    """A reference executor met an operation, or an attribute of one, that it does not know; the message names it."""
