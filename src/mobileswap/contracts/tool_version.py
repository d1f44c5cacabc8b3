"""Which mobileswap made a file: the version, and a hash of the very sources, for a clone changes between versions."""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import mobileswap

_ROOT = Path(mobileswap.__path__[0])
# What decides on an artifact. Rooms are looked into one by one: in a clone they are links, which rglob does not follow
_ROOMS = ("bench", "contracts", "export", "formats", "model", "parity", "pipeline", "runtimes", "weights")


@cache
def tool_version() -> str:
    """For instance ``0.1.0+1f3a5c7e9b2d``: equal where the code is, wherever it lies."""
    digest = sha256()
    for room in _ROOMS:
        for path in sorted((_ROOT / room).rglob("*.py")):
            digest.update(path.relative_to(_ROOT).as_posix().encode())
            digest.update(sha256(path.read_bytes()).digest())
    return f"{version('mobileswap')}+{digest.hexdigest()[:12]}"
