"""Reads a .pt2 file of torch.export, strictly: what is left of it can be given to torch.export.load.

That function runs what a file tells it to (torch 2.13.0): it unpickles sample inputs, weights that say ``use_pickle``
and custom objects, evaluates sizes that are expressions and guards that are code, takes any attribute of ``torch`` for
an operator, and writes names into Python source. Here a file is numbers, names and ATen operators on tensors of fixed
sizes, or it is refused. It is written anew from what was understood, so that nobody reads the rest.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mobileswap.contracts.errors import BadInput, Misdeclared
from mobileswap.contracts.pt2_entries import OUTPUT_NAMES
from mobileswap.formats.interface import Feature, Interface

_MODEL = "models/model.json"
_SAMPLES = "data/sample_inputs/model.pt"
_CONFIGS = ("data/weights/model_weights_config.json", "data/constants/model_constants_config.json")
_EXTRA = f"extra/{OUTPUT_NAMES}"
_PLAIN = ("archive_format", "archive_version", "byteorder", ".data/version", ".data/serialization_id", "version")
_TENSOR = re.compile(r"data/(weights/weight|constants/tensor)_[0-9]{1,6}")
_OPERATOR = re.compile(r"torch\.ops\.aten\.[a-z0-9_]{1,60}\.[A-Za-z0-9_]{1,60}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,300}")
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,600}")
_LARGEST_JSON = 256 << 20  # bytes
# What an argument, a size or a specification can be; expressions, symbols, graphs, operators and objects are none
_KNOWN_KINDS = frozenset(
    f"as_{kind}"
    for kind in (
        *("none", "tensor", "tensors", "optional_tensor", "optional_tensors", "int", "ints", "float", "floats"),
        *("string", "strings", "bool", "bools", "device", "scalar_type", "memory_format", "layout"),
    )
)
_OF_TREES = {None, "builtins.tuple", "builtins.list", "builtins.dict"}
_DTYPES = {1: "uint8", 2: "int8", 4: "int32", 5: "int64", 6: "float16", 7: "float32", 8: "float64", 12: "bool"}
_FLOATS = {6: "fp16", 7: "fp32", 8: "fp64", 13: "bf16"}


def harmless(path: Path) -> bytes:
    """The file without what could run anything, written anew.

    Raises:
        BadInput: it is no .pt2 file, or holds what could.
    """
    entries = _entries(path)
    model = _model(entries)
    for name in _CONFIGS:
        _require_raw(name, _json(entries, name))
    for node in model["graph_module"]["graph"]["nodes"]:
        node["metadata"] = {}
    kept = {**entries, _MODEL: json.dumps(model).encode(), _SAMPLES: b""}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in kept.items():
            archive.writestr(f"archive/{name}", content)
    return buffer.getvalue()


def declared(path: Path) -> Interface:
    """What the program says of its inputs and outputs.

    Raises:
        Misdeclared: it gives its outputs no names, or not one for each.
        BadInput: as ``harmless``.
    """
    entries = _entries(path)
    names = _json(entries, _EXTRA) if _EXTRA in entries else []
    try:
        return _interface(_model(entries)["graph_module"], names)
    except (KeyError, TypeError, AttributeError) as error:
        raise _refusal(path, f"its inputs or outputs are no tensors ({type(error).__name__}: {error})") from error


def _interface(module: Mapping[str, Any], names: Sequence[str]) -> Interface:
    values, specs = module["graph"]["tensor_values"], module["signature"]["input_specs"]
    inputs = [spec["user_input"]["arg"]["as_tensor"]["name"] for spec in specs if "user_input" in spec]
    outputs = [one["as_tensor"]["name"] for one in module["graph"]["outputs"]]
    if len(names) != len(outputs):
        raise Misdeclared(f"the file names {len(names)} outputs, expected names of the {len(outputs)} it has")
    found = sorted({_FLOATS[one["dtype"]] for one in values.values() if one["dtype"] in _FLOATS})
    return Interface(
        tuple(_feature(name, values[name]) for name in inputs),
        tuple(_feature(name, values[inner]) for name, inner in zip(names, outputs, strict=True)),
        "mixed" if len(found) > 1 else "".join(found) or "no float",
    )


def _feature(name: str, value: Mapping[str, Any]) -> Feature:
    kind = _DTYPES.get(value["dtype"], f"type {value['dtype']}")
    return Feature(name, kind, tuple(size["as_int"] for size in value["sizes"]))


def _entries(path: Path) -> dict[str, bytes]:
    """Every record by its name below the archive's own folder."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            roots = {info.filename.partition("/")[0] for info in infos}
            names = [info.filename.partition("/")[2] for info in infos]
            if len(roots) != 1 or len(set(names)) != len(names):
                raise _refusal(path, "its records are not in one folder, each once")
            for info, name in zip(infos, names, strict=True):
                if not (name in (_MODEL, _SAMPLES, _EXTRA, *_CONFIGS, *_PLAIN) or _TENSOR.fullmatch(name)):
                    raise _refusal(path, f"the record {name!r} is none that a program of plain tensors has")
                if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
                    raise _refusal(path, f"the record {name!r} is compressed")
            return {name: archive.read(info) for info, name in zip(infos, names, strict=True)}
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); export it again") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError) as error:
        raise _refusal(path, f"it is no archive ({error})") from error


