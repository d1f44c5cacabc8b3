"""An .mlpackage held to what Core ML's own loader demands of the folder, before anything in it is read.

The manifest is that of coremltools' ModelPackage (modelpackage/src/ModelPackage.cpp): version 1.0.0, one item for the
specification and one for the folder of weights, both by Core ML's own author, each at a path inside of Data.
"""

import json
import stat
from pathlib import Path, PurePosixPath

import msgspec

from mobileswap.contracts.errors import Misdeclared

_FORMAT_VERSION = "1.0.0"
_AUTHOR = "com.apple.CoreML"
_MODEL, _WEIGHTS = "model.mlmodel", "weights"
_LARGEST_MANIFEST = 1 << 16  # bytes; coremltools writes 620


class _Item(msgspec.Struct, forbid_unknown_fields=True):
    author: str
    name: str
    path: str
    description: str = ""


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    version: str = msgspec.field(name="fileFormatVersion")
    items: dict[str, _Item] = msgspec.field(name="itemInfoEntries")
    root: str = msgspec.field(name="rootModelIdentifier")


def require_sound_package(package: Path) -> None:
    """Refuse a package that Core ML would not open, or would open otherwise than we do.

    Raises:
        Misdeclared: what was found, and what was expected.
    """
    _require_plain_files(package)
    manifest = _read(package / "Manifest.json")
    if manifest.version != _FORMAT_VERSION:
        raise Misdeclared(f"the manifest declares format version {manifest.version!r}, expected {_FORMAT_VERSION!r}")
    if manifest.root not in manifest.items:
        raise Misdeclared(f"the manifest declares the model {manifest.root!r}, expected one of its items")
    for identifier, item in manifest.items.items():
        _require_item(package, item, _MODEL if identifier == manifest.root else _WEIGHTS)
    paths = sorted(item.path for item in manifest.items.values())
    wanted = [f"{_AUTHOR}/{_MODEL}", f"{_AUTHOR}/{_WEIGHTS}"]
    if paths != wanted:
        raise Misdeclared(f"the manifest declares the items {', '.join(paths)}, expected {', '.join(wanted)}")
    _require_nothing_else(package)


def _require_plain_files(package: Path) -> None:
    """A link may lead anywhere, and Core ML copies a package without following it."""
    if not package.is_dir():
        raise Misdeclared(f"{package.name} is no folder, expected an .mlpackage")
    for path in sorted(package.rglob("*")):
        mode = path.lstat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            kind = "a symbolic link" if stat.S_ISLNK(mode) else "neither a file nor a folder"
            raise Misdeclared(f"{path.relative_to(package)} is {kind}, expected plain files and folders")


def _read(path: Path) -> _Manifest:
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise Misdeclared(f"the manifest has {path.stat().st_size} bytes, expected at most {_LARGEST_MANIFEST}")
        content = path.read_bytes()
        json.loads(content, object_pairs_hook=_without_repetition)
        return msgspec.json.decode(content, type=_Manifest)
    except OSError as error:
        raise Misdeclared(f"Manifest.json cannot be read ({error.strerror}), expected one inside") from error
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise Misdeclared(f"the manifest is not one of Core ML's: {error or type(error).__name__}") from error


def _without_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"it says {next(name for name in names if names.count(name) > 1)!r} twice")
    return found


def _require_item(package: Path, item: _Item, kind: str) -> None:
    if (item.author, item.name) != (_AUTHOR, kind):
        raise Misdeclared(f"the manifest declares {item.name!r} of {item.author!r}, expected {kind!r} of {_AUTHOR!r}")
    parts = PurePosixPath(item.path).parts
    if item.path != "/".join(parts) or ".." in parts or item.path.startswith("/"):
        raise Misdeclared(f"the manifest declares the path {item.path!r}, expected one inside of the package")
    place = package / "Data" / item.path
    if not (place.is_file() if kind == _MODEL else place.is_dir()):
        raise Misdeclared(f"the manifest declares {item.path}, expected it in the package")


def _require_nothing_else(package: Path) -> None:
    known = {package / "Manifest.json", package / "Data", package / "Data" / _AUTHOR}
    known |= {package / "Data" / _AUTHOR / name for name in (_MODEL, _WEIGHTS)}
    for path in sorted(package.rglob("*")):
        inside = path.parent == package / "Data" / _AUTHOR / _WEIGHTS and path.is_file()
        if path not in known and not inside:
            raise Misdeclared(f"{path.relative_to(package)} is in the package, expected what its manifest declares")
