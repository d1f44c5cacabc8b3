"""What is built in, by name, and whether it is still what the manifest says."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy.typing as npt

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import sha256_of
from mobileswap.weights.manifest import FOLDER, FaceEntry, WeightsEntry, WeightsManifest, read_manifest
from mobileswap.weights.seeded import Gains, State, seeded_state
from mobileswap.weights.trained import trained_state

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Recipe:
    """What seeded weights of a component are made from: its shapes, and its gains of weights/seeded.py."""

    shapes: Shapes
    gains: Gains


@dataclass(frozen=True)
class CatalogueRow:
    """A line of `mobileswap weights list` or `verify`.

    Attributes:
        component: ``generator`` or ``embedder``; ``face`` for a photograph.
        kind: how the entry comes about: ``seeded`` by a rule, or a ``photograph``.
        trained: None for a photograph.
        found: the SHA-256 of what is really there, "missing" where nothing is, None where it was not looked at.
    """

    name: str
    component: str
    kind: str
    trained: bool | None
    licence: str
    source: str
    expected: str
    found: str | None

    @property
    def ok(self) -> bool:
        """Only what was looked at and found equal is ok."""
        return self.found == self.expected


@cache
def manifest() -> WeightsManifest:
    """The manifest that mobileswap ships.

    Raises:
        BadInput: it is not there or damaged.
    """
    return read_manifest(FOLDER / "manifest.toml")


def find_weights(name: str, family: str, component: str) -> WeightsEntry:
    """The entry of that name.

    Raises:
        BadInput: there is none; the message lists the names there are.
    """
    for entry in manifest().weights:
        if (entry.name, entry.family, entry.component) == (name, family, component):
            return entry
    known = ", ".join(f"{entry.name} ({entry.family} {entry.component})" for entry in manifest().weights)
    raise BadInput(
        f"no built-in weights {name!r} for the {family} {component}; built in: {known}. Or give a checkpoint's path"
    )


def faces() -> tuple[FaceEntry, ...]:
    """The built-in photographs; `FaceEntry.path` and `FaceEntry.pixels` lead to the picture."""
    return manifest().faces


def state_hash(state: Mapping[str, npt.NDArray[Any]]) -> str:
    """SHA-256 over the sorted keys: each key's UTF-8 bytes, then its array's bytes, little-endian in C order.

    Shapes are not in it: whoever loads the state compares those with the network's own.
    """
    digest = hashlib.sha256()
    for key in sorted(state):
        array = state[key]
        digest.update(key.encode())
        digest.update(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    return digest.hexdigest()


def built_in_state(entry: WeightsEntry, shapes: Shapes, gains: Gains) -> State:
    """The values of an entry: read where it has a file, else drawn by rule for those shapes.

    Raises:
        BadInput: its file is not there, or damaged.
    """
    return trained_state(FOLDER / entry.file) if entry.file else seeded_state(shapes, gains)


def listed() -> tuple[CatalogueRow, ...]:
    """What is built in, without looking at any of it."""
    weights = (_weights_row(entry, None) for entry in manifest().weights)
    photographs = (_face_row(face, None) for face in manifest().faces)
    return (*weights, *photographs)


def verified(recipes: Mapping[tuple[str, str], Recipe]) -> tuple[CatalogueRow, ...]:
    """Make or read every entry anew and compare its SHA-256 with the manifest's.

    Args:
        recipes: by family and component; weights whose component is not in it stay unchecked, and so are not ok.
    """
    weights = (_weights_row(entry, _hash_of_weights(entry, recipes)) for entry in manifest().weights)
    photographs = (_face_row(face, _hash_of_file(face.path)) for face in manifest().faces)
    return (*weights, *photographs)


def _hash_of_weights(entry: WeightsEntry, recipes: Mapping[tuple[str, str], Recipe]) -> str | None:
    recipe = recipes.get((entry.family, entry.component))
    return state_hash(built_in_state(entry, recipe.shapes, recipe.gains)) if recipe else None


def _hash_of_file(path: Path) -> str:
    return sha256_of(path) if path.is_file() else "missing"


def _weights_row(entry: WeightsEntry, found: str | None) -> CatalogueRow:
    return CatalogueRow(
        entry.name,
        entry.component,
        entry.kind,
        entry.trained,
        entry.licence,
        entry.source,
        entry.sha256,
        found,
    )


def _face_row(face: FaceEntry, found: str | None) -> CatalogueRow:
    return CatalogueRow(face.name, "face", "photograph", None, face.licence, face.source, face.sha256, found)
