"""Which files hold which components, and what is left of all that they hold."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mobileswap.contracts.errors import BadInput
from mobileswap.model.checkpoint.candidates import Candidate, candidates, nearest
from mobileswap.model.checkpoint.checked import checked_values
from mobileswap.model.checkpoint.choice import Found, Prefer, choose
from mobileswap.model.checkpoint.container import SUFFIXES, NoStateDict, is_checkpoint, opened
from mobileswap.model.checkpoint.names import Tensors, shortened, some, tensors_in
from mobileswap.model.checkpoint.recognise import is_of, looks_like
from mobileswap.model.component import Component

if TYPE_CHECKING:
    from torch import Tensor


_log = logging.getLogger(__name__)


def files_in(folder: Path) -> list[Path]:
    """The checkpoints of a folder.

    Raises:
        BadInput: there is none.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file() and is_checkpoint(path))
    if not files:
        raise BadInput(f"{folder}: a folder with none of {', '.join(SUFFIXES)} in it; give the checkpoint's file")
    return files


def find(paths: Sequence[Path], components: tuple[Component, ...], prefer: Prefer | None) -> dict[str, Found]:
    """By component, the place in one of the files that it is to be read from.

    A file of a folder that holds none of them, for instance an optimizer's, is passed over if another holds one; which
    were is logged.

    Raises:
        BadInput: a file cannot be read, none holds a component, one holds one in part, or what is meant is not plain.
    """
    whole: dict[str, list[Found]] = {}
    parts: list[Found] = []
    refusals: dict[Path, NoStateDict] = {}
    for path in paths:
        try:
            inside = in_file(path, components)
        except NoStateDict as refusal:
            refusals[path] = refusal
            continue
        for entry in inside:
            if entry.candidate.fits:
                whole.setdefault(entry.candidate.component.name, []).append(entry)
            else:
                parts.append(entry)
    for entry in parts:
        if entry.candidate.component.name not in whole or _is_wanted(entry, whole, prefer):
            raise BadInput(_does_not_fit(entry))
    if not whole:
        raise min(refusals.values(), key=lambda refusal: not isinstance(refusal, Foreign))
    if refusals:
        _log.info(
            "weights: passed over %s: no component of the family is in there", some([path.name for path in refusals])
        )
    return {name: choose(found, prefer, same_values) for name, found in whole.items()}


class Foreign(NoStateDict):
    """A file in which no component was found, not even in part."""


def in_file(path: Path, components: tuple[Component, ...]) -> list[Found]:
    """What a file holds of these components, whole or in part.

    Raises:
        BadInput: it cannot be read.
        Foreign: nothing.
    """
    with opened(path) as content:
        tensors = tensors_in(content)
        found = _without_shadows(candidates(tensors, components), path)
        if not found and (not tensors or not isinstance(content, dict)):
            raise Foreign(
                f"{path}: expected a state dict (names with tensors), came {_kind(content)}; save model.state_dict()"
            )
        if not found:
            raise Foreign(_nothing_of(tensors, components, path))
        return [Found(path, candidate) for candidate in found]


def read(found: Found) -> dict[str, Tensor]:
    """The values of what was chosen.

    Raises:
        BadInput: they are not what the network can take.
    """
    with opened(found.path) as content:
        return checked_values(found.candidate, tensors_in(content), found.path)


def same_values(one: Found, other: Found) -> bool:
    import torch

    first, second = read(one), read(other)
    return all(torch.equal(first[key], second[key]) for key in first)


def _without_shadows(found: list[Candidate], path: Path) -> list[Candidate]:
    """Of those that share tensors, the one that fits; two that fit are told apart by their names.

    Of two variants of one component that have the same tensors the first listed is meant: it is the usual one.

    Raises:
        BadInput: they cannot be told apart.
    """
    kept: list[Candidate] = []
    for candidate in found:  # the best first
        rivals = [entry for entry in kept if not set(entry.names.values()).isdisjoint(candidate.names.values())]
        if not rivals:
            kept.append(candidate)
        elif candidate.component.name == rivals[0].component.name:
            continue
        elif candidate.fits and set(rivals[0].names.values()) == set(candidate.names.values()):
            kept[kept.index(rivals[0])] = _of_its_name(rivals[0], candidate, path)
        elif candidate.fits:  # a component that is a part of another
            kept.append(candidate)
    return kept


def _of_its_name(one: Candidate, other: Candidate, path: Path) -> Candidate:
    words = f"{path.stem}.{one.place}".lower()
    named = [entry for entry in (one, other) if entry.component.name.lower() in words]
    if len(named) != 1:
        first, second = (f"{entry.component.family} {entry.component.name}" for entry in (one, other))
        raise BadInput(f"{path}: fits the {first} and the {second} alike; name the file after the one that it is")
    return named[0]


def _is_wanted(part: Found, whole: dict[str, list[Found]], prefer: Prefer | None) -> bool:
    """Whether a place that does not fit is the one that --prefer asked for."""
    kinds = {entry.averaged for entry in whole[part.candidate.component.name]}
    asked = prefer is not None and part.averaged == (prefer == "ema")
    return asked and part.averaged not in kinds


def _does_not_fit(found: Found) -> str:
    component = found.candidate.component
    where = f" under {shortened(found.candidate.place)}" if found.candidate.place else ""
    return (
        f"{found.path}: looks like {looks_like(found.candidate.names)}{where}, but does not fit the "
        f"{component.family} {component.name}: {'; '.join(found.candidate.wrong)}. "
        "Give a checkpoint of that network, whole"
    )


def _nothing_of(tensors: Tensors, components: tuple[Component, ...], path: Path) -> str:
    expected = " or ".join(dict.fromkeys(component.name for component in components))
    component, count, most = nearest(tensors, components)
    begin = f"{path}: expected a {component.family} {expected}"
    if count * 10 > most or is_of(component.family, tensors):
        return f"{begin}, this holds {count} of the {most} tensors of the {component.name}; give the whole checkpoint"
    return f"{begin}, this looks like {looks_like(tensors)}; give another file or --family"


def _kind(content: object) -> str:
    if isinstance(content, dict) and content:
        return f"a dict without a tensor ({', '.join(str(key)[:20] for key in list(content)[:3])})"
    return type(content).__name__.removeprefix("Stored")
