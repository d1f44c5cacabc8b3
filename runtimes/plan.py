"""How passes are to be timed, and the times that came of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """How often to run.

    Attributes:
        runs: timed passes, at least; the paper averages 100.
        warmup: untimed passes before them, at least, the first pass not counted.
        warmup_s: and at least this long, so that a small network too finds a settled clock frequency.
        min_time_s: the timed passes go on until they took this long together.
    """

    runs: int = 100
    warmup: int = 10
    warmup_s: float = 0.5
    min_time_s: float = 0.0

    def __post_init__(self) -> None:
        if self.runs < 1 or self.warmup < 0 or self.warmup_s < 0 or self.min_time_s < 0:
            raise ValueError(f"expected runs ≥ 1, warmup ≥ 0, warmup_s ≥ 0 and min_time_s ≥ 0, got {self}")


@dataclass(frozen=True)
class Timing:
    """What the loop saw.

    Attributes:
        samples_ms: every timed pass in order, none dropped.
        blocks: how many of them were taken in one go.
    """

    first_pass_ms: float
    warmup_passes: int
    warmup_ms: float
    samples_ms: tuple[float, ...]
    blocks: tuple[int, ...] = ()
