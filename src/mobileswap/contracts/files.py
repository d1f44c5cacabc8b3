"""Hashes, sizes and whole-or-nothing writing of one file; contracts/publish.py does several."""

import errno
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

import msgspec

from mobileswap.contracts.durable import sync
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.leftovers import clear, new_file
from mobileswap.contracts.os_errors import advice

T = TypeVar("T")
NO_ROOM = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT))


def sha256_of(source: Path | bytes) -> str:
    """SHA-256 of bytes, of a file, or of a folder (over the relative names and hashes of its files, sorted)."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    if source.is_dir():
        lines = (f"{p.relative_to(source).as_posix()} {sha256_of(p)}\n" for p in _files_below(source))
        return hashlib.sha256(os.fsencode("".join(lines))).hexdigest()
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def size_of(path: Path) -> int:
    """Bytes on disk of a file, or of all files below a folder."""
    return sum(p.stat().st_size for p in _files_below(path)) if path.is_dir() else path.stat().st_size


def _files_below(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file())


def stays_inside(name: str) -> bool:
    """Whether a relative path, as written down somewhere, names something below its folder, on any system."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and not set(name) & {"\\", ":", "\0"}


def read_json(path: Path, kind: type[T]) -> T:
    """Decode and validate a JSON file as a frozen dataclass.

    Raises:
        BadInput: the file cannot be read or is not JSON.
        msgspec.ValidationError: it is JSON of another shape; the caller knows what it should have been.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except msgspec.ValidationError:
        raise
    except RecursionError as error:
        raise BadInput(f"{path}: expected a JSON file, this is nested too deeply for one; make it again") from error
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"{path}: expected a JSON file ({reason}); make it again") from error


@dataclass(frozen=True)
class _Versioned:
    schema: int


def read_versioned(path: Path, kind: type[T], schema: int, *, what: str, remedy: str, given_as: str = "") -> T:
    """As ``read_json``, for what says of which schema it is; that is looked at before the rest, which may differ.

    Args:
        path: of the file.
        kind: the frozen dataclass of that schema.
        schema: that is read here.
        what: it should be, for instance ``a benchmark``.
        remedy: what to do where it is not.
        given_as: how the user named the file, where that is more than its path.

    Raises:
        BadInput: the file cannot be read, is not JSON, or is of another shape or schema.
    """
    name = given_as or str(path)
    try:
        found = read_json(path, _Versioned).schema
        if found != schema:
            who = "a newer mobileswap wrote it" if found > schema else "an older mobileswap wrote it"
            raise BadInput(f"{name}: schema {found}, this mobileswap reads {schema}: {who}; {remedy}")
        return read_json(path, kind)
    except msgspec.ValidationError as error:
        raise BadInput(f"{name}: not {what} of schema {schema} ({error}); {remedy}") from error


def write_json(path: Path, value: object) -> None:
    """Write a frozen dataclass as indented JSON, whole or not at all."""
    write_text(path, msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n")


def write_text(path: Path, text: str) -> None:
    """Write through a temporary name in the same folder, so that a reader never sees half a file.

    Raises:
        BadInput: the folder cannot be written to, or is full.
    """
    try:
        _write_beside(path, text)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror}); {advice(error)}") from error


def _write_beside(path: Path, text: str) -> None:
    clear(path.parent)
    with new_file(path.parent) as made:
        try:
            with made.open("w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            made.chmod(0o644)  # it was made private to the user
            made.replace(path)
        finally:
            made.unlink(missing_ok=True)
    sync(path.parent)
