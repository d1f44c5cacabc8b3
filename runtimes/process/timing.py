"""The timed loop: first pass, warm-up, timed passes, each apart."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter_ns

from mobileswap.runtimes.plan import Plan

Clock = Callable[[], int]  # nanoseconds, monotonic


@dataclass(frozen=True)
class WarmUp:
    """What went before the timed passes."""

    first_pass_ms: float
    passes: int
    ms: float


def warm_up(run: Callable[[], object], plan: Plan, clock: Clock = perf_counter_ns) -> WarmUp:
    """The first pass, and then as many and as long as planned."""
    with _no_garbage_collection():
        start = clock()
        run()
        warmup_start = clock()
        passes = 0
        while passes < plan.warmup or clock() - warmup_start < plan.warmup_s * 1e9:
            run()
            passes += 1
        return WarmUp((warmup_start - start) / 1e6, passes, (clock() - warmup_start) / 1e6)


def time_block(
    run: Callable[[], object], passes: int, *, lead_in_s: float = 0.0, clock: Clock = perf_counter_ns
) -> list[float]:
    """Milliseconds of each pass of ``run``, which must not return before its outputs are on the host.

    The outputs of a pass are released after its time was taken, as an app would that still has to show them. The
    garbage collector rests meanwhile and is put back whatever happens.

    Args:
        run: one pass.
        passes: how many to time.
        lead_in_s: let passes go by untimed before them, for so long and at least one; none where it is 0.
        clock: nanoseconds.
    """
    samples = [0] * passes
    with _no_garbage_collection():
        end = clock() + lead_in_s * 1e9
        while lead_in_s and clock() < end:
            run()
        for i in range(passes):
            start = clock()
            outputs = run()
            samples[i] = clock() - start
            del outputs
    return [ns / 1e6 for ns in samples]


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
