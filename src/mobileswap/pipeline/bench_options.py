"""What is asked of a benchmark."""

from __future__ import annotations

from dataclasses import dataclass

from mobileswap.contracts.bench_result import Scenario
from mobileswap.runtimes.runner import AS_IT_IS, Settings, VendorProgram
from mobileswap.runtimes.runtime_entries import find_runtime


@dataclass(frozen=True)
class BenchOptions:
    """How to time, as on the command line; see bench/benchmark.py.

    Attributes:
        min_time_s: go on until the timed passes took this long together.
        interleave: by turns; None where there are several to be timed.
        device: of every backend but those that are a vendor's program.
        program: the vendor's program.
        program_device: what that is to use.
        settings: of every backend.
        scenario: what a pass is.
    """

    runs: int = 100
    warmup: int = 10
    min_time_s: float = 0.0
    interleave: bool | None = None
    threads: int = 1
    device: str = ""
    timeout_s: float = 1800.0
    program: VendorProgram | None = None
    program_device: str = ""
    settings: Settings = AS_IT_IS
    scenario: Scenario = Scenario.FORWARD

    def device_of(self, backend: str) -> str:
        return self.program_device if find_runtime(backend).program else self.device