def _model(entries: Mapping[str, bytes]) -> Any:  # noqa: ANN401  JSON
    """The program, looked through to its last value."""
    model = _json(entries, _MODEL)
    try:
        if model["range_constraints"] or model.get("guards_code"):
            raise _refusal(_MODEL, "it has sizes or guards that are code")
        module = model["graph_module"]
        if module.get("treespec_namedtuple_fields"):
            raise _refusal(_MODEL, "it has types of its own")
        for node in module["graph"]["nodes"]:
            if not _OPERATOR.fullmatch(node["target"]):
                raise _refusal(_MODEL, f"{node['target']!r} is no ATen operator")
        for kind, name in _strings(model):
            _require_string(kind, name)
        for call in module["module_call_graph"]:
            _require_call(call)
    except (KeyError, TypeError, AttributeError) as error:
        raise _refusal(_MODEL, f"it is no exported program ({type(error).__name__}: {error})") from error
    except RecursionError as error:
        raise _refusal(_MODEL, "it is nested too deep") from error
    return model


def _strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Every key, and every string with the key that it stands under."""
    if isinstance(value, Mapping):
        for inner, one in value.items():
            if inner != "metadata":  # is left out when the file is written anew
                yield "key", inner
                yield from _strings(one, inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for one in value:
            yield from _strings(one, key)
    elif isinstance(value, str):
        yield key, value


def _require_string(kind: str, text: str) -> None:
    if kind == "key" and text.startswith("as_") and text not in _KNOWN_KINDS:
        raise _refusal(_MODEL, f"a value is given {text!r}, which may be more than a number or a tensor")
    if kind == "key" and text in ("expr_str", "custom_obj", "hint"):
        raise _refusal(_MODEL, f"it holds {text!r}, a size that is an expression")
    if kind in ("name", "forward_arg_names") and not _NAME.fullmatch(text):
        raise _refusal(_MODEL, f"{text[:60]!r} is no name")
    if kind in ("parameter_name", "buffer_name", "tensor_constant_name", "fqn") and text and not _PATH.fullmatch(text):
        raise _refusal(_MODEL, f"{text[:60]!r} is no name of a parameter")


def _require_call(call: Mapping[str, Any]) -> None:
    signature = call["signature"]
    for tree in () if signature is None else (signature["in_spec"], signature["out_spec"]):
        _, spec = json.loads(tree)
        _require_tree(spec)


def _require_tree(spec: Mapping[str, Any]) -> None:
    if spec["type"] not in _OF_TREES or spec["context"] not in (None, "null", "[]"):
        raise _refusal(_MODEL, f"inputs or outputs are packed as {spec['type']!r}")
    for child in spec["children_spec"]:
        _require_tree(child)


def _require_raw(name: str, config: Any) -> None:  # noqa: ANN401
    try:
        for tensor, entry in config["config"].items():
            if entry["use_pickle"] is not False or not entry["tensor_meta"]:
                raise _refusal(name, f"{tensor!r} is a pickle, which can run anything")
            folder = name.rpartition("/")[0]
            if not _TENSOR.fullmatch(f"{folder}/{entry['path_name']}") or not _PATH.fullmatch(tensor):
                raise _refusal(name, f"{entry['path_name']!r} is no record of a tensor")
            for kind, text in _strings(entry):
                _require_string(kind, text)
    except (KeyError, TypeError, AttributeError) as error:
        raise _refusal(name, f"it is no list of tensors ({type(error).__name__}: {error})") from error


def _json(entries: Mapping[str, bytes], name: str) -> Any:  # noqa: ANN401
    if name not in entries:
        raise _refusal(name, "it is not there")
    if len(entries[name]) > _LARGEST_JSON:
        raise _refusal(name, f"it has {len(entries[name])} bytes")
    try:
        return json.loads(entries[name])
    except (ValueError, RecursionError) as error:
        raise _refusal(name, f"it is no JSON ({type(error).__name__})") from error


def _refusal(where: Path | str, what: str) -> BadInput:
    return BadInput(f".pt2 file, {where}: {what}; such a file is not opened, export it again")
