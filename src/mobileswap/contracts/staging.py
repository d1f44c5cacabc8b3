"""A folder to make things in that nobody else sees, and that is gone afterwards."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import NO_ROOM
from mobileswap.contracts.leftovers import clear, new_folder
from mobileswap.contracts.publish import settle


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """A private folder inside ``folder`` that is gone afterwards, whatever happened.

    What dead processes left in ``folder`` is finished or cleared away before; if this one dies, the next does so.

    Raises:
        BadInput: ``folder`` cannot be made or written to, or is full.
    """
    with _made(folder) as stage:
        try:
            yield stage
        except Exception as error:
            # every toolchain wraps the system's error in one of its own; they all keep its words
            if any(words in str(error) for words in NO_ROOM):
                raise BadInput(f"{folder}: no room left there or in {tempfile.gettempdir()}; make some") from error
            raise
        finally:
            shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def _made(folder: Path) -> Iterator[Path]:
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            settle(folder)
            clear(folder)
            stage = stack.enter_context(new_folder(folder))
        except OSError as error:
            reason = "it is no folder" if folder.exists() and not folder.is_dir() else error.strerror
            raise BadInput(f"{folder}: cannot be written to ({reason}); choose another folder with -o") from error
        yield stage
