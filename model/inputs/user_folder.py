"""``--inputs DIR`` and ``--samples N``: what an artifact is held against, where it is not the built-in samples."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.spec import TensorSpec
from mobileswap.model.inputs.identity import is_embedding, read_embedding, read_photo
from mobileswap.model.inputs.model_input import Array, Pixels

T = TypeVar("T")
_OPTION = "--inputs"
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")


@dataclass(frozen=True)
class Inputs:
    """What was asked for.

    Attributes:
        folder: of the user's own pictures and embeddings; they take the place of the photographs.
        samples: how many; None is all there are.

    Raises:
        BadInput: fewer than one sample.
    """

    folder: Path | None = None
    samples: int | None = None

    def __post_init__(self) -> None:
        if self.samples is not None and self.samples < 1:
            raise BadInput(f"--samples {self.samples}: expected at least 1")


BUILT_IN = Inputs()


@dataclass(frozen=True)
class UserFiles:
    """The user's own files by their names without suffix; either may be empty. An embedding has its input's shape."""

    pictures: dict[str, Pixels] = field(default_factory=dict)
    embeddings: dict[str, Array] = field(default_factory=dict)


def read_folder(folder: Path, picture: TensorSpec, embedding: TensorSpec | None) -> UserFiles:
    """Read every picture and embedding of a folder, in the order of their names; hidden files are no business of ours.

    Args:
        folder: as ``--inputs`` gave it.
        picture: the input that pictures are for; they must have its size.
        embedding: the input that .npy files are for; None where there is none, so that such a file is refused.

    Raises:
        BadInput: no folder, nothing in it, a file that is neither, two of one name, or one that
            model/inputs/identity.py refuses, as for its size.
    """
    size = f"{picture.width}×{picture.height}"
    if not folder.is_dir():
        raise BadInput(f"{_OPTION} {folder}: expected a folder of pictures ({size} RGB) and embeddings (.npy)")
    pictures: dict[str, Pixels] = {}
    embeddings: dict[str, Array] = {}
    for path in sorted(path for path in folder.iterdir() if not path.name.startswith(".")):
        if path.suffix.lower() in PICTURES:
            _add(pictures, path, read_photo(path, picture, _OPTION))
        elif is_embedding(path) and embedding is not None:
            _add(embeddings, path, read_embedding(path, embedding, _OPTION))
        else:
            takes = f"pictures ({', '.join(PICTURES)})" + (" and embeddings (.npy)" if embedding is not None else "")
            raise BadInput(f"{_OPTION} {path}: expected only {takes}; move it elsewhere")
    if not (pictures or embeddings):
        raise BadInput(f"{_OPTION} {folder}: expected pictures ({size} RGB) or embeddings (.npy), it has none")
    return UserFiles(pictures, embeddings)


def _add(there: dict[str, T], path: Path, value: T) -> None:
    if path.stem in there:
        raise BadInput(f"{_OPTION} {path}: there is another {path.stem} beside it; rename one")
    there[path.stem] = value
