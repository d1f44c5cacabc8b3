"""A pickle read as data. Nothing in it is imported or called: a name stays a name until allowed_types.py knows it.

Python's own unpickler takes whatever memory a file asks for, and runs what it names. This one gives no opcode more
than the file holds, counts its steps, and follows no recursion, so that it needs no process of its own.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

from mobileswap.model.checkpoint.stored_tensor import Damaged

_MOST_STEPS = 5_000_000  # 1,600 tensors with the moments of Adam take 190,000


class Global(NamedTuple):
    """A class or function that the pickle names."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Inert:
    """What stands where a harmless value was that no weights are in: it takes everything and does nothing."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


class Makers(NamedTuple):
    """What the reader asks when the pickle calls, makes, fills or refers to something; each may refuse."""

    call: Callable[[object, tuple[object, ...]], object]
    make: Callable[[object, tuple[object, ...]], object]
    fill: Callable[[object, object], None]
    refer: Callable[[object], object]


class InertReader:
    """One pickle, from a place in a buffer to its STOP."""

    def __init__(self, data: memoryview, at: int, makers: Makers) -> None:
        self._data, self.at, self._makers = data, at, makers
        self._stack: list[object] = []
        self._marks: list[int] = []
        self._memo: dict[int, object] = {}

    def read(self) -> object:
        """The pickled value; ``at`` is behind its STOP then.

        Raises:
            Damaged: no whole pickle, or more steps than any checkpoint takes.
        """
        try:
            return self._run()
        except (IndexError, KeyError, TypeError, AttributeError, struct.error, UnicodeDecodeError) as error:
            raise Damaged(f"no whole pickle ({type(error).__name__})") from error

    def _run(self) -> object:
        for _ in range(_MOST_STEPS):
            opcode = self._data[self.at]
            self.at += 1
            if opcode == 0x2E:  # STOP
                return self._stack.pop()
            _STEPS[opcode](self)
        raise Damaged(f"a pickle of more than {_MOST_STEPS} steps")

    # Reading

    def _take(self, count: int) -> memoryview:
        if not 0 <= count <= len(self._data) - self.at:
            raise Damaged(f"a pickle that asks for {count} bytes, {len(self._data) - self.at} are left")
        self.at += count
        return self._data[self.at - count : self.at]

    def _number(self, form: str) -> int:
        value: int = struct.unpack("<" + form, self._take(struct.calcsize("<" + form)))[0]
        return value

    def _line(self) -> str:
        end = self.at
        while self._data[end] != 0x0A:
            end += 1
        text = str(self._take(end - self.at), "utf-8", "surrogateescape")
        self.at += 1
        return text

    def _since_mark(self) -> list[object]:
        mark = self._marks.pop()
        items = self._stack[mark:]
        del self._stack[mark:]
        return items

    def _mark(self) -> None:
        self._marks.append(len(self._stack))

    def _drop(self) -> None:
        if self._marks and self._marks[-1] == len(self._stack):
            self._marks.pop()
        else:
            self._stack.pop()

    def _remember(self, number: int) -> None:
        self._memo[number] = self._stack[-1]

    def _recall(self, number: int) -> None:
        self._stack.append(self._memo[number])

    # Constants

    def _push(self, value: object) -> None:
        self._stack.append(value)

    def _text(self, form: str) -> None:
        self._push(str(self._take(self._number(form)), "utf-8", "surrogatepass"))

    def _old_text(self, form: str) -> None:
        """Python 2's str: text in most files, the bytes of an array in some."""
        self._push(str(self._take(self._number(form)), "latin-1"))

    def _quoted(self) -> None:
        self._push(self._line().strip("'\""))

    def _bytes(self, form: str) -> None:
        self._push(self._take(self._number(form)))

    def _float(self) -> None:
        self._push(struct.unpack(">d", self._take(8))[0])

    def _long(self, form: str) -> None:
        self._push(int.from_bytes(self._take(self._number(form)), "little", signed=True))

    def _written_number(self) -> None:
        line = self._line()
        if line in {"00", "01"}:
            self._push(line == "01")
            return
        try:
            self._push(int(line.rstrip("L")))
        except ValueError as error:
            raise Damaged("a pickle with a number that is none") from error

    def _written_float(self) -> None:
        try:
            self._push(float(self._line()))
        except ValueError as error:
            raise Damaged("a pickle with a number that is none") from error

    # Containers

    def _tuple(self, count: int) -> None:
        if len(self._stack) < count:
            raise Damaged("a pickle with a tuple of nothing")
        items = tuple(self._stack[len(self._stack) - count :])
        del self._stack[len(self._stack) - count :]
        self._push(items)

    def _dict(self) -> None:
        items = self._since_mark()
        made: dict[object, object] = {}
        self._push(made)
        _put(made, items)

    def _set_item(self) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        _put(self._stack[-1], [key, value])

    def _set_items(self) -> None:
        items = self._since_mark()
        _put(self._stack[-1], items)

    def _append_one(self) -> None:
        self._append([self._stack.pop()])

    def _append_marked(self) -> None:
        self._append(self._since_mark())

    def _append(self, items: list[object]) -> None:
        target = self._stack[-1]
        if isinstance(target, list):
            target.extend(items)
        elif not isinstance(target, Inert):
            raise Damaged("a pickle that appends to what is no list")

    # Objects

    def _global(self) -> None:
        module, name = self._line(), self._line()
        self._push(Global(module, name))

    def _stack_global(self) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        self._push(Global(str(module), str(name)))

    def _reduce(self) -> None:
        arguments = self._stack.pop()
        self._push(self._makers.call(self._stack.pop(), _arguments(arguments)))

    def _make(self) -> None:
        arguments = self._stack.pop()
        self._push(self._makers.make(self._stack.pop(), _arguments(arguments)))

    def _make_with_names(self) -> None:
        self._stack.pop()
        self._make()

    def _instance(self) -> None:
        items = self._since_mark()
        self._push(self._makers.make(items[0], tuple(items[1:])))

    def _named_instance(self) -> None:
        module, name = self._line(), self._line()
        self._push(self._makers.make(Global(module, name), tuple(self._since_mark())))

    def _build(self) -> None:
        state = self._stack.pop()
        self._makers.fill(self._stack[-1], state)

    def _persistent(self) -> None:
        self._push(self._makers.refer(self._stack.pop()))

    def _named_persistent(self) -> None:
        self._push(self._makers.refer(self._line()))


