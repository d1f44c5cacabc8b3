"""JSON that somebody vouches for: nothing in it may be read in two ways, or not at all."""

import json
from pathlib import Path
from typing import Any

import msgspec

from mobileswap.contracts.errors import BadInput


def require_strict(path: Path, value: object) -> None:
    """Refuse a file that says more than ``value``, which was read from it: a key twice, or one that nobody knows.

    Raises:
        BadInput: it does; the first such key is named.
    """
    try:
        found = json.loads(path.read_bytes(), object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: {error}; make it again") from error
    if extra := _unknown(found, msgspec.to_builtins(value), ""):
        raise BadInput(f"{path}: holds {extra}, which this mobileswap does not know; make it again")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"holds {twice!r} twice in one place")
    return found


def _unknown(found: Any, known: Any, where: str) -> str:  # noqa: ANN401  JSON
    """The path of the first key that is only in the file, or ""."""
    if isinstance(found, dict) and isinstance(known, dict):
        for name, entry in found.items():
            place = f"{where}.{name}" if where else name
            if name not in known:
                return place
            if deeper := _unknown(entry, known[name], place):
                return deeper
    elif isinstance(found, list) and isinstance(known, list | tuple):
        for index, (entry, read) in enumerate(zip(found, known, strict=False)):
            if deeper := _unknown(entry, read, f"{where}[{index}]"):
                return deeper
    return ""
