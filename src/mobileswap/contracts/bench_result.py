"""What a benchmark leaves behind: every sample, and the machine it was taken on."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mobileswap.contracts.files import read_versioned, write_json
from mobileswap.contracts.verdict import Outcome

BENCH = "bench.json"  # its name in a run folder
SCHEMA = 2
DTYPES = ("fp32", "bf16", "fp16")


class Scenario(StrEnum):
    """What one timed pass is."""

    FORWARD = "forward"  # one forward pass of one component, inputs ready: the paper's figure
    SWAP = "swap"  # one frame of a swap whose embedding was computed once, beforehand


class Doubt(StrEnum):
    """Why a figure is worth less than it looks."""

    UNVERIFIED = "unverified"  # parity has not passed for this very file
    FEW_RUNS = "few runs"  # fewer than were asked for, or too few for an interval
    UNSTEADY = "unsteady"  # coefficient of variation
    DRIFT = "drift"  # the last third is not like the first
    LOADED = "loaded"  # other work on the machine
    OVERSUBSCRIBED = "oversubscribed"  # more threads than cores
    THROTTLED = "throttled"  # governor or temperature
    FELL_BACK = "fell back"  # a part of it ran elsewhere than asked; where all of it did, that is a failure


@dataclass(frozen=True)
class Flag:
    """A doubt and, in words with its figures, why there is one."""

    doubt: Doubt
    detail: str


@dataclass(frozen=True)
class Environment:
    """The machine, as far as it bears on a time.

    Attributes:
        cores: that this process may use.
        load_average: over the last minute, before the first pass; what we ourselves did in that minute is in it.
        commit: of mobileswap, or "" outside a clone.
        load_after: the same after the last pass; our own threads are in it.
        governor: of the processor's clock, "" where the system does not tell.
        celsius: of the hottest sensor after the last pass, None where the system does not tell.
        busy_cores: how many of the cores others kept busy in the moment before the first pass, while we did nothing.
    """

    os: str
    cpu: str
    cores: int
    memory_bytes: int
    python: str
    load_average: float
    commit: str
    load_after: float = 0.0
    governor: str = ""
    celsius: float | None = None
    busy_cores: float = 0.0


@dataclass(frozen=True)
class Peak:
    """What a matrix product reached on this machine in the same run: a measured bound, no data sheet's."""

    device: str
    dtype: str
    threads: int
    gflops_per_s: float


@dataclass(frozen=True)
class Summary:
    """Statistics of the timed passes, in milliseconds. The mean is the paper's figure.

    Attributes:
        median_interval_ms: 95 % bootstrap interval of the median, lower and upper end.
        cv: standard deviation / mean.
        drift: median of the last third / median of the first third − 1.
    """

    mean_ms: float
    median_ms: float
    median_interval_ms: tuple[float, float]
    p90_ms: float
    p99_ms: float
    min_ms: float
    cv: float
    drift: float


@dataclass(frozen=True)
class BenchRun:
    """One artifact in one backend, in a process of its own.

    Attributes:
        device: that was asked for; ``ran_on`` is what the backend said it used.
        verified: the artifact's parity had passed, for the very file that was timed.
        outcome: PASS where all passes were timed; else a named failure, and ``detail`` says what happened.
        peak_memory_bytes: highest resident memory of the process.
        samples_ms: every timed pass, in order, none dropped.
        settings: how the backend was set otherwise than by default, for instance ``bf16`` or ``compiled``.
        flops: of one pass, two for each multiplication with its addition; 0 where nobody counted.
        blocks: how many passes were taken in turn before another backend's; empty where none was interleaved.
        embedding_ms: of the one pass of the embedder before the frames, in a swap; it was the first of its process.
        embedder_sha256: of that embedder's artifact.
        device_ms: median pass by the device's own clock, without the way there and back; 0.0 where it has none.
        flags: doubts about the figures.
    """

    backend: str
    backend_version: str
    family: str
    component: str
    artifact: str
    artifact_sha256: str
    size_bytes: int
    precision: str
    device: str
    trained: bool
    verified: bool
    threads: int
    warmup: int
    outcome: Outcome
    detail: str
    load_ms: float
    first_pass_ms: float
    peak_memory_bytes: int
    samples_ms: tuple[float, ...]
    summary: Summary | None
    scenario: Scenario = Scenario.FORWARD
    ran_on: str = ""
    settings: tuple[str, ...] = ()
    flops: int = 0
    blocks: tuple[int, ...] = ()
    embedding_ms: float = 0.0
    flags: tuple[Flag, ...] = ()
    embedder_sha256: str = ""
    device_ms: float = 0.0

    @property
    def dtype(self) -> str:
        """What it computes in: as set, else as the artifact has it."""
        return next((setting for setting in self.settings if setting in DTYPES), self.precision)

    @property
    def gflops_per_s(self) -> float | None:
        """Effective rate at the median, or None where it cannot be said."""
        return self.flops / self.summary.median_ms / 1e6 if self.flops and self.summary else None


@dataclass(frozen=True)
class BenchResult:
    """Runs that were taken together.

    Attributes:
        created: ISO 8601, UTC.
        peaks: to hold ``gflops_per_s`` against.
        interleaved: the backends took turns in blocks, so that drift of the machine hits all alike.
    """

    schema: int
    created: str
    command: str
    environment: Environment
    runs: tuple[BenchRun, ...]
    peaks: tuple[Peak, ...] = ()
    interleaved: bool = False

    def share_of_peak(self, run: BenchRun) -> float | None:
        """The run's effective rate over what a matrix product reached, or None where either was not measured."""
        bound = next((p for p in self.peaks if (p.device, p.dtype, p.threads) == peak_key(run)), None)
        return run.gflops_per_s / bound.gflops_per_s if bound and run.gflops_per_s else None


def peak_key(run: BenchRun) -> tuple[str, str, int]:
    """Device, dtype and threads of the matrix product that a run is held against."""
    return run.device, run.dtype, run.threads


def write_result(result: BenchResult, path: Path) -> None:
    write_json(path, result)


def read_result(path: Path) -> BenchResult:
    """Read a benchmark's JSON.

    Raises:
        BadInput: not there, half-written, or of another schema.
    """
    return read_versioned(path, BenchResult, SCHEMA, what="a benchmark", remedy="run `mobileswap bench run` again")
