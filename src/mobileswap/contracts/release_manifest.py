"""manifest.json of a release folder: every file by its hash, and what was found. It is what gets signed."""

from dataclasses import dataclass
from pathlib import Path

from mobileswap.contracts.artifact import FileRecord
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import read_versioned, sha256_of, write_json

SCHEMA = 1
MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"  # 64 bytes of Ed25519 over MANIFEST's (RFC 8032)
PUBLIC_KEY = "manifest.pub.pem"  # of whoever signed, for convenience: only a key from elsewhere proves who that was
UNLISTED = (MANIFEST, SIGNATURE, PUBLIC_KEY)  # a manifest cannot hold its own hash


@dataclass(frozen=True)
class ListedArtifact:
    """What the folder says of one artifact.

    Attributes:
        record: path of its artifact.json in the folder.
        sha256: see ``Artifact.sha256``.
        verdicts: runtime → outcome.
        accepted: see ``Artifact.accepted``.
    """

    record: str
    sha256: str
    verdicts: dict[str, str]
    accepted: bool


@dataclass(frozen=True)
class ReleaseManifest:
    """A release folder.

    Attributes:
        created: ISO 8601, UTC.
        edition: of mobileswap; ``commit`` of its clone, or "" outside one.
        versions: of every tool that had a part in it.
        weights: component → SHA-256, the same in everybody's release of these weights.
        passed: nothing stands against the release.
        files: all of the folder but ``UNLISTED``, by relative path, sorted.
    """

    schema: int
    created: str
    command: str
    edition: str
    commit: str
    versions: dict[str, str]
    weights: dict[str, str]
    trained: bool
    passed: bool
    artifacts: tuple[ListedArtifact, ...]
    files: tuple[FileRecord, ...]


def list_files(folder: Path) -> tuple[FileRecord, ...]:
    """Every file below the folder but ``UNLISTED``, sorted by path."""
    found = (path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in found}
    return tuple(
        FileRecord(name, sha256_of(path), path.stat().st_size)
        for name, path in sorted(named.items())
        if name not in UNLISTED
    )


def write_manifest(manifest: ReleaseManifest, folder: Path) -> None:
    write_json(folder / MANIFEST, manifest)


def read_manifest(folder: Path) -> ReleaseManifest:
    """Read the manifest of a release folder.

    Raises:
        BadInput: no folder, no manifest, half-written, or of another schema.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise BadInput(f"{folder}: expected a release folder with {MANIFEST} in it; make one with `mobileswap release`")
    return read_versioned(
        path, ReleaseManifest, SCHEMA, what="a manifest", remedy="verify with that one, or make the release again"
    )
