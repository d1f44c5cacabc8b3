"""Both containers of torch.save, and a bare pickle: to plain values, with tensors as where they lie in the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from mobileswap.model.checkpoint.allowed_types import Allowed
from mobileswap.model.checkpoint.inert_pickle import Global, InertReader, Makers
from mobileswap.model.checkpoint.stored_tensor import SIZE_OF, Bytes, Damaged, Storage, counts

MAGIC = 0x1950A86A20F9469CFC6C  # the first pickle of torch's older container
_MOST_STRUCTURE = 1 << 28  # bytes of what names the tensors; of a large training state it is 1 MB
_RATIO = 200  # no pickle of tensors' names shrinks that well
_TYPES = {
    "Double": "float64", "Float": "float32", "Half": "float16", "BFloat16": "bfloat16", "Long": "int64", "Int": "int32",
    "Short": "int16", "Char": "int8", "Byte": "uint8", "Bool": "bool", "ComplexFloat": "complex64",
    "ComplexDouble": "complex128",
}  # fmt: skip


def read_zip(archive: ZipFile) -> object:
    """The newer container: data.pkl names storages, each a member of the archive beside it.

    Raises:
        Damaged, WouldRun: see inert_pickle.py and allowed_types.py.
    """
    members = {info.filename: info for info in archive.infolist()}
    place = next(name for name in members if re.fullmatch(r"([^/]+/)?data\.pkl", name))
    root = place.removesuffix("data.pkl")
    order = archive.read(members[f"{root}byteorder"])[:8] if f"{root}byteorder" in members else b"little"
    held: dict[str, Storage] = {}

    def refer(identifier: object) -> object:
        dtype, key, values = _storage_named(identifier)
        if key not in held:
            info = members[f"{root}data/{key}"]
            if info.file_size < values * SIZE_OF[dtype or "uint8"]:
                raise Damaged(f"{info.filename} holds {info.file_size} bytes, fewer than its tensors need")
            held[key] = Storage(dtype, info.file_size, member_reader(archive, info), order == b"big")
        return held[key]

    return _read_pickle(memoryview(_structure(archive, members[place])), refer)


def read_pickles(data: memoryview) -> object:
    """The older container, five pickles with the storages behind them; or one pickle of anything, as Python writes it.

    Raises:
        Damaged, WouldRun: see inert_pickle.py and allowed_types.py.
    """
    reader = InertReader(data, 0, _makers(_no_storage))
    first = reader.read()
    return _read_old(data, reader.at) if first == MAGIC else first


def _read_old(data: memoryview, at: int) -> object:
    held: dict[str, Storage] = {}
    views: dict[tuple[str, str], Storage] = {}
    where: dict[str, int] = {}  # filled below; nothing is read before

    def reading(key: str, skipped: int) -> Callable[[int, int], Bytes]:
        return lambda start, end: data[where[key] + skipped + start : where[key] + skipped + end]

    def refer(identifier: object) -> object:
        if isinstance(identifier, tuple) and identifier[:1] == ("module",):
            return identifier[1]  # a class, with its source
        dtype, key, values = _storage_named(identifier)
        size = SIZE_OF[dtype or "uint8"]
        if key not in held:
            held[key] = Storage(dtype, values * size, reading(key, 0))
        view = identifier[5] if isinstance(identifier, tuple) and len(identifier) > 5 else None
        if view is None:
            return held[key]
        name, offset, length = view
        if (key, name) not in views:
            views[key, name] = Storage(dtype, counts((length,))[0] * size, reading(key, counts((offset,))[0] * size))
        return views[key, name]

    for _ in range(2):  # version of the format, and what the machine was
        at = _after(data, at)
    reader = InertReader(data, at, _makers(refer))
    content = reader.read()
    keys = InertReader(data, reader.at, _makers(_no_storage))
    listed = keys.read()
    at = keys.at
    for key in listed if isinstance(listed, list) else ():
        at = _locate(data, at, held[key], key, where)
    return content


def _locate(data: memoryview, at: int, storage: Storage, key: str, where: dict[str, int]) -> int:
    """Note where a storage begins, and return where it ends."""
    count = int.from_bytes(data[at : at + 8], "little")
    if count * SIZE_OF[storage.dtype or "uint8"] != storage.size or at + 8 + storage.size > len(data):
        raise Damaged(f"storage {key} does not hold what its tensors need")
    where[key] = at + 8
    return at + 8 + storage.size


def _after(data: memoryview, at: int) -> int:
    reader = InertReader(data, at, _makers(_no_storage))
    reader.read()
    return reader.at


def _read_pickle(data: memoryview, refer: Callable[[object], object]) -> object:
    return InertReader(data, 0, _makers(refer)).read()


def _makers(refer: Callable[[object], object]) -> Makers:
    allowed = Allowed(lambda content: read_pickles(memoryview(content)))
    return Makers(allowed.call, allowed.make, allowed.fill, refer)


def _no_storage(_: object) -> object:
    """Of pickles that have nothing beside them."""
    raise Damaged("a pickle that refers to something outside of it")


def _storage_named(identifier: object) -> tuple[str, str, int]:
    """Type ("" where only the tensor knows), key and length in values of ("storage", type, key, device, length)."""
    if not isinstance(identifier, tuple) or len(identifier) < 5 or identifier[0] != "storage":
        raise Damaged("a pickle that refers to something else than a storage")
    _, kind, key, _, length = identifier[:5]
    name = kind.name.removesuffix("Storage") if isinstance(kind, Global) else ""
    if name == "Untyped":
        return "", str(key), counts((length,))[0]
    if name not in _TYPES:
        raise Damaged(f"a storage of type {kind}")
    return _TYPES[name], str(key), counts((length,))[0]


def _structure(archive: ZipFile, info: ZipInfo) -> bytes:
    if info.file_size > _MOST_STRUCTURE or info.file_size > (1 << 20) + _RATIO * info.compress_size:
        raise Damaged(f"{info.filename} grows from {info.compress_size} to {info.file_size} bytes")
    return archive.read(info)


def member_reader(archive: ZipFile, info: ZipInfo) -> Callable[[int, int], Bytes]:
    def read(start: int, end: int) -> Bytes:
        if info.compress_type == ZIP_STORED and info.compress_size != info.file_size:
            raise Damaged(f"{info.filename} has two sizes")
        with archive.open(info) as member:
            member.seek(start)
            content = member.read(end - start)
            if start == 0 and end == info.file_size:
                member.read(1)  # its checksum is compared at its end
        if len(content) != end - start:
            raise Damaged(f"{info.filename} ends early")
        return content

    return read
