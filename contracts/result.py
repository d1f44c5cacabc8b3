"""What a benchmark leaves behind: every sample, and the machine it was taken on."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from contracts.errors import BadInput
from contracts.files import read_json, write_json
from contracts.verdict import Outcome

SCHEMA = 1


@dataclass(frozen=True)
class Environment:
    """The machine, as far as it bears on a time."""

    os: str
    cpu: str
    cores: int  # that this process may use
    memory_bytes: int
    python: str
    load_average: float  # over the last minute, before the first pass
    commit: str  # of mobileswap, or "" outside a clone


@dataclass(frozen=True)
class Summary:
    """Statistics of the timed passes, in milliseconds. The mean is the paper's figure."""

    mean_ms: float
    median_ms: float
    p90_ms: float
    p99_ms: float
    min_ms: float
    cv: float  # standard deviation / mean


@dataclass(frozen=True)
class BenchRun:
    """One artifact in one backend, in a process of its own.

    Attributes:
        outcome: PASS where all passes were timed; else a named failure, and ``detail`` says what happened.
        samples_ms: every timed pass, in order, none dropped.
        peak_memory_bytes: highest resident memory of the process.
        verified: the artifact's parity had passed, for the very file that was timed.
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


@dataclass(frozen=True)
class BenchResult:
    schema: int
    created: str  # ISO 8601, UTC
    command: str
    environment: Environment
    runs: tuple[BenchRun, ...]


def write_result(result: BenchResult, path: Path) -> None:
    write_json(path, result)


def read_result(path: Path) -> BenchResult:
    """Read a benchmark's JSON.

    Raises:
        BadInput: not there, half-written, or of another schema.
    """
    try:
        result = read_json(path, BenchResult)
    except msgspec.ValidationError as error:
        raise BadInput(f"{path}: not a benchmark of schema {SCHEMA} ({error}); run `mobileswap bench run`") from error
    if result.schema != SCHEMA:
        raise BadInput(f"{path}: schema {result.schema}, this mobileswap reads {SCHEMA}; run the benchmark again")
    return result
