"""Which of several places a component is taken from: what is plainly meant, or a refusal that names the choices."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mobileswap.contracts.errors import BadInput
from mobileswap.model.checkpoint.candidates import Candidate
from mobileswap.model.checkpoint.names import shortened, some

Prefer = Literal["ema", "raw"]
PREFERENCES: tuple[Prefer, ...] = ("ema", "raw")

_AVERAGED = re.compile(r"(?<![a-z])(ema|swa|avg|averaged?|shadow|polyak)(?![a-z])")
_NUMBER = re.compile(r"\d+\.\d+|\d+|(?<![a-z])(?:latest|last|final)(?![a-z])")


def split_preference(source: str) -> tuple[Prefer | None, str]:
    """``raw=042_G.pth`` is a source with what is preferred of it."""
    for preference in PREFERENCES:
        if source.startswith(f"{preference}="):
            return preference, source.removeprefix(f"{preference}=")
    return None, source


@dataclass(frozen=True)
class Found:
    """A component at a place of a file, and why it was taken."""

    path: Path
    candidate: Candidate
    reasons: tuple[str, ...] = ()

    @property
    def averaged(self) -> bool:
        """Whether it is an average over training steps, by the words before it or a count beside it."""
        words = f"{self.path.stem} {self.candidate.place}".lower()
        return self.candidate.averaged or _AVERAGED.search(words) is not None

    def __str__(self) -> str:
        place = self.candidate.place
        return f"{shortened(place)} of {self.path.name}" if place else str(self.path.name)


def choose(found: Sequence[Found], prefer: Prefer | None, same: Callable[[Found, Found], bool]) -> Found:
    """One of several places that all hold the same component whole.

    Args:
        found: at least one.
        prefer: what the user said of averages; without a word, the average is taken, which is what it was made for.
        same: whether two hold the same values.

    Raises:
        BadInput: it is not plain which is meant.
    """
    left, reasons = list(found), list[str]()
    averaged = [entry for entry in left if entry.averaged]
    if averaged and len(averaged) < len(left):
        others = [entry for entry in left if not entry.averaged]
        left = others if prefer == "raw" else averaged
        kind, other = ("raw weights", "ema") if prefer == "raw" else ("average", "raw")
        reasons.append(f"the {kind}; --prefer {other} takes {some([str(entry) for entry in set_aside(found, left)])}")
    named = [entry for entry in left if _last_word(entry) == entry.candidate.component.name]
    left = named if len(named) == 1 else left
    latest = newest([entry.path for entry in left])
    if latest is not None:
        reasons.append(f"the newest of {len({entry.path for entry in left})} by number")
        left = [entry for entry in left if entry.path == latest]
    left = [left[0], *(entry for entry in left[1:] if not same(left[0], entry))]
    if len(left) > 1:
        raise BadInput(_ambiguous(left))
    return Found(left[0].path, left[0].candidate, tuple(reasons))


def set_aside(found: Sequence[Found], left: Sequence[Found]) -> list[Found]:
    return [entry for entry in found if entry not in left]


def newest(paths: list[Path]) -> Path | None:
    """Of names that differ in their numbers alone, the one whose numbers are the largest; None where that is none.

    ``latest``, ``last`` and ``final`` are larger than any number. A number with a point is a loss, and tells nothing.
    """
    numbers = {path: _numbers(path) for path in paths}
    patterns = {(_NUMBER.sub("#", path.name.lower()), len(own)) for path, own in numbers.items()}
    if len(numbers) < 2 or len(patterns) > 1:
        return None
    for path, own in numbers.items():
        others = [theirs for other, theirs in numbers.items() if other != path]
        if all(all(a >= b for a, b in zip(own, theirs, strict=True)) and own != theirs for theirs in others):
            return path
    return None


def _numbers(path: Path) -> tuple[float, ...]:
    words = _NUMBER.findall(path.name.lower())
    return tuple(float(word) if word.isdigit() else float("inf") for word in words if "." not in word)


def _last_word(found: Found) -> str:
    return re.split(r"[./]", found.candidate.place)[-1]


def _ambiguous(left: list[Found]) -> str:
    name = left[0].candidate.component.name
    first, second = left[:2]
    if first.path != second.path:
        return f"--weights: {first.path} and {second.path} both hold the {name}; give one"
    places = some([shortened(entry.candidate.place) or "the outermost names" for entry in left])
    return f"{first.path}: holds the {name} {len(left)} times, under {places}; save the one that is meant alone"
