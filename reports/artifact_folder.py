"""Artifacts of a folder, sized from the bytes on disk."""

from pathlib import Path

from mobileswap.contracts.artifact import Artifact, read_artifact
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import size_of
from mobileswap.contracts.publish import settle


def artifacts_in(folder: Path) -> tuple[Artifact, ...]:
    """Every artifact whose artifact.json lies in the folder, sorted by file name.

    A ``.json`` is one where the file it is named after lies beside it; others, a benchmark's say, are passed over.

    Raises:
        BadInput: there is no such folder, an artifact.json is damaged, or a file is not as large as it says.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: expected a folder with exported artifacts; make one with `mobileswap export`")
    settle(folder)
    named_after = ((path, path.with_suffix("")) for path in sorted(folder.glob("*.json")))
    found = tuple(read_artifact(path) for path, file in named_after if file.suffix and file.exists())
    if not found:
        raise BadInput(f"{folder}: no artifact with its .json in it; make one with `mobileswap export`")
    for artifact in found:
        _require_sizes(artifact, folder)
    return found


def _require_sizes(artifact: Artifact, folder: Path) -> None:
    for record in artifact.files:
        path = folder / record.name
        if not path.exists():
            raise BadInput(f"{path}: named in artifact.json and not there; export it again")
        if (size := size_of(path)) != record.size_bytes:
            raise BadInput(f"{path}: {size} bytes, artifact.json says {record.size_bytes}; export it again")
