"""A checkpoint: state dict to component, whole or not at all."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from mobileswap.contracts.artifact import WeightsRecord
from mobileswap.contracts.errors import BadInput
from mobileswap.model.checkpoint.candidates import Candidate
from mobileswap.model.checkpoint.choice import Found, split_preference
from mobileswap.model.checkpoint.in_files import files_in, find, read
from mobileswap.model.checkpoint.names import some
from mobileswap.model.component import Component, State
from mobileswap.weights.catalogue import built_in_state, find_weights, manifest, state_hash

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadedWeights:
    """One component's weights and where they came from.

    Attributes:
        component: whose they are.
        state: by the network's own names, as float32.
        record: what an artifact says of them.
        path: of the file; None for built-in ones.
        taken: what was taken of the file, where there was something to choose or to leave; else "".
    """

    component: Component
    state: State
    record: WeightsRecord
    path: Path | None
    taken: str = ""


def load(sources: tuple[str, ...], components: tuple[Component, ...]) -> dict[str, LoadedWeights]:
    """Load what ``--weights`` named: files, folders, or names of the manifest. What was taken is logged.

    Args:
        sources: as given; ``ema=`` or ``raw=`` before one says which it is to be where it holds both.
        components: that may be in them.

    Returns:
        By component name; a component that no source held is absent.

    Raises:
        BadInput: a file cannot be read, does not fit, or two sources hold the same component.
    """
    found: dict[str, LoadedWeights] = {}
    for source in sources:
        for loaded in _load_one(source, components):
            name = loaded.component.name
            if name in found:
                first, second = (entry.path or entry.record.name for entry in (found[name], loaded))
                raise BadInput(f"--weights: {first} and {second} both hold the {name}; give one")
            found[name] = loaded
            if loaded.taken:
                _log.info("weights: %s", loaded.taken)
    return found


def _load_one(given: str, components: tuple[Component, ...]) -> list[LoadedWeights]:
    prefer, source = split_preference(given)
    path = Path(source)
    if path.is_dir():
        return [_read(found) for found in find(files_in(path), components, prefer).values()]
    if path.exists() or source not in {entry.name for entry in manifest().weights}:
        return [_read(found) for found in find([path], components, prefer).values()]
    return [_built_in(source, component) for component in components]


def _built_in(name: str, component: Component) -> LoadedWeights:
    import torch

    entry = find_weights(name, component.family, component.name)
    arrays = built_in_state(entry, component.shapes(), component.gains)
    found = state_hash(arrays)
    if found != entry.sha256:
        raise BadInput(
            f"weights {name}: made {found[:12]}…, the manifest says {entry.sha256[:12]}…; {_why(entry.file)}"
        )
    state = {key: torch.from_numpy(array) for key, array in arrays.items()}
    return LoadedWeights(
        component, state, WeightsRecord(name, found, entry.trained, entry.source, entry.licence), path=None
    )


def _why(file: str) -> str:
    if file:
        return "the file is not the one that was shipped, so install mobileswap again"
    return "this numpy draws other numbers than the one they were pinned with, so give a checkpoint with --weights"


def _read(found: Found) -> LoadedWeights:
    state = read(found)
    name = found.path.name
    digest = state_hash({key: value.numpy() for key, value in state.items()})
    record = WeightsRecord(name, digest, trained=True, source=f"user's file {name}", licence="user's own")
    return LoadedWeights(found.candidate.component, state, record, found.path, _taken(found))


def _taken(found: Found) -> str:
    """One line on what was chosen, left out or filled in; "" where the file holds just this component."""
    candidate = found.candidate
    notes = [*found.reasons, *_changes(candidate)]
    if not notes and not candidate.place:
        return ""
    return "; ".join([f"took {found} as the {candidate.component.name}", *notes])


def _changes(candidate: Candidate) -> list[str]:
    notes = []
    if candidate.head:
        notes.append(f"left out its training head ({some(candidate.head)})")
    if candidate.profiled:
        notes.append(f"left out {len(candidate.profiled)} counters of a profiler")
    if candidate.counters:
        notes.append(f"{len(candidate.counters)} num_batches_tracked were not saved and are 0")
    return notes
