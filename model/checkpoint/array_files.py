"""NumPy's and safetensors' files: names with where their tensors lie."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import PurePosixPath
from zipfile import ZipFile

from mobileswap.model.checkpoint.allowed_types import numpy_name
from mobileswap.model.checkpoint.stored_tensor import (
    SIZE_OF,
    Bytes,
    Damaged,
    Storage,
    StoredTensor,
    in_memory,
    row_major,
)
from mobileswap.model.checkpoint.torch_files import member_reader, read_pickles

_HEAD = 10_000  # bytes of what stands before an array; numpy itself reads no more
_WRITTEN = re.compile(
    r"^.{10,12}\{'descr': '([<>|=])(\w+)', 'fortran_order': (True|False), 'shape': \(([\d, ]*)\), *\}", re.DOTALL
)
_MOST_NAMES = 1 << 26  # bytes of what names the tensors of a safetensors file
_TYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
    "C64": "complex64", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2",
}  # fmt: skip


def read_npz(archive: ZipFile) -> dict[object, object]:
    """An array per member.

    Raises:
        Damaged: a member is no array of numbers.
    """
    found: dict[object, object] = {}
    for info in archive.infolist():
        name = info.filename.removesuffix(".npy")
        if name in found:
            raise Damaged(f"{name} is in it twice")
        with archive.open(info) as member:
            kind, swapped, shape, reverse, begin = _array_head(member.read(_HEAD))
        storage = Storage(kind, info.file_size - begin, _behind(member_reader(archive, info), begin), swapped)
        found[name] = row_major(storage, kind, shape, reverse=reverse)
    return found


def _behind(read: Callable[[int, int], Bytes], begin: int) -> Callable[[int, int], Bytes]:
    return lambda start, end: read(begin + start, begin + end)


def read_npy(data: memoryview, name: str) -> object:
    """One array under the file's name; or, where it holds a pickled object, that object.

    Raises:
        Damaged: it is no array.
        WouldRun: its pickle calls what it may not.
    """
    head = bytes(data[:_HEAD])
    if b"'descr': '|O'" in head:
        content = getattr(read_pickles(data[_end_of_head(head) :]), "content", None)
        return content[0] if isinstance(content, list) and len(content) == 1 else content
    kind, swapped, shape, reverse, begin = _array_head(head)
    storage = in_memory(data[begin:], kind, swapped=swapped)
    return {PurePosixPath(name).stem: row_major(storage, kind, shape, reverse=reverse)}


def _array_head(head: bytes) -> tuple[str, bool, tuple[int, ...], bool, int]:
    """Type, whether it is big-endian, shape, whether its order is Fortran's, and where the values begin."""
    end = _end_of_head(head)
    told = _WRITTEN.search(head[:end].decode("latin-1"))
    if told is None:
        raise Damaged("an array without a head")
    order, code, reverse, shape = told.groups()
    name = numpy_name(code)
    if name is None:
        raise Damaged(f"an array of {code}, which is no number")
    return name, order == ">", tuple(int(part) for part in re.findall(r"\d+", shape)), reverse == "True", end


def _end_of_head(head: bytes) -> int:
    size = 2 if head[6:7] == b"\x01" else 4
    return 8 + size + int.from_bytes(head[8 : 8 + size], "little")


def is_safetensors(head: bytes, size: int) -> bool:
    """Whether a file that begins so, and is so long, can be one."""
    return len(head) > 8 and head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= size - 8


def read_safetensors(data: memoryview) -> dict[object, object]:
    """Names and tensors of a .safetensors file; they have to fill it without gap or overlap.

    Raises:
        Damaged: they do not, or a name is there twice.
    """
    length = int.from_bytes(data[:8], "little")
    if length > min(_MOST_NAMES, len(data) - 8):
        raise Damaged(f"its list of names asks for {length} bytes")
    try:
        told = json.loads(bytes(data[8 : 8 + length]), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise error if isinstance(error, Damaged) else Damaged("its list of names is no JSON") from error
    body = data[8 + length :]
    entries = [(name, *_entry(entry)) for name, entry in told.items() if name != "__metadata__"]
    end = 0
    for name, _, _, start, stop in sorted(entries, key=lambda entry: entry[3:]):
        if start != end:
            raise Damaged(f"{name} begins at {start}, what is before it ends at {end}")
        end = stop
    if end != len(body):
        raise Damaged(f"its tensors fill {end} bytes, it holds {len(body)}")
    return {name: _placed(body, name, kind, shape, start, stop) for name, kind, shape, start, stop in entries}


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise Damaged(f"{twice[:80]} is in it twice")
    return found


def _entry(entry: object) -> tuple[str, object, int, int]:
    try:
        kind, shape, (start, end) = entry["dtype"], entry["shape"], entry["data_offsets"]  # type: ignore[index]
    except (TypeError, KeyError, ValueError) as error:
        raise Damaged("its list of names holds something else than tensors") from error
    if kind not in _TYPES or not isinstance(start, int) or not isinstance(end, int) or not 0 <= start <= end:
        raise Damaged(f"it holds a tensor of type {str(kind)[:20]} from {start} to {end}")
    return _TYPES[kind], shape, start, end


def _placed(body: memoryview, name: str, kind: str, shape: object, start: int, end: int) -> StoredTensor:
    tensor = row_major(in_memory(body[start:end], kind), kind, shape)
    count = 1
    for length in tensor.shape:
        count *= length
    if count * SIZE_OF[kind] != end - start:
        raise Damaged(f"{name[:80]} is {tensor.shape} and holds {end - start} bytes")
    return tensor
