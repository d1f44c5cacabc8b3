"""The highest resident memory of this process, and how much it may take at most."""

import os
import resource
import sys
from pathlib import Path

_LEAST = 1 << 30  # bytes: an interpreter with a toolchain in it takes half of that
_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_OUT_OF_MEMORY = ("allocate memory", "out of memory", "bad_alloc", "bad allocation", "Failed to allocate")


def default_memory_bytes() -> int:
    """What a worker may take where nobody said: half of what this machine, or the container, has."""
    had = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for limit in _CGROUP_LIMITS:
        path = Path(limit)
        if path.is_file() and (text := path.read_text(encoding="ascii").strip()).isdigit():
            had.append(int(text))
    return max(min(had) // 2, _LEAST)


def limit_memory(most: int) -> None:
    """Let this process, and what it starts, have so many bytes of data; libraries and files mapped do not count.

    macOS takes the limit and does not hold to it.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (least, hard))


def says_memory_ran_out(words: str) -> bool:
    """Runtimes have no one exception for it, and some end the process with the words alone."""
    return any(sign in words for sign in _OUT_OF_MEMORY)


def beyond(most: int) -> str:
    """Why a worker ended that asked for more."""
    return f"it asked for more than the {most / 1e6:.0f} MB that it may take; --memory gives it more"


def peak_memory_bytes() -> int:
    """Peak resident memory of this process since it was started, in bytes; 0 where the system does not say.

    On Linux not ``ru_maxrss``: a child started through vfork and exec inherits the mark of its parent, which here has
    PyTorch loaded. VmHWM begins anew with exec.
    """
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    for line in status.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
