"""What a parity check found: metrics, the limits they were held against, and one outcome with a name."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """PASS, or the name of what went wrong. Only an explicit yes is a pass."""

    PASS = "PASS"
    PASS_WITH_WARNING = "PASS WITH WARNING"  # within the hard limits, outside the expected ones
    INTERFACE = "INTERFACE"  # the file declares another interface, precision or origin than artifact.json, or none
    OUTPUTS = "OUTPUTS"  # an output is missing, or there is one too many
    SHAPE = "SHAPE"
    NOT_FINITE = "NOT_FINITE"  # a NaN or an infinity
    TOO_FAR = "TOO_FAR"  # outside a hard limit
    CRASH = "CRASH"  # the runtime's process died or raised
    TIMEOUT = "TIMEOUT"
    MEMORY = "MEMORY"  # it asked for more memory than it was allowed
    UNKNOWN_OP = "UNKNOWN_OP"  # the reference executor does not know an operation of the file
    UNAVAILABLE = "UNAVAILABLE"  # the runtime does not exist on this machine
    NOT_CHECKED = "NOT_CHECKED"

    @property
    def passed(self) -> bool:
        return self in (Outcome.PASS, Outcome.PASS_WITH_WARNING)


@dataclass(frozen=True)
class PictureMetrics:
    """What only pictures and masks have. A mean over all pixels hides a broken border or corner; these do not.

    Attributes:
        ssim: mean structural similarity of windows of 7×7 pixels; 1.0 where the two are equal. None of a mask, whose
            large flat parts have no structure.
        changed_share: of the pixels, those whose 8-bit levels differ in any channel.
        changed_mean: by how many levels those channels differ on average; 0.0 where none does.
        changed_most: by how many levels at most.
        tile_psnr_db: of the worst tile of 16×16 pixels.
        tile_at: row and column of that tile's first pixel.
        border_psnr_db: of the outermost 4 pixels on all sides.
    """

    ssim: float | None
    changed_share: float
    changed_mean: float
    changed_most: int
    tile_psnr_db: float
    tile_at: tuple[int, int]
    border_psnr_db: float


@dataclass(frozen=True)
class Metrics:
    """The distance of one output from the reference, in float64.

    Attributes:
        max_abs: largest absolute difference, in the output's own unit.
        max_abs_at: its index in the output.
        mean_abs: mean absolute difference.
        rmse: root of the mean squared difference.
        psnr_db: 20·log10(data_range) − 10·log10(MSE); PSNR_CEILING_DB where the two are equal.
        snr_db: of the reference's own power over the MSE; the ceiling where the two are equal, its negative where the
            reference is zero and the candidate is not.
        cosine: of the two flattened tensors; 1.0 where both are zero, 0.0 where only one is.
        reference_range: lowest and highest value of the reference.
        candidate_range: lowest and highest value of the candidate.
        picture: None for what is neither a picture nor a mask.
    """

    max_abs: float
    max_abs_at: tuple[int, ...]
    mean_abs: float
    rmse: float
    psnr_db: float
    snr_db: float
    cosine: float
    reference_range: tuple[float, float]
    candidate_range: tuple[float, float]
    picture: PictureMetrics | None = None


PSNR_CEILING_DB = 300.0  # JSON has no infinity; two equal tensors are given this


@dataclass(frozen=True)
class Bound:
    """``hard`` decides between pass and failure, ``expected`` between a pass with and without a warning."""

    hard: float
    expected: float


@dataclass(frozen=True)
class Limits:
    """What a precision is allowed; parity/limits.py says which way each is read.

    Attributes:
        name: of the precision.
        max_abs: for an output with data range 2; scales with the data range.
        ssim: like all from here on, of pictures only.
    """

    name: str
    psnr_db: Bound
    snr_db: Bound
    max_abs: Bound
    cosine: Bound
    ssim: Bound
    tile_psnr_db: Bound
    border_psnr_db: Bound
    changed_share: Bound


@dataclass(frozen=True)
class Waiver:
    """Someone takes it upon themselves that a runtime did not check an artifact.

    Attributes:
        name: of the runtime.
        reason: in the words of who waived it.

    Raises:
        ValueError: one of the two is empty.
    """

    name: str
    reason: str

    def __post_init__(self) -> None:
        if not (self.name.strip() and self.reason.strip()):
            raise ValueError("a waiver has a name and a reason")


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
        runtime: name in runtimes/runtime_entries.py.
        reference_executor: true where our own executor ran the file in place of the vendor's runtime.
        limits: that the outputs were held to.
        default_limits: that they would have been held to if nobody had changed them.
        golden_sha256: of the golden file.
        samples: every output of every sample, in the golden file's order; empty where the runtime never answered.
        worst: index into ``samples`` of the one that decided, or None where there is none.
        sentence: the verdict in words, with the worst value, its limit, sample and output.
        seconds: the whole check took.
        passes_seconds: of those, the runtime's own passes.
        waiver: of an outcome NOT_CHECKED.
    """

    runtime: str
    runtime_version: str
    reference_executor: bool
    limits: Limits
    default_limits: Limits
    golden_sha256: str
    outcome: Outcome
    sentence: str
    samples: tuple[SampleVerdict, ...]
    worst: int | None
    seconds: float
    passes_seconds: float = 0.0
    waiver: Waiver | None = None

    @property
    def passed(self) -> bool:
        """No evidence is not a pass: there are samples, each of them passed, and so did the whole."""
        return self.outcome.passed and bool(self.samples) and all(one.outcome.passed for one in self.samples)

    @property
    def waived(self) -> bool:
        """Nothing was found wrong, not everything was looked at, and someone answers for that."""
        seen = (one.outcome for one in self.samples)
        return (
            self.waiver is not None
            and self.outcome is Outcome.NOT_CHECKED
            and all(outcome.passed or outcome is Outcome.NOT_CHECKED for outcome in seen)
        )
