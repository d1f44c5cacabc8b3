"""An .mlpackage folder: where its manifest says the specification and the weights are."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import read_json


@dataclass(frozen=True)
class Package:
    """The two parts that an executor needs.

    Attributes:
        path: of the .mlpackage.
        specification: bytes of the protobuf file ``model.mlmodel``.
        weights: folder of the weight files; it does not exist where all constants are in the specification.
    """

    path: Path
    specification: bytes
    weights: Path


class _Item(msgspec.Struct):
    path: str


class _Manifest(msgspec.Struct):
    items: dict[str, _Item] = msgspec.field(name="itemInfoEntries")
    root: str = msgspec.field(name="rootModelIdentifier")


def read_package(path: Path) -> Package:
    """Find and read the specification of an .mlpackage.

    Raises:
        BadInput: it is no such folder, or the manifest or the specification is missing or damaged.
    """
    if not path.is_dir():
        raise BadInput(f"{path}: expected an .mlpackage folder; make one with `mobileswap export coreml`")
    manifest = path / "Manifest.json"
    if not manifest.is_file():
        raise BadInput(f"{path}: expected Manifest.json inside, as in every .mlpackage; export it again")
    try:
        content = read_json(manifest, _Manifest)
        inside = PurePosixPath(content.items[content.root].path)
    except (msgspec.ValidationError, KeyError) as error:
        raise BadInput(f"{manifest}: names no model ({error}); export it again") from error
    if inside.is_absolute() or ".." in inside.parts:
        raise BadInput(f"{manifest}: the model's path {str(inside)!r} leads out of the package; export it again")
    model = path / "Data" / inside
    try:
        return Package(path, model.read_bytes(), model.parent / "weights")
    except OSError as error:
        raise BadInput(f"{model}: cannot be read ({error.strerror}); export it again") from error
