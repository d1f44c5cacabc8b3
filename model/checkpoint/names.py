"""The tensors of a file by their full names, whatever they are nested in; and names as a message can show them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mobileswap.model.checkpoint.allowed_types import PickledArray
from mobileswap.model.checkpoint.stored_tensor import Damaged, StoredTensor


@dataclass(frozen=True)
class Named:
    """A tensor of a file; ``home`` is the name of the mapping that it lies in, "" for the outermost."""

    tensor: StoredTensor
    home: str


Tensors = dict[str, Named]

_LOOKED_AT = (StoredTensor, PickledArray, Mapping, list, tuple)
_WRAPPER = re.compile(r"(?<![^.])_[a-z_]+_mod(ule)?\.")  # what PyTorch wraps a layer in stands within its names
_DEEPEST = 12  # levels of nesting that are looked into
_SHOWN = 80  # characters


def tensors_in(content: object) -> Tensors:
    """Every tensor of a file's content; the name is what leads to it, joined by dots.

    A value that is there under two names is taken once.

    Raises:
        Damaged: two tensors have one name.
    """
    found: Tensors = {}
    seen: set[int] = set()  # a pickle may hold itself, or one dict a thousand times
    waiting: list[tuple[str, str, object, int]] = [("", "", content, 0)]
    while waiting:
        full, home, value, depth = waiting.pop()
        name = _WRAPPER.sub("", full)
        value = value.content if isinstance(value, PickledArray) else value
        if isinstance(value, StoredTensor):
            if name in found:
                raise Damaged(f"two tensors of the name {shortened(name)}")
            found[name] = Named(value, home)
        elif depth < _DEEPEST and isinstance(value, Mapping | list | tuple) and id(value) not in seen:
            seen.add(id(value))
            waiting += reversed([(_joined(full, key), name, part, depth + 1) for key, part in _parts(value)])
    return found


def _parts(value: Mapping[object, object] | list[object] | tuple[object, ...]) -> Iterator[tuple[object, object]]:
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
    return ((key, part) for key, part in pairs if isinstance(part, _LOOKED_AT))


def _joined(name: str, key: object) -> str:
    if isinstance(key, int):
        key = key if abs(key) < 1 << 62 else "number"
    elif not isinstance(key, str):
        key = type(key).__name__
    return f"{name}.{key}" if name else str(key)


def shortened(name: str) -> str:
    """A name from a file as one may print it: on a terminal, in one line."""
    parts = name if len(name) <= _SHOWN else f"{name[:50]}…{name[-25:]} ({len(name)} characters)"
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in parts)


def boundaries(name: str, most: int) -> list[int]:
    """Where the last ``most`` parts of a name begin, the shortest first; parts end at a dot or a slash."""
    found: list[int] = []
    end = len(name)
    while len(found) < most:
        cut = max(name.rfind(".", 0, end), name.rfind("/", 0, end))
        found.append(cut + 1)
        if cut < 0:
            break
        end = cut
    return found


def some(names: list[str]) -> str:
    """The first three, and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(shortened(name) for name in names[:3]) + more
