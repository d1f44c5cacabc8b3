"""``mobileswap verify``: a release folder against its manifest and its signature, offline."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from mobileswap.contracts.artifact import Artifact, FileRecord, read_artifact, require_unchanged
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import sha256_of, stays_inside
from mobileswap.contracts.release_manifest import (
    PUBLIC_KEY,
    SIGNATURE,
    UNLISTED,
    ListedArtifact,
    ReleaseManifest,
    read_manifest,
)
from mobileswap.pipeline.signing import fingerprint, is_signed_by, read_public_key


class Problem(StrEnum):
    CHANGED = "CHANGED"
    MISSING = "MISSING"
    EXTRA = "EXTRA"
    LINK = "LINK"  # a release holds files; what a link points to can change without it
    UNSAFE = "UNSAFE"  # a path that leads out of the folder, or something that is no file
    VERDICT = "VERDICT"  # the release did not pass, or an artifact.json says otherwise than the manifest
    SIGNATURE = "SIGNATURE"


@dataclass(frozen=True)
class Found:
    """One thing that stands against a folder."""

    problem: Problem
    name: str
    detail: str


@dataclass(frozen=True)
class Verification:
    """What became of a folder.

    Attributes:
        found: empty where all is as it was made.
        signer: fingerprint of the key that the manifest was signed with, "" where it is not signed or not by it.
        trusted: that key is the one the caller gave.
    """

    folder: str
    manifest: ReleaseManifest
    found: tuple[Found, ...]
    signer: str
    trusted: bool

    @property
    def passed(self) -> bool:
        return not self.found


def verify(folder: Path, public_key: Path | None = None) -> Verification:
    """Check every file, every verdict and the signature. Reads nothing outside of ``folder``.

    Args:
        folder: of a release.
        public_key: of whoever is to have signed; without one a signature is only held against the key beside it.

    Raises:
        BadInput: it is no release folder, or ``public_key`` is no key.
    """
    manifest = read_manifest(folder)
    files = tuple(_files(folder, manifest))
    spoilt = {found.name for found in files}
    signature, signer = _signature(folder, public_key)
    found = (*files, *_verdicts(folder, manifest, spoilt), *signature)
    return Verification(str(folder), manifest, found, signer, trusted=bool(signer) and public_key is not None)


def _files(folder: Path, manifest: ReleaseManifest) -> Iterator[Found]:
    listed = {record.name: record for record in manifest.files}
    there: dict[str, Path] = {}
    for name, path in _below(folder):
        mode = path.lstat().st_mode
        if path.is_symlink():
            yield Found(Problem.LINK, name, f"points to {path.readlink()}")
        elif not S_ISREG(mode):
            yield Found(Problem.UNSAFE, name, "is neither a file nor a folder")
        else:
            there[name] = path
    for name, record in listed.items():
        if not stays_inside(name):
            yield Found(Problem.UNSAFE, name, "a path in the manifest that leads out of the folder")
        elif name not in there:
            if not (folder / name).is_symlink():
                yield Found(Problem.MISSING, name, "in the manifest, not in the folder")
        else:
            yield from _content(there[name], record)
    for name in there:
        if name not in listed and name not in UNLISTED:
            yield Found(Problem.EXTRA, name, "in the folder, not in the manifest")


def _content(path: Path, record: FileRecord) -> Iterator[Found]:
    found = sha256_of(path)
    if found != record.sha256:
        yield Found(Problem.CHANGED, record.name, f"SHA-256 {found[:12]}…, the manifest says {record.sha256[:12]}…")


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Everything but real folders, links to folders included, sorted; no link is followed."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted([*files, *(one for one in folders if not _is_real_folder(Path(parent, one)))]):
            path = Path(parent, name)
            yield path.relative_to(folder).as_posix(), path


def _is_real_folder(path: Path) -> bool:
    return S_ISDIR(path.lstat().st_mode)


def _verdicts(folder: Path, manifest: ReleaseManifest, spoilt: set[str]) -> Iterator[Found]:
    if not manifest.passed:
        yield Found(Problem.VERDICT, "README.md", "the release did not pass; its README.md says why")
    for listed in manifest.artifacts:
        if listed.record in spoilt or not stays_inside(listed.record):
            continue  # said already
        try:
            artifact = read_artifact(folder / listed.record)
            require_unchanged(artifact, (folder / listed.record).parent)
        except BadInput as error:
            if not any(name.startswith(listed.record.removesuffix(".json")) for name in spoilt):
                yield Found(Problem.VERDICT, listed.record, str(error))
            continue
        if listing(artifact, listed.record) != listed:
            yield Found(Problem.VERDICT, listed.record, "its verdicts are not those of the manifest")


def listing(artifact: Artifact, record: str) -> ListedArtifact:
    """What a manifest says of an artifact."""
    return ListedArtifact(
        record=record,
        sha256=artifact.sha256,
        verdicts={report.runtime: report.outcome.value for report in artifact.parity},
        accepted=artifact.accepted,
    )


def _signature(folder: Path, public_key: Path | None) -> tuple[tuple[Found, ...], str]:
    """What is wrong with the signature, and the fingerprint of the key that it is good for."""
    signed = (folder / SIGNATURE).is_file() and not (folder / SIGNATURE).is_symlink()
    if not signed:
        if public_key is None:
            return (), ""
        return (Found(Problem.SIGNATURE, SIGNATURE, "the release is not signed"),), ""
    try:
        key = read_public_key(public_key or folder / PUBLIC_KEY)
    except BadInput:
        if public_key is not None:
            raise
        return (Found(Problem.SIGNATURE, PUBLIC_KEY, "no key to check the signature with; give --public-key"),), ""
    if is_signed_by(folder, key):
        return (), fingerprint(key)
    whose = "the key that was given" if public_key else "the key beside it"
    return (Found(Problem.SIGNATURE, SIGNATURE, f"not of this manifest by {whose}, {fingerprint(key)}"),), ""
