"""A folder that something long is made in, which is still there after an interruption."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.leftovers import clear, remove
from mobileswap.contracts.publish import settle


@contextmanager
def workplace(final: Path) -> Iterator[Path]:
    """The hidden folder ``.<name>.part`` beside ``final``, for one process at a time.

    What an interrupted run left there is there again. The caller moves the folder away when all is done.

    Raises:
        BadInput: another process is at work on the same, or the folder cannot be made.
    """
    from filelock import FileLock, Timeout

    place = final.with_name(f".{final.name}.part")
    lock = FileLock(final.with_name(f".{final.name}.lock"), timeout=0)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise BadInput(f"{final}: another mobileswap is at work on it; wait for it, or choose another -o") from None
    except OSError as error:
        raise BadInput(f"{final}: cannot be written to ({error.strerror}); choose another folder with -o") from error
    try:
        settle(place.parent)
        clear(place.parent)
        place.mkdir(exist_ok=True)
        yield place
    finally:
        if place.exists() and not any(path.is_file() for path in place.rglob("*")):
            shutil.rmtree(place)
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def empty_but(folder: Path, kept: set[str]) -> None:
    """Remove everything from a folder but the entries of these names."""
    for path in folder.iterdir():
        if path.name not in kept:
            remove(path)
