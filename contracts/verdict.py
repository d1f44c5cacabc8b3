"""What a parity check found: metrics, the limits they were held against, and one outcome with a name."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """PASS, or the name of what went wrong. Only an explicit yes is a pass."""

    PASS = "PASS"
    PASS_WITH_WARNING = "PASS WITH WARNING"  # within the hard limits, outside the expected ones
    OUTPUTS = "OUTPUTS"  # an output is missing, or there is one too many
    SHAPE = "SHAPE"
    NOT_FINITE = "NOT_FINITE"  # a NaN or an infinity
    TOO_FAR = "TOO_FAR"  # outside a hard limit
    CRASH = "CRASH"  # the runtime's process died or raised
    TIMEOUT = "TIMEOUT"
    UNKNOWN_OP = "UNKNOWN_OP"  # the reference executor does not know an operation of the file
    UNAVAILABLE = "UNAVAILABLE"  # the runtime does not exist on this machine
    NOT_CHECKED = "NOT_CHECKED"

    @property
    def passed(self) -> bool:
        return self in (Outcome.PASS, Outcome.PASS_WITH_WARNING)


@dataclass(frozen=True)
class Metrics:
    """The distance of one output from the reference, in float64.

    Attributes:
        max_abs: largest absolute difference, in the output's own unit.
        max_abs_at: its index in the output.
        mean_abs: mean absolute difference.
        psnr_db: 20·log10(data_range) − 10·log10(MSE); PSNR_CEILING_DB where the two are equal.
        cosine: of the two flattened tensors; 1.0 where both are zero, 0.0 where only one is.
        reference_range: lowest and highest value of the reference.
        candidate_range: lowest and highest value of the candidate.
    """

    max_abs: float
    max_abs_at: tuple[int, ...]
    mean_abs: float
    psnr_db: float
    cosine: float
    reference_range: tuple[float, float]
    candidate_range: tuple[float, float]


PSNR_CEILING_DB = 300.0  # JSON has no infinity; two equal tensors are given this


@dataclass(frozen=True)
class Limits:
    """What a precision is allowed. ``max_abs`` is for an output with data range 2 and scales with the data range."""

    name: str
    psnr_hard_db: float
    psnr_expected_db: float
    max_abs: float
    cosine: float


@dataclass(frozen=True)
class SampleVerdict:
    """One output of one sample. ``metrics`` is absent where there was nothing to measure; ``detail`` then says why."""

    sample: str
    output: str
    outcome: Outcome
    detail: str
    metrics: Metrics | None


@dataclass(frozen=True)
class ParityReport:
    """An artifact in one runtime against the golden file; the worst output of the worst sample decides.

    Attributes:
        runtime: name in bench/runtimes.py.
        reference_executor: true where our own executor ran the file in place of the vendor's runtime.
        golden_sha256: of the golden file.
        samples: every output of every sample, in the golden file's order; empty where the runtime never answered.
        worst: index into ``samples`` of the one that decided, or None where there is none.
        sentence: the verdict in words, with the worst value, its limit, sample and output.
    """

    runtime: str
    runtime_version: str
    reference_executor: bool
    limits: Limits
    golden_sha256: str
    outcome: Outcome
    sentence: str
    samples: tuple[SampleVerdict, ...]
    worst: int | None
    seconds: float

    @property
    def passed(self) -> bool:
        """No evidence is not a pass: there are samples, each of them passed, and so did the whole."""
        return self.outcome.passed and bool(self.samples) and all(one.outcome.passed for one in self.samples)
