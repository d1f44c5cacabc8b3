"""What a state dict looks like, from the names of its keys: so that a wrong file is answered with what it is."""

from __future__ import annotations

from collections.abc import Iterable

from mobileswap.model.checkpoint.names import shortened
from mobileswap.model.families import FAMILIES
from mobileswap.model.signs import OTHER_SYSTEMS

_DEEPEST = 8  # parts of a name that a sign has, at most


def looks_like(keys: Iterable[str]) -> str:
    """Name the system whose checkpoint has these keys, whatever stands before them, or describe the keys."""
    present = set(keys)
    endings = _endings_of(present)
    for sign in (*(sign for family in FAMILIES for sign in family.signs), *OTHER_SYSTEMS):
        if endings.issuperset(sign.keys):
            return sign.title
    if not present:
        return "nothing: it holds no tensor"
    count = f"{len(present)} tensor{'' if len(present) == 1 else 's'}"
    return f"no network known here ({count}, the first is {shortened(min(present))})"


def is_of(family: str, keys: Iterable[str]) -> bool:
    """Whether a family's own signs are among these keys: then another family is not what to ask for."""
    endings = _endings_of(keys)
    signs = (sign for entry in FAMILIES if entry.name == family for sign in entry.signs)
    return any(endings.issuperset(sign.keys) for sign in signs)


def _endings_of(keys: Iterable[str]) -> set[str]:
    return {ending for key in keys for ending in _endings(key)}


def _endings(key: str) -> list[str]:
    parts = key.rsplit(".", _DEEPEST)
    return [".".join(parts[position:]) for position in range(len(parts))]
