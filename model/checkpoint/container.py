"""A weights file to plain values, without running code from the file, and without giving it memory that it asks for.

What a file is decides its content: a suffix is how people name things. Only the names, types and shapes are read here;
values are read when a tensor is asked for them, so whoever compares the shapes first never reads more than he expects.
"""

from __future__ import annotations

import mmap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

from mobileswap.contracts.errors import BadInput
from mobileswap.model.checkpoint.allowed_types import WouldRun
from mobileswap.model.checkpoint.array_files import is_safetensors, read_npy, read_npz, read_safetensors
from mobileswap.model.checkpoint.file_kind import HEAD, describe, describe_zip
from mobileswap.model.checkpoint.names import shortened
from mobileswap.model.checkpoint.stored_tensor import Damaged
from mobileswap.model.checkpoint.torch_files import read_pickles, read_zip

SUFFIXES = (".pth", ".pt", ".safetensors")  # that messages name
_ALSO = (".ckpt", ".npz")
_MEMBERS = 200_000  # of an archive


def is_checkpoint(path: Path) -> bool:
    """Whether a file of a folder is meant: by its suffix, in any case, or as one that only a checkpoint begins like."""
    if path.suffix.lower() in (*SUFFIXES, *_ALSO):
        return True
    head = _head(path)
    return head.startswith((b"\x80", b"\x93NUMPY")) or (
        (head[:4] == b"PK\x03\x04" and b"data.pkl" in head[:200]) or is_safetensors(head, path.stat().st_size)
    )


class NoStateDict(BadInput):
    """A file that is whole and something else: code, settings, a graph. Among others of a folder it is passed over."""


@contextmanager
def opened(path: Path) -> Iterator[object]:
    """What the file holds: mappings, lists, numbers, and tensors as `StoredTensor`, which can be read meanwhile.

    Raises:
        BadInput: not there, empty, truncated, no checkpoint, or a pickle that wants to run code.
    """
    if not path.is_file():
        raise BadInput(
            f"{path}: no such file; --weights takes a checkpoint ({', '.join(SUFFIXES)}), a folder of them, or the "
            "built-in name `seeded`"
        )
    if path.stat().st_size == 0:
        raise BadInput(f"{path}: the file is empty; copy the checkpoint again")
    with refusing(path), path.open("rb") as stream:
        head = stream.read(HEAD)
        if head.startswith(b"PK\x03\x04"):
            with ZipFile(stream) as archive:
                content = _of_zip(archive, path)
                yield content
        else:
            # never closed by hand: its slices may be alive
            data = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
            yield _of_bytes(data, head, path)


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Whatever a reader raises on what a file says of itself becomes one line about that file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd archives
            yield
    except BadInput:
        raise
    except WouldRun as error:
        raise NoStateDict(
            f"{path}: holds more than tensors ({shortened(str(error))}), and opening it would run code from the file; "
            "nothing was run. Where it was trained, save model.state_dict() alone, or convert it to .safetensors"
        ) from error
    except Exception as error:  # a damaged file ends in struct.error, BadZipFile, IndexError and more
        detail = f" ({shortened(str(error))})" if isinstance(error, Damaged) else ""
        raise BadInput(
            f"{path}: {_not_whole(path)}, or cut short; copy it again, or save model.state_dict() anew{detail}"
        ) from error


def _not_whole(path: Path) -> str:
    if path.suffix.lower() == ".safetensors":
        return "not a whole .safetensors file, nor another checkpoint"
    return "not a state dict saved by torch.save"


def _of_zip(archive: ZipFile, path: Path) -> object:
    names = [info.filename for info in archive.infolist()]
    if len(names) > _MEMBERS or len(set(names)) < len(names):
        raise Damaged("an archive with too many members, or two of one name")
    if any(name.endswith("constants.pkl") for name in names):
        raise NoStateDict(f"{path}: {_not_whole(path)}: it is {describe_zip(names)}")
    if any(name.count("/") < 2 and name.endswith("data.pkl") for name in names):
        return read_zip(archive)
    if names and all(name.endswith(".npy") for name in names):
        return read_npz(archive)
    raise NoStateDict(f"{path}: {_not_whole(path)}: it is {describe_zip(names)}")


def _of_bytes(data: memoryview, head: bytes, path: Path) -> object:
    if is_safetensors(head, len(data)):
        return _of_safetensors(data, path)
    if head.startswith(b"\x93NUMPY"):
        return read_npy(data, path.name)
    if not head.startswith(b"\x80"):
        kind = describe(head)
        if kind is not None:
            raise BadInput(f"{path}: {_not_whole(path)}: it is {kind}")
    return read_pickles(data)


def _of_safetensors(data: memoryview, path: Path) -> object:
    try:
        return read_safetensors(data)
    except Damaged as error:
        raise BadInput(f"{path}: not a whole .safetensors file ({error}); copy it again") from error


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(HEAD)
