"""Modules that a toolchain would import and that we do not let it."""

import sys
from collections.abc import Iterable


def block_modules(names: Iterable[str]) -> None:
    """From now on an import of one of them fails in this process; Python takes ``None`` for "not to be had"."""
    for name in names:
        sys.modules[name] = None  # type: ignore[assignment]
