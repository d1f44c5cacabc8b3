"""manifest.toml: what is built in, where it came from, under which licence, and its SHA-256."""

import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import sha256_of

Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]

FOLDER = Path(str(resources.files("mobileswap.weights")))


@dataclass(frozen=True)
class WeightsEntry:
    """A built-in state_dict.

    Attributes:
        sha256: `state_hash`'s of the float32 values, whatever container may hold them.
        file: in this folder; "" where the weights are drawn by rule.
    """

    name: str
    family: str
    component: str
    kind: Literal["seeded", "trained"]
    trained: bool
    licence: str
    source: str
    sha256: Sha256
    file: str = ""


@dataclass(frozen=True)
class FaceEntry:
    """An aligned photograph; ``source_sha256`` is that of the picture it was cut from, see faces/README.md."""

    name: str
    file: str
    title: str
    author: str
    licence: str
    source: str
    source_sha256: Sha256
    sha256: Sha256

    @property
    def path(self) -> Path:
        return FOLDER / "faces" / self.file

    def pixels(self) -> npt.NDArray[np.uint8]:
        """The photograph as uint8 (256, 256, 3), RGB.

        Raises:
            BadInput: the file is not there, is no picture, or is not the one that the manifest speaks of.
        """
        from PIL import Image

        if not self.path.is_file() or sha256_of(self.path) != self.sha256:
            raise BadInput(f"{self.path}: not the photograph that the manifest names; install mobileswap again")
        with Image.open(self.path) as picture:
            return np.array(picture, dtype=np.uint8)


@dataclass(frozen=True)
class WeightsManifest:
    """Everything that is built in, in the order of manifest.toml."""

    weights: tuple[WeightsEntry, ...]
    faces: tuple[FaceEntry, ...]


def read_manifest(path: Path) -> WeightsManifest:
    """Read a manifest.

    Raises:
        BadInput: it is no TOML, an entry lacks a field or has one of another type, or two have the same name.
    """
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), WeightsManifest)
    except (OSError, ValueError, msgspec.ValidationError) as error:  # no TOML and no UTF-8 are ValueErrors
        raise BadInput(f"{path}: expected the manifest of built-in weights, {error}") from error
    names = [(entry.name, entry.family, entry.component) for entry in found.weights]
    names += [(face.name, "", "face") for face in found.faces]
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"{path}: two entries for {' '.join(part for part in name if part)}; keep one")
    return found
