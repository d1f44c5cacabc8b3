"""The highest resident memory of this process."""

import resource
import sys
from pathlib import Path


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
