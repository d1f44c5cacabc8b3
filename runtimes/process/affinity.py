"""Which cores a timed process is kept on, so that its threads do not wander in the middle of a pass."""

import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

_TOPOLOGY = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"


def pin(threads: int) -> None:
    """Keep this thread, and those it will start, on as many cores as threads; nothing where the system has no way."""
    if sys.platform == "linux":
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, choose_cores(allowed, {core: _siblings(core) for core in allowed}, threads))


def choose_cores(allowed: Collection[int], siblings: Mapping[int, str], threads: int) -> set[int]:
    """As many of the allowed cores as threads, all of them where there are fewer.

    The last ones first, as systems like to serve interrupts on the first; and of a core that shows itself as two, the
    second half only where no whole one is left.

    Args:
        allowed: numbers of the cores that may be used.
        siblings: what the core shares its units with; equal texts are one core.
        threads: at least 1.
    """
    seen: dict[str, int] = {}
    ranked: list[tuple[int, int, int]] = []
    for core in sorted(allowed, reverse=True):
        rank = seen[siblings[core]] = seen.get(siblings[core], -1) + 1
        ranked.append((rank, len(ranked), core))
    return {core for _, _, core in sorted(ranked)[:threads]}


def _siblings(core: int) -> str:
    path = Path(_TOPOLOGY.format(core))
    return path.read_text(encoding="ascii").strip() if path.exists() else str(core)
