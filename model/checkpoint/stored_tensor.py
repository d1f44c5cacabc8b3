"""A tensor as it lies in a file: what it is and where its values are. They are read when they are asked for.

So a file can be recognised, and refused, before any memory is given to what it says of itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

Bytes = bytes | memoryview

# Bytes of one value, by the name that torch, numpy and this package give its type.
SIZE_OF = {
    **dict.fromkeys(("float64", "int64", "uint64", "complex64"), 8),
    **dict.fromkeys(("float32", "int32", "uint32", "complex32"), 4),
    **dict.fromkeys(("float16", "bfloat16", "int16", "uint16"), 2),
    **dict.fromkeys(("int8", "uint8", "bool"), 1),
    **dict.fromkeys(("float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"), 1),
    "complex128": 16,
}
_SPREAD = 16  # bytes that may lie between the first and the last value, for each byte of values …
_SPREAD_FREE = 1 << 26  # … beyond these


class Damaged(ValueError):
    """The file contradicts itself or ends too early; the words say where."""


@dataclass(frozen=True, eq=False)
class Storage:
    """A run of bytes that tensors share.

    Attributes:
        dtype: of its values; "" where only the tensor knows.
        size: in bytes, as the file declares it.
        read: the bytes from one offset up to another.
        swapped: the values are in big-endian order.
    """

    dtype: str
    size: int
    read: Callable[[int, int], Bytes]
    swapped: bool = False


@dataclass(frozen=True, eq=False)
class StoredTensor:
    """One tensor of a file.

    Attributes:
        dtype: by name, for instance ``float32``.
        shape: as declared.
        stride: in values; negative nowhere.
        offset: of the first value, in values.
        storage: holds the values; None where ``form`` is not "dense".
        form: "dense", or what it is instead, in words for a message.
    """

    dtype: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    storage: Storage | None
    form: str = "dense"

    @property
    def is_float(self) -> bool:
        return "float" in self.dtype

    def place(self) -> tuple[int, tuple[int, ...], tuple[int, ...], int]:
        """Equal for two names of one tensor."""
        return id(self.storage), self.shape, self.stride, self.offset

    def values(self) -> Tensor:
        """Read them, into memory that nothing else shares.

        Raises:
            Damaged: they are not where the tensor says, or lie so far apart that reading them would be a trap.
        """
        import torch

        kind = getattr(torch, self.dtype)
        if self.storage is None or 0 in self.shape:
            return torch.empty(self.shape, dtype=kind)
        raw = bytearray(self.storage.read(*self._range(self.storage)))
        if self.storage.swapped:
            _swap(raw, self.dtype)
        return torch.frombuffer(raw, dtype=kind).as_strided(self.shape, self.stride)

    def _range(self, storage: Storage) -> tuple[int, int]:
        size = SIZE_OF[self.dtype]
        last = sum((length - 1) * step for length, step in zip(self.shape, self.stride, strict=True))
        start, end = self.offset * size, (self.offset + last + 1) * size
        if end > storage.size:
            raise Damaged(f"a tensor of {self.shape} reaches byte {end} of a storage of {storage.size}")
        if end - start > _SPREAD_FREE + _SPREAD * size * math.prod(self.shape):
            raise Damaged(f"the values of a tensor of {self.shape} are spread over {end - start} bytes")
        return start, end


def dense(storage: Storage, dtype: str, shape: object, stride: object, offset: object) -> StoredTensor:
    """Put a tensor together from what a file says.

    Raises:
        Damaged: these are no numbers that a tensor can have.
    """
    sizes, steps = counts(shape), counts(stride)
    if len(sizes) != len(steps) or dtype not in SIZE_OF:
        raise Damaged(f"a tensor of shape {sizes}, strides {steps} and type {dtype}")
    return StoredTensor(dtype, sizes, steps, counts((offset,))[0], storage)


def row_major(storage: Storage, dtype: str, shape: object, *, reverse: bool = False) -> StoredTensor:
    """As ``dense``, for values that lie without gaps; ``reverse`` as Fortran has them.

    Raises:
        Damaged: these are no numbers that a tensor can have.
    """
    sizes = counts(shape)
    if math.prod(sizes) * SIZE_OF.get(dtype, 1) > storage.size:
        raise Damaged(f"a tensor of {sizes} in {storage.size} bytes")
    ordered = sizes if reverse else tuple(reversed(sizes))
    steps = tuple(math.prod(ordered[:position]) for position in range(len(ordered)))
    return dense(storage, dtype, sizes, steps if reverse else tuple(reversed(steps)), 0)


def in_memory(data: Bytes, dtype: str, *, swapped: bool = False) -> Storage:
    return Storage(dtype, len(data), lambda start, end: data[start:end], swapped)


def counts(values: object) -> tuple[int, ...]:
    """A shape, or what is like one.

    Raises:
        Damaged: it is none.
    """
    if not isinstance(values, tuple | list) or len(values) > 64:
        raise Damaged("a shape that is none")
    if not all(isinstance(value, int) and 0 <= value < 1 << 48 for value in values):
        raise Damaged("a shape with something else than small positive numbers in it")
    return tuple(int(value) for value in values)


def _swap(raw: bytearray, dtype: str) -> None:
    size = SIZE_OF[dtype] // (2 if dtype.startswith("complex") else 1)
    np.frombuffer(raw, np.dtype(f"u{size}")).byteswap(inplace=True)
