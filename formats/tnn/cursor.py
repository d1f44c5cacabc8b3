"""Walks through the bytes of a .tnnmodel and never believes a length before it has compared it with what is left."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mobileswap.contracts.errors import BadInput

MAGIC = 0xFABC0004
_MOST_DIMS = 8
_DTYPES: dict[int, np.dtype[Any]] = {0: np.dtype("<f4"), 1: np.dtype("<f2")}

Array = npt.NDArray[Any]


class Cursor:
    """A position in a file that is in memory.

    Raises, from every method:
        BadInput: the file ends too early or says something that cannot be; the message gives the byte.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.at = 0
        try:
            self._data = memoryview(path.read_bytes())
        except OSError as error:
            raise BadInput(f"{path}: cannot be read ({error.strerror}); it belongs beside the .tnnproto") from error

    @property
    def left(self) -> int:
        """Bytes that have not been read."""
        return len(self._data) - self.at

    def fault(self, what: str) -> BadInput:
        """The error for this place; the caller raises it."""
        return BadInput(f"{self.path} byte {self.at}: {what}; the file is damaged, export it again")

    def integer(self, what: str) -> int:
        """A signed 32-bit number."""
        return int(struct.unpack("<i", self._take(4, what))[0])

    def magic(self) -> None:
        """The four bytes that mark format version 2."""
        found = struct.unpack("<I", self._take(4, "the magic number"))[0]
        if found != MAGIC:
            raise self.fault(f"expected the magic number {MAGIC}, found {found}")

    def string(self, what: str) -> str:
        """A length and that many ASCII bytes."""
        length = self.integer(f"the length of {what}")
        data = bytes(self._take(length, what))
        try:
            return data.decode("ascii")
        except UnicodeDecodeError as error:
            raise self.fault(f"{what} is not plain text") from error

    def raw(self, what: str) -> Array:
        """An array of float32 or float16, in its own shape; of shape (0,) where the file has an empty one."""
        self.magic()
        kind, length = self.integer(f"the type of {what}"), self.integer(f"the length of {what}")
        if kind not in _DTYPES:
            raise self.fault(f"{what} has data type {kind}, known are 0 (float) and 1 (half)")
        dtype = _DTYPES[kind]
        if length == 0:
            return np.empty(0, dtype)
        rank = self.integer(f"the rank of {what}")
        if not 0 <= rank <= _MOST_DIMS:
            raise self.fault(f"{what} has {rank} axes")
        dims = tuple(self.integer(f"the shape of {what}") for _ in range(rank))
        if any(size < 1 for size in dims):
            raise self.fault(f"{what} has shape {dims}")
        count = 1
        for size in dims:
            count *= size
        if count * dtype.itemsize != length:
            raise self.fault(f"{what} of shape {dims} does not have {length} bytes")
        return np.frombuffer(self._take(length, what), dtype).reshape(dims)

    def _take(self, length: int, what: str) -> memoryview:
        if not 0 <= length <= self.left:
            raise self.fault(f"{what} would be {length} bytes long, {self.left} are left")
        self.at += length
        return self._data[self.at - length : self.at]
