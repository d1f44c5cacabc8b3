"""What a runtime has to be: something that is opened on a file, run with arrays, and closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mobileswap.contracts.arrays import Array

if TYPE_CHECKING:
    from mobileswap.runtimes.plan import Plan, Timing


@dataclass(frozen=True)
class VendorProgram:
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
class Settings:
    """What only some runtimes can be told; Runtime.settings names them by these fields.

    Attributes:
        dtype: to compute in, ``fp32``, ``bf16`` or ``fp16``; floats cross the border all the same.
        compiled: by the runtime's own compiler.
        channels_last: NHWC in memory.
    """

    dtype: str = "fp32"
    compiled: bool = False
    channels_last: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """What differs from the default, for a result."""
        chosen = {"compiled": self.compiled, "channels last": self.channels_last}
        return (*([] if self.dtype == "fp32" else [self.dtype]), *(word for word, on in chosen.items() if on))


AS_IT_IS = Settings()


@dataclass(frozen=True)
class RunnerOptions:
    """How a runtime is to be opened.

    Attributes:
        threads: of one pass; a runtime that cannot fix them ignores it and says so in its file.
        device: compute unit or execution provider; "" is the runtime's own default.
        program: for a runtime that needs one.
        settings: for a runtime that knows them.
    """

    threads: int = 1
    device: str = ""
    program: VendorProgram | None = None
    settings: Settings = AS_IT_IS


class Runner(Protocol):
    """An opened artifact. ``run`` blocks until every output is on the host, and keeps the inputs as they were.

    Attributes:
        version: of the runtime, for instance ``onnxruntime 1.31.1``.
        ran_on: what really computes, in the runtime's own words; "" where it does not tell.
    """

    version: str
    ran_on: str

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]: ...

    def close(self) -> None: ...


class HasDeviceClock(Runner, Protocol):
    """A runner on a device that takes the time of a pass itself.

    Attributes:
        device_ms: of every pass so far, without the way to the device and back; empty where the device has no clock.
    """

    device_ms: list[float]


class TimesItself(Runner, Protocol):
    """A runner on a program with a clock of its own; see Runtime.program."""

    def time(self, inputs: Mapping[str, Array], plan: "Plan") -> "Timing": ...
