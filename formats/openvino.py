"""What OpenVINO's .xml declares of itself and of the .bin beside it, read without running it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from mobileswap.contracts.errors import BadInput, Misdeclared
from mobileswap.formats.interface import Feature, Interface

_KINDS = {"f32": "float32", "f16": "float16", "u8": "uint8", "i32": "int32", "i64": "int64"}
_RESULTS = {"FP32": "float32", "FP16": "float16", "U8": "uint8", "I32": "int32", "I64": "int64"}
_COUNTING = ("i32", "i64", "boolean")  # shapes and axes; no weights
_LARGEST = 1 << 28  # bytes of an .xml; the released generator's has half a million
_FEW = 16  # numbers that stay float32 in a file of float16 weights, as OpenVINO leaves them


@dataclass
class _SeenElements:
    """What the parser has met so far."""

    inputs: list[Feature] = field(default_factory=list)
    outputs: list[Feature] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    constants: list[tuple[str, int, int]] = field(default_factory=list)  # element type, bytes, where they end
    path: list[str] = field(default_factory=list)
    layer: dict[str, str] = field(default_factory=dict)
    precision: str = ""
    sizes: list[int] = field(default_factory=list)
    text: str = ""


def declared(path: Path) -> Interface:
    """The interface of a file.

    Raises:
        Misdeclared: it contradicts itself or the .bin beside it.
        BadInput: it cannot be read.
    """
    weights = path.with_suffix(".bin")
    if not path.is_file() or path.stat().st_size > _LARGEST:
        raise BadInput(f"{path}: expected an .xml of at most 256 MiB; export it again")
    if not weights.is_file():
        raise BadInput(f"{weights}: expected the weights beside {path.name}; keep the two files together")
    seen = _parsed(path)
    end = max((end for _, _, end in seen.constants), default=0)
    if end != weights.stat().st_size:
        raise Misdeclared(f"{weights.name} has {weights.stat().st_size:,} bytes, expected {end:,} as {path.name} says")
    return Interface(tuple(seen.inputs), tuple(seen.outputs), _precision(seen), seen.facts or None)


def _parsed(path: Path) -> _SeenElements:
    seen = _SeenElements()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = lambda name, attributes: _start(seen, name, attributes)
    parser.EndElementHandler = lambda name: _end(seen, name)
    parser.CharacterDataHandler = lambda text: _text(seen, text)
    try:
        parser.Parse(path.read_bytes(), True)
    except (expat.ExpatError, KeyError, ValueError) as error:
        raise BadInput(f"{path}: no .xml of OpenVINO ({error}); export it again") from error
    if not (seen.inputs and seen.outputs):
        raise BadInput(f"{path}: no .xml of OpenVINO (it has no input or no output); export it again")
    return seen


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a document type")


def _start(seen: _SeenElements, name: str, attributes: dict[str, str]) -> None:
    seen.path.append(name)
    seen.text = ""
    if name == "layer":
        seen.layer, seen.precision, seen.sizes = attributes, "", []
    elif name == "data" and seen.layer.get("type") == "Parameter":
        kind, shape = attributes["element_type"], attributes["shape"]
        sizes = tuple(int(size) for size in shape.split(",") if size)
        seen.inputs.append(Feature(seen.layer["name"], _KINDS.get(kind, kind), sizes))
    elif name == "data" and seen.layer.get("type") == "Const":
        size = int(attributes["size"])
        seen.constants.append((attributes["element_type"], size, int(attributes["offset"]) + size))
    elif name == "port":
        seen.precision = attributes.get("precision", "")
    elif seen.path[1:3] == ["rt_info", "mobileswap"] and "value" in attributes:
        seen.facts[name] = attributes["value"]


def _end(seen: _SeenElements, name: str) -> None:
    seen.path.pop()
    if name == "dim":
        seen.sizes.append(int(seen.text))
    elif name == "layer":
        if seen.layer.get("type") == "Result":
            called = seen.layer["name"].partition("/sink_port_")[0]
            kind = _RESULTS.get(seen.precision, seen.precision)
            seen.outputs.append(Feature(called, kind, tuple(seen.sizes)))
        seen.layer = {}


def _text(seen: _SeenElements, text: str) -> None:
    seen.text += text


def _precision(seen: _SeenElements) -> str:
    """By what the weights are stored in; in what is computed, the app says."""
    stored = {kind for kind, _, _ in seen.constants if kind not in _COUNTING}
    if other := sorted(stored - {"f32", "f16"}):
        return other[0]
    if "f16" not in stored:
        return "fp32"
    wide = any(kind == "f32" and size > 4 * _FEW for kind, size, _ in seen.constants)
    return "mixed" if wide else "fp16"