def _arguments(value: object) -> tuple[object, ...]:
    if not isinstance(value, tuple):
        raise Damaged("a pickle that calls without arguments")
    return value


def _put(target: object, items: list[object]) -> None:
    if isinstance(target, Inert):
        return
    if not isinstance(target, dict) or len(items) % 2:
        raise Damaged("a pickle that sets items of what is no dict")
    for key, value in zip(items[::2], items[1::2], strict=True):
        target[key if _is_plain(key) else Inert("key")] = value


def _is_plain(key: object) -> bool:
    """Hashing a tuple of tuples of tuples can take for ever."""
    if isinstance(key, Global):
        return True
    if isinstance(key, tuple):
        return len(key) <= 16 and all(isinstance(part, str | int | float | bool | None) for part in key)
    return not isinstance(key, list | dict | memoryview)


Step = Callable[[InertReader], None]
_R = InertReader
_STEPS: dict[int, Step] = {
    # protocols 0 and 1
    0x28: _R._mark,
    0x30: _R._drop,
    0x31: lambda r: _forget(r._since_mark()),
    0x32: lambda r: r._push(r._stack[-1]),
    0x46: _R._written_float,
    0x49: _R._written_number,
    0x4A: lambda r: r._push(r._number("i")),
    0x4B: lambda r: r._push(r._number("B")),
    0x4C: _R._written_number,
    0x4D: lambda r: r._push(r._number("H")),
    0x4E: lambda r: r._push(None),
    0x50: _R._named_persistent,
    0x51: _R._persistent,
    0x52: _R._reduce,
    0x53: _R._quoted,
    0x54: lambda r: r._old_text("i"),
    0x55: lambda r: r._old_text("B"),
    0x56: lambda r: r._push(r._line()),
    0x58: lambda r: r._text("I"),
    0x61: _R._append_one,
    0x62: _R._build,
    0x63: _R._global,
    0x64: _R._dict,
    0x7D: lambda r: r._push({}),
    0x65: _R._append_marked,
    0x67: lambda r: r._recall(int(r._line())),
    0x68: lambda r: r._recall(r._number("B")),
    0x69: _R._named_instance,
    0x6A: lambda r: r._recall(r._number("I")),
    0x6C: lambda r: r._push(r._since_mark()),
    0x5D: lambda r: r._push([]),
    0x6F: _R._instance,
    0x70: lambda r: r._remember(int(r._line())),
    0x71: lambda r: r._remember(r._number("B")),
    0x72: lambda r: r._remember(r._number("I")),
    0x73: _R._set_item,
    0x74: lambda r: r._push(tuple(r._since_mark())),
    0x29: lambda r: r._push(()),
    0x75: _R._set_items,
    0x47: _R._float,
    # protocol 2
    0x80: lambda r: _forget(r._take(1)),
    0x81: _R._make,
    0x85: lambda r: r._tuple(1),
    0x86: lambda r: r._tuple(2),
    0x87: lambda r: r._tuple(3),
    0x88: lambda r: r._push(True),
    0x89: lambda r: r._push(False),
    0x8A: lambda r: r._long("B"),
    0x8B: lambda r: r._long("i"),
    # protocols 3 to 5; arrays that lie outside of the pickle (0x97) and the registry of extensions (0x82) are not known
    0x42: lambda r: r._bytes("I"),
    0x43: lambda r: r._bytes("B"),
    0x8C: lambda r: r._text("B"),
    0x8D: lambda r: r._text("Q"),
    0x8E: lambda r: r._bytes("Q"),
    0x8F: lambda r: r._push([]),
    0x90: _R._append_marked,
    0x91: lambda r: r._push(r._since_mark()),
    0x92: _R._make_with_names,
    0x93: _R._stack_global,
    0x94: lambda r: r._remember(len(r._memo)),
    0x95: lambda r: _forget(r._take(8)),
    0x96: lambda r: r._bytes("Q"),
}


def _forget(_: object) -> None:
    pass
