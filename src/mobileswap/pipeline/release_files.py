"""The files of a release folder against the list in its manifest. No link is followed, nothing outside is read."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISLNK, S_ISREG

from mobileswap.contracts.artifact import FileRecord
from mobileswap.contracts.files import sha256_of
from mobileswap.contracts.release_findings import Found, Problem, found
from mobileswap.contracts.release_manifest import UNLISTED, ReleaseManifest

_NO_NAMES = frozenset(("", ".", ".."))
_NO_LETTERS = frozenset("\\:\0")  # on some system they lead elsewhere


def check_files(folder: Path, manifest: ReleaseManifest) -> Iterator[Found]:
    """Everything that lies there and is not listed, or is listed and does not lie there as it should."""
    unread: list[OSError] = []
    entries = dict(_below(folder, unread))
    for name, mode in entries.items():
        if S_ISLNK(mode):
            yield found(Problem.LINK, name, f"points to {(folder / name).readlink()}")
        elif not S_ISREG(mode):
            yield found(Problem.UNSAFE, name, "is neither a file nor a folder")
    for error in unread:
        yield found(Problem.UNREADABLE, os.path.relpath(error.filename, folder), _reason(error))
    yield from _listed(folder, manifest, {name for name, mode in entries.items() if S_ISREG(mode)}, set(entries))
    names = {record.name for record in manifest.files}
    for name, mode in entries.items():
        if S_ISREG(mode) and name not in names and name not in UNLISTED:
            yield found(Problem.EXTRA, name, "in the folder, not in the manifest")


def _listed(folder: Path, manifest: ReleaseManifest, files: set[str], entries: set[str]) -> Iterator[Found]:
    for name, times in Counter(record.name for record in manifest.files).items():
        if times > 1:
            yield found(Problem.STATEMENT, name, f"listed {times} times in the manifest")
    for record in manifest.files:
        if not is_plain(record.name):
            yield found(Problem.UNSAFE, record.name, "a path in the manifest that leads out of the folder")
        elif record.name in UNLISTED:
            yield found(Problem.STATEMENT, record.name, "listed in the manifest, which cannot vouch for it")
        elif record.name in files:
            yield from _content(folder / record.name, record)
        elif record.name not in entries:
            yield found(Problem.MISSING, record.name, "in the manifest, not in the folder")


def _content(path: Path, record: FileRecord) -> Iterator[Found]:
    try:
        if (size := path.lstat().st_size) != record.size_bytes:
            yield found(Problem.CHANGED, record.name, f"{size} bytes, the manifest says {record.size_bytes}")
        elif (digest := sha256_of(path)) != record.sha256:
            yield found(
                Problem.CHANGED, record.name, f"SHA-256 {digest[:12]}…, the manifest says {record.sha256[:12]}…"
            )
    except OSError as error:
        yield found(Problem.UNREADABLE, record.name, _reason(error))


def is_plain(name: str) -> bool:
    """Whether a path names something below its folder, in the one way in which this mobileswap writes it."""
    return _NO_NAMES.isdisjoint(name.split("/")) and _NO_LETTERS.isdisjoint(name)


def _below(folder: Path, unread: list[OSError]) -> Iterator[tuple[str, int]]:
    """Name and mode of everything but real folders, links to folders included; in the order of names."""
    root = os.fspath(folder)
    for parent, folders, files in os.walk(root, onerror=unread.append):
        folders.sort()
        start = parent[len(root) :].strip("/").replace(os.sep, "/")
        links = [name for name in folders if Path(parent, name).is_symlink()]
        for name in sorted([*files, *links]):
            yield (f"{start}/{name}" if start else name), os.lstat(os.path.join(parent, name)).st_mode  # noqa: PTH118


def _reason(error: OSError) -> str:
    return f"cannot be read ({error.strerror})"
