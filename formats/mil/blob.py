"""A weight file of an .mlpackage, by its entries. The format is MIL's blob storage, version 2.

Apple publishes it with coremltools: mlmodel/src/MILBlob/Blob/StorageFormat.hpp and BlobDataType.hpp.
"""

import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mobileswap.contracts.errors import Misdeclared

# MIL's names of the types that an entry can be of, and their numbers
CODES = {
    "fp16": 1,
    "fp32": 2,
    "uint8": 3,
    "int8": 4,
    "int16": 6,
    "uint16": 7,
    "int4": 8,
    "uint1": 9,
    "uint2": 10,
    "uint4": 11,
    "uint3": 12,
    "uint6": 13,
    "int32": 14,
    "uint32": 15,
}
_HEADER = struct.Struct("<II")  # number of entries, version
_ENTRY = struct.Struct("<IIQQ")  # sentinel, type, size in bytes, where they begin
_RECORD = 64  # bytes that a header and an entry take up, with what is reserved
_VERSION = 2
_SENTINEL = 0xDEADBEEF
_FOLDER = "@model_path/weights/"  # how the specification names the folder of weights

Bytes = npt.NDArray[np.uint8]


def require_sound_weights(path: Path) -> None:
    """Walk from entry to entry, as Core ML's own reader does, and refuse a file that is not just what they take up.

    Raises:
        Misdeclared: an entry is not where the one before it ends, or the file goes on after the last.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        count, version = _unpack(_HEADER, stream.read(_HEADER.size))
        if version != _VERSION or count * _RECORD > size:
            raise Misdeclared(f"{path.name} declares {count} entries of version {version}, expected version {_VERSION}")
        end = _RECORD
        for number in range(count):
            at = -(-end // _RECORD) * _RECORD
            stream.seek(at)
            sentinel, code, length, start = _unpack(_ENTRY, stream.read(_ENTRY.size))
            if sentinel != _SENTINEL or code not in CODES.values() or start != at + _RECORD or start + length > size:
                raise Misdeclared(f"{path.name} declares {count} entries, expected number {number} at {at}")
            end = start + length
    if size > -(-end // _RECORD) * _RECORD:
        raise Misdeclared(f"{path.name} has {size} bytes, expected {end} as its {count} entries need")


def _unpack(form: struct.Struct, held: bytes) -> tuple[int, ...]:
    """Zeros where the file has ended."""
    return form.unpack(held.ljust(form.size, b"\0"))


class WeightFiles:
    """The files of a package's folder of weights. They stay mapped while an array of theirs is in use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, Bytes] = {}

    def read(self, file: str, offset: int, dtype: str, size: int) -> Bytes:
        """The bytes of one entry, read-only.

        Args:
            file: as the specification names it.
            offset: of the entry in it.
            dtype: MIL's name of what it has to hold.
            size: in bytes, that it has to have.

        Raises:
            ValueError: there is no such file or entry, or it holds something else.
        """
        content = self._content(file)
        if offset + _RECORD > len(content):
            raise ValueError(f"{file} has {len(content)} bytes and no entry at {offset}")
        sentinel, code, found, start = _ENTRY.unpack_from(content.data, offset)
        if sentinel != _SENTINEL:
            raise ValueError(f"{file} has no entry at {offset}")
        if code != CODES.get(dtype):
            held = next((name for name, number in CODES.items() if number == code), f"type {code}")
            raise ValueError(f"{file} holds {held} at {offset}, and the program says {dtype}")
        if found != size:
            raise ValueError(f"{file} holds {found} bytes at {offset}, and the program's shape needs {size}")
        if start + size > len(content):
            raise ValueError(f"{file} ends after {len(content)} bytes, and an entry after {start + size}")
        return content[start : start + size]

    def _content(self, file: str) -> Bytes:
        if file not in self._open:
            self._open[file] = self._map(file)
        return self._open[file]

    def _map(self, file: str) -> Bytes:
        name = file.removeprefix(_FOLDER)
        if name in (file, "", ".", "..") or "/" in name or "\\" in name or "\0" in name:
            raise ValueError(f"the weight file {file!r} is not in the package's folder of weights")
        path = self._folder / name
        try:
            if path.stat().st_size < _RECORD:
                raise ValueError(f"{file} is no weight file: it has {path.stat().st_size} bytes")
            content = np.memmap(path, np.uint8, "r").view(np.ndarray)
        except OSError as error:
            raise ValueError(f"{file} cannot be read ({error.strerror})") from error
        _, version = _HEADER.unpack_from(content.data)
        if version != _VERSION:
            raise ValueError(f"{file} is no weight file of version {_VERSION}: it says {version}")
        return content
