"""Hidden names of work in progress, the lock that says who is at it, and what dead processes left behind.

A lock is the system's (``flock``) and ends with its process, however that ends. Where there are none, nobody can tell a
dead process's work from a living one's, and nothing is cleared.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from stat import S_IMODE, S_ISDIR
from time import monotonic, sleep

STAGING = ".staging-"  # being made; worth nothing without its process, whose number follows
MOVING = ".moving-"  # all made and being given its names, see contracts/publish.py
_DRAWN = "[a-z0-9_]{8}"  # by tempfile
_STAGING = re.compile(rf"\.staging-[0-9]+-{_DRAWN}")
_OLDER = re.compile(rf"\.(staging|replaced)-{_DRAWN}")  # as versions before this one named theirs, all of them private
_WAIT_S = 60.0  # for somebody who took a new name for a dead process's and is removing it


class Held(Exception):
    """A living process has the lock."""


@contextmanager
def locked(path: Path, wait_s: float = 0.0) -> Iterator[bool]:
    """Hold the lock of a file or folder; gives whether it is still there under that name.

    Raises:
        Held: another process had it for all of the time.
        OSError: it cannot be opened.
    """
    if sys.platform == "win32":
        yield path.exists()
        return
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        yield False
        return
    try:
        _lock(handle, wait_s)
        yield _is(handle, path)
    finally:
        os.close(handle)


def _lock(handle: int, wait_s: float) -> bool:
    """Whether there are locks there."""
    if sys.platform == "win32":
        return False
    from fcntl import LOCK_EX, LOCK_NB, flock

    end = monotonic() + wait_s
    while True:
        try:
            flock(handle, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            if monotonic() >= end:
                raise Held from None
            sleep(0.005)
        except OSError:
            return False
        else:
            return True


def _is(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A hidden one in ``folder``, locked; it is the caller's to remove."""
    with _new(lambda prefix: tempfile.mkdtemp(dir=folder, prefix=prefix)) as path:
        yield path


@contextmanager
def new_file(folder: Path) -> Iterator[Path]:
    """An empty hidden one in ``folder``, locked; it is the caller's to remove."""

    def make(prefix: str) -> str:
        handle, name = tempfile.mkstemp(dir=folder, prefix=prefix)
        os.close(handle)
        return name

    with _new(make) as path:
        yield path


@contextmanager
def _new(make: Callable[[str], str]) -> Iterator[Path]:
    """Until a name is locked before somebody takes it for a dead process's."""
    with ExitStack() as stack:
        path = None
        while path is None or not stack.enter_context(locked(path, _WAIT_S)):
            path = Path(make(f"{STAGING}{os.getpid()}-"))
        yield path


def clear(folder: Path) -> None:
    """Remove what dead processes were making in ``folder``; what cannot be removed stays for another day."""
    for path in (*named(folder, _STAGING), *(path for path in named(folder, _OLDER) if _is_private(path))):
        try:
            _clear_one(path)
        except (OSError, Held):
            continue


def _is_private(path: Path) -> bool:
    mode = path.lstat().st_mode
    return S_ISDIR(mode) and S_IMODE(mode) == 0o700


def _clear_one(path: Path) -> None:
    if sys.platform == "win32" or path.is_symlink():
        return
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if _lock(handle, 0.0) and _is(handle, path):
            if path.name.startswith(".replaced-"):
                _give_back(path)
            remove(path)
    finally:
        os.close(handle)


def _give_back(path: Path) -> None:
    """A version that died between its two renames left the only copy in there."""
    for old in path.iterdir():
        if not os.path.lexists(path.parent / old.name):
            old.replace(path.parent / old.name)


def named(folder: Path, pattern: re.Pattern[str]) -> list[Path]:
    """The entries of a folder whose whole names fit, sorted; none where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(folder / entry.name for entry in entries if pattern.fullmatch(entry.name))
    except OSError:
        return []


def remove(path: Path) -> None:
    """A file, a link, or a folder with all that is in it."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path)


def open_to_all(path: Path) -> None:
    """Everybody may read a finished file or folder (0644, 0755); tempfile and coremltools make theirs private."""
    for entry in [path, *path.rglob("*")] if path.is_dir() else [path]:
        mode = entry.lstat().st_mode
        wanted = 0o755 if S_ISDIR(mode) else 0o644
        if not entry.is_symlink() and S_IMODE(mode) != wanted:
            entry.chmod(wanted)
