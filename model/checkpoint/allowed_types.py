"""What a pickle may call or make, and what comes of it here. Anything else is refused; nothing is ever imported.

Tensors and arrays become where their values lie; settings that people save beside them become `Inert`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from mobileswap.model.checkpoint.inert_pickle import Global, Inert
from mobileswap.model.checkpoint.stored_tensor import (
    SIZE_OF,
    Bytes,
    Damaged,
    Storage,
    StoredTensor,
    counts,
    dense,
    row_major,
)

_MOST_COPIED = 1 << 31  # bytes and items that calls may copy, all together
_CODES = {"b": "bool", "f": "float", "i": "int", "u": "uint", "c": "complex"}  # numpy's letters

# Tensors that no network here takes, and where in the call their shape is; they are kept, to be named in a refusal.
_OTHER_FORMS: dict[str, tuple[str, Callable[..., object]]] = {
    "torch._utils._rebuild_sparse_tensor": ("sparse", lambda _, data: data[2]),
    "torch._utils._rebuild_meta_tensor_no_storage": ("without values", lambda _, shape, *__: shape),
    "torch._utils._rebuild_qtensor": ("quantised", lambda _, __, shape, *___: shape),
}

# Values that hold no weights. Of the modules in the second list every class is one: settings, as trainers keep them.
_HARMLESS = re.compile(
    r"(argparse|types)\.(Simple)?Namespace"
    r"|pathlib(\._local)?\.(Pure)?(Posix|Windows)?Path"
    r"|datetime\.(datetime|date|time|timedelta|timezone)|zoneinfo\.ZoneInfo"
    r"|(__builtin__|builtins)\.(complex|slice|range|xrange|object|int|float|bool|str)"
    r"|decimal\.Decimal|fractions\.Fraction|uuid\.(UUID|SafeUUID)|re\._compile"
    r"|torch\.(device|Generator|torch_version\.TorchVersion|serialization\._get_layout|finfo|iinfo)"
    r"|numpy\.random\.\w+\.(__\w+_ctor|MT19937|PCG64|RandomState)"
    r"|(omegaconf|yacs|ml_collections|lightning|pytorch_lightning|lightning_fabric|lightning_utilities)\.[\w.]+"
)
_MAPPINGS = re.compile(
    r"collections\.(OrderedDict|defaultdict|Counter)|(__builtin__|builtins)\.dict"
    r"|(easydict\.EasyDict|addict(\.addict)?\.Dict|munch\.Munch|[\w.]+\.AttributeDict)"
)
_LISTS = re.compile(
    r"(__builtin__|builtins)\.(set|frozenset|list|tuple|bytearray|bytes)|collections\.deque|torch\.Size"
)


class WouldRun(ValueError):
    """The pickle calls something that is none of these; the words are its name."""


class PickledType:
    """numpy.dtype; its byte order comes after the call that makes it."""

    def __init__(self, name: str) -> None:
        self.name, self.swapped = name, False


class PickledArray:
    """numpy.ndarray; what it holds comes after the call that makes it. ``content`` is a list of one for an object."""

    def __init__(self) -> None:
        self.content: object = None


class Allowed:
    """Answers one reader; ``storage_in`` reads a storage that was saved inside a bytes value."""

    def __init__(self, storage_in: Callable[[Bytes], object]) -> None:
        self._storage_in = storage_in
        self._left = _MOST_COPIED

    def call(self, function: object, arguments: tuple[object, ...]) -> object:
        """The value that this call stands for.

        Raises:
            WouldRun: it is not among those known here.
            Damaged: its arguments are not those it takes.
        """
        name = str(function) if isinstance(function, Global) else type(function).__name__
        try:
            if name in _CALLS:
                return _CALLS[name](self, *arguments)
            if name in _OTHER_FORMS:
                form, shape_of = _OTHER_FORMS[name]
                return StoredTensor("float32", counts(shape_of(*arguments)), (), 0, None, form)
        except TypeError as error:
            raise Damaged(f"{name} with other arguments than it takes") from error
        return self.make(function, arguments)

    def make(self, kind: object, arguments: tuple[object, ...]) -> object:
        """An object of a class, as yet without what fills it.

        Raises:
            WouldRun: the class is not among those known here.
        """
        name = str(kind) if isinstance(kind, Global) else type(kind).__name__
        if _MAPPINGS.fullmatch(name):
            return self._mapping(arguments)
        if _LISTS.fullmatch(name):
            return self._list(arguments)
        if _HARMLESS.fullmatch(name):
            return Inert(name)
        raise WouldRun(name)

    def fill(self, target: object, state: object) -> None:
        """What a pickle adds to an object that was made before; only of arrays does it matter."""
        if isinstance(target, PickledType) and isinstance(state, tuple):
            target.swapped = len(state) > 1 and state[1] == ">"
        elif isinstance(target, PickledArray):
            target.content = _content(*state) if isinstance(state, tuple) and len(state) == 5 else None

    def copied(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise Damaged("a pickle that copies more than a checkpoint holds")

    def storage_in(self, content: Bytes) -> object:
        return self._storage_in(content)

    def _list(self, arguments: tuple[object, ...]) -> object:
        first = arguments[0] if arguments else None
        if not isinstance(first, list | tuple):
            return first if isinstance(first, bytes | memoryview) else []
        self.copied(len(first))
        return list(first)

    def _mapping(self, arguments: tuple[object, ...]) -> dict[object, object]:
        """Pairs are what Python 2 made an OrderedDict of; the factory of a defaultdict is left out."""
        pairs = next((value for value in arguments if isinstance(value, list | dict)), [])
        self.copied(len(pairs))
        if isinstance(pairs, dict):
            return dict(pairs)
        return {key: value for key, value in pairs if isinstance(key, str | int)}


def array(kind: object, shape: object, content: object, is_fortran: object = False) -> StoredTensor | None:
    """Where the values of a numpy array lie; None where they are no numbers."""
    if not isinstance(kind, PickledType):
        return None
    if isinstance(content, str):
        content = content.encode("latin-1")
    if not isinstance(content, bytes | memoryview):
        raise Damaged("an array without bytes")
    storage = Storage(kind.name, len(content), lambda start, end: content[start:end], kind.swapped)
    return row_major(storage, kind.name, shape, reverse=bool(is_fortran))


def _content(_: object, shape: object, kind: object, is_fortran: object, values: object) -> object:
    return values if isinstance(values, list) else array(kind, shape, values, is_fortran)


def numpy_name(code: str) -> str | None:
    """``float32`` for ``f4``; None where the values are no numbers."""
    if re.fullmatch(r"[bfiuc]\d{1,2}", code) and code[0] in _CODES:
        name = "bool" if code == "b1" else f"{_CODES[code[0]]}{8 * int(code[1:])}"
        return name if name in SIZE_OF else None
    return code if code in SIZE_OF else None


def _storage(value: object) -> Storage:
    if not isinstance(value, Storage):
        raise Damaged("a tensor without a storage")
    return value


def _tensor(_: Allowed, storage: object, offset: object, shape: object, stride: object, *__: object) -> StoredTensor:
    held = _storage(storage)
    return dense(held, held.dtype or "uint8", shape, stride, offset)


class _V3(NamedTuple):
    storage: object
    offset: object
    shape: object
    stride: object
    requires_grad: object
    hooks: object
    dtype: object


def _tensor_v3(_: Allowed, *arguments: object) -> StoredTensor:
    told = _V3(*arguments[:7])
    return dense(_storage(told.storage), _torch_name(told.dtype), told.shape, told.stride, told.offset)


def _torch_name(value: object) -> str:
    if isinstance(value, Global) and value.module == "torch" and value.name in SIZE_OF:
        return value.name
    raise Damaged(f"a tensor of type {value}")


def _first(_: Allowed, value: object, *__: object) -> object:
    return value


def _inner(allowed: Allowed, function: object, _: object, arguments: object, *__: object) -> object:
    if not isinstance(arguments, tuple) or _CALLS.get(str(function)) is _inner:
        raise Damaged("a tensor of a class of its own, without arguments")
    return allowed.call(function, arguments)


def _old_object(allowed: Allowed, kind: object, *_: object) -> object:
    return allowed.make(kind, ())


def _encoded(allowed: Allowed, text: object, encoding: object = "latin1", *_: object) -> bytes:
    if not isinstance(text, str) or encoding not in {"latin1", "latin-1"}:
        raise Damaged("an encoding that is none of a pickle's")
    allowed.copied(len(text))
    return text.encode("latin-1")


def _type(_: Allowed, code: object, *__: object) -> object:
    name = numpy_name(code) if isinstance(code, str) else None
    return PickledType(name) if name else Inert("numpy.dtype")


def _array(_: Allowed, *__: object) -> PickledArray:
    return PickledArray()


def _array_of_buffer(_: Allowed, content: object, kind: object, shape: object, order: object = "C") -> object:
    return array(kind, shape, content, order == "F")


def _saved_storage(allowed: Allowed, content: object) -> object:
    if not isinstance(content, bytes | memoryview):
        raise Damaged("a storage without bytes")
    allowed.copied(len(content))
    return allowed.storage_in(content)


def _scalar(_: Allowed, *__: object) -> Inert:
    return Inert("numpy scalar")


_CALLS: dict[str, Callable[..., object]] = {
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _tensor_v3,
    "torch._utils._rebuild_parameter": _first,
    "torch._utils._rebuild_parameter_with_state": _first,
    "torch._utils._rebuild_device_tensor_from_numpy": _first,
    "torch._utils._rebuild_device_tensor_from_cpu_tensor": _first,
    "torch._tensor._rebuild_from_type_v2": _inner,
    "torch.storage._load_from_bytes": _saved_storage,
    "_codecs.encode": _encoded,
    "numpy.dtype": _type,
    "copy_reg._reconstructor": _old_object,
    "copyreg._reconstructor": _old_object,
    **dict.fromkeys(("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"), _array),
    **dict.fromkeys(("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar"), _scalar),
    **dict.fromkeys(("numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer"), _array_of_buffer),
}
