"""Which mobileswap made a file: the version, and a hash of the very sources, for a clone changes between versions."""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_PACKAGES = ("bench", "contracts", "export", "model", "pipeline", "weights")  # what decides on an artifact


@cache
def edition() -> str:
    """For instance ``0.1.0+1f3a5c7e9b2d``: equal where the code is, wherever it lies."""
    digest = sha256()
    for package in _PACKAGES:
        for path in sorted((_ROOT / package).rglob("*.py")):
            digest.update(path.relative_to(_ROOT).as_posix().encode())
            digest.update(sha256(path.read_bytes()).digest())
    return f"{version('mobileswap')}+{digest.hexdigest()[:12]}"
