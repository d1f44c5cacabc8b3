"""The timed loop: first pass, warm-up, timed passes, each apart."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter_ns

Clock = Callable[[], int]  # nanoseconds, monotonic


@dataclass(frozen=True)
class Plan:
    """How often to run.

    Attributes:
        runs: timed passes; the paper averages 100.
        warmup: untimed passes before them, at least, the first pass not counted.
        warmup_s: and at least this long, so that a small network too finds a settled clock frequency.
    """

    runs: int = 100
    warmup: int = 10
    warmup_s: float = 0.5

    def __post_init__(self) -> None:
        if self.runs < 1 or self.warmup < 0 or self.warmup_s < 0:
            raise ValueError(f"expected runs ≥ 1, warmup ≥ 0 and warmup_s ≥ 0, got {self}")


@dataclass(frozen=True)
class Timing:
    """What the loop saw. ``samples_ms`` holds every timed pass in order, none dropped."""

    first_pass_ms: float
    warmup_passes: int
    warmup_ms: float
    samples_ms: tuple[float, ...]


def time_passes(run: Callable[[], object], plan: Plan, clock: Clock = perf_counter_ns) -> Timing:
    """Time ``run``, which must not return before its outputs are on the host.

    The outputs of a pass are released after its time was taken, as an app would that still has to show them. The
    garbage collector rests meanwhile and is put back whatever happens.
    """
    with _no_garbage_collection():
        first = _timed(run, clock)
        warmup_start = clock()
        warmup_passes = 0
        while warmup_passes < plan.warmup or clock() - warmup_start < plan.warmup_s * 1e9:
            run()
            warmup_passes += 1
        warmup = clock() - warmup_start
        samples = [0] * plan.runs
        for i in range(plan.runs):
            start = clock()
            outputs = run()
            samples[i] = clock() - start
            del outputs
    return Timing(first / 1e6, warmup_passes, warmup / 1e6, tuple(ns / 1e6 for ns in samples))


def _timed(run: Callable[[], object], clock: Clock) -> int:
    start = clock()
    run()
    return clock() - start


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
