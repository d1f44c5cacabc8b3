"""Reads .tnnproto, strictly.

The runtime itself takes what it can get and counts on the rest: a missing number is 0, an unknown blob is empty. Here
a file is either exactly as the format says or an error with the line in its message.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from mobileswap.contracts.errors import BadInput

MAGIC = 0xFABC0004
_LARGEST_FILE = 64 << 20  # bytes; that of the largest network we know is below 1 MB
_LINE = re.compile(r'"([^",]*),"')
_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")
_FLOAT = 0


@dataclass(frozen=True)
class ProtoLayer:
    """One layer line. ``params`` are still words; each layer type has its own idea of them."""

    type: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    params: tuple[str, ...]


@dataclass(frozen=True)
class Proto:
    """The text file.

    Attributes:
        inputs: name → static shape, in the file's order.
    """

    inputs: dict[str, tuple[int, ...]]
    outputs: tuple[str, ...]
    layers: tuple[ProtoLayer, ...]


def read_proto(path: Path) -> Proto:
    """Read the text file.

    Raises:
        BadInput: it is not there, or not what the format says; the message names the line.
    """
    lines = _lines(path)
    if len(lines) < 6:
        raise BadInput(f"{path}: expected a .tnnproto of at least 6 lines, it has {len(lines)}; export it again")
    header = [_integer(word, path, 1) for word in lines[0].split()]
    if len(header) != 4 or header[3] != MAGIC:
        raise BadInput(f"{path} line 1: expected 4 numbers, the last one {MAGIC} (version 2); found {lines[0]!r}")
    blobs = lines[2].split()
    if len(set(blobs)) != len(blobs) or header[1] != len(blobs):
        raise BadInput(f"{path} line 3: expected {header[1]} different blobs, found {len(set(blobs))}")
    layers = tuple(_layer(line, path, number) for number, line in enumerate(lines[5:], start=6))
    if len(count := lines[4].split()) != 1 or _integer(count[0], path, 5) != len(layers):
        raise BadInput(f"{path} line 5: it says {lines[4].strip()} layers, the file has {len(layers)}")
    proto = Proto(_inputs(lines[1], path), tuple(lines[3].split()), layers)
    _require_connected(proto, set(blobs), path)
    return proto


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise BadInput(f"{path}: larger than {_LARGEST_FILE >> 20} MiB, no .tnnproto is; is it the .tnnmodel?")
        text = path.read_text("ascii")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); export it again") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not plain text at byte {error.start}; export it again") from error
    found = []
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise BadInput(f'{path} line {number}: expected "…," with one comma, at the end; export it again')
        found.append(match[1])
    return found


def _integer(word: str, path: Path, number: int) -> int:
    if not _INTEGER.fullmatch(word):
        raise BadInput(f"{path} line {number}: expected an integer, found {word!r}")
    return int(word)


def _inputs(line: str, path: Path) -> dict[str, tuple[int, ...]]:
    inputs: dict[str, tuple[int, ...]] = {}
    for entry in line.split(":"):
        words = entry.split()
        numbers = [_integer(word, path, 2) for word in words[1:]]
        if len(numbers) < 3 or numbers[0] != len(numbers) - 2 or min(numbers[1:-1]) < 1 or words[0] in inputs:
            raise BadInput(f"{path} line 2: expected `name rank sizes… type` for each input, found {entry.strip()!r}")
        if numbers[-1] != _FLOAT:
            raise BadInput(f"{path} line 2: input {words[0]!r} has type {numbers[-1]}, only 0 (float) is known here")
        inputs[words[0]] = tuple(numbers[1:-1])
    return inputs


def _layer(line: str, path: Path, number: int) -> ProtoLayer:
    words = line.split()
    if len(words) < 4:
        raise BadInput(f"{path} line {number}: expected `Type name inputs outputs …`, found {line.strip()!r}")
    taken, given = _integer(words[2], path, number), _integer(words[3], path, number)
    if not (0 < taken <= len(words) and 0 < given <= len(words) and 4 + taken + given <= len(words)):
        raise BadInput(f"{path} line {number}: {taken} inputs and {given} outputs do not fit into {line.strip()!r}")
    blobs, params = words[4 : 4 + taken + given], words[4 + taken + given :]
    return ProtoLayer(words[0], words[1], tuple(blobs[:taken]), tuple(blobs[taken:]), tuple(params))


def _require_connected(proto: Proto, blobs: set[str], path: Path) -> None:
    """Every blob has one source, ahead of those who read it; blobs of the constant map are told by model.py."""
    names = [layer.name for layer in proto.layers]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadInput(f"{path}: two layers are called {twice!r}")
    made = set(proto.inputs)
    used = set(proto.inputs)
    for layer in proto.layers:
        if again := made.intersection(layer.outputs):
            raise BadInput(f"{path}: layer {layer.name!r} makes {sorted(again)[0]!r}, which is there already")
        if len(set(layer.outputs)) != len(layer.outputs):
            raise BadInput(f"{path}: layer {layer.name!r} makes one blob twice")
        made.update(layer.outputs)
        used.update(layer.inputs, layer.outputs)
    if used != blobs:
        raise BadInput(f"{path} line 3: the blobs listed and used differ by {sorted(used ^ blobs)[0]!r}")
    if not proto.outputs or len(set(proto.outputs)) != len(proto.outputs) or not set(proto.outputs) <= made:
        raise BadInput(f"{path} line 4: expected outputs that a layer makes, each once; found {proto.outputs}")
