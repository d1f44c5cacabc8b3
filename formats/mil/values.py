"""Types and values as the specification writes them, to NumPy."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mobileswap.formats.mil.blob import Bytes, WeightFiles
from mobileswap.formats.mil.messages import load_messages
from mobileswap.formats.mil.program import FLEXIBLE

Constant = npt.NDArray[Any] | str


@dataclass(frozen=True)
class Type:
    """Of a variable.

    Attributes:
        dtype: MIL's name of it; of a state, that of what it holds; else ``list``, ``dict`` or ``tuple``.
        shape: a size that is not fixed is FLEXIBLE.
    """

    dtype: str
    shape: tuple[int, ...]


# By MIL's names. The first hold their values one by one or as bytes, little endian; the second are packed in bits,
# of which the lowest comes first
_NUMBERS: dict[str, npt.DTypeLike] = {
    "fp16": "<f2",
    "fp32": "<f4",
    "fp64": "<f8",
    "int8": "<i1",
    "int16": "<i2",
    "int32": "<i4",
    "int64": "<i8",
    "uint8": "<u1",
    "uint16": "<u2",
    "uint32": "<u4",
    "uint64": "<u8",
}
_BITS = {"uint1": 1, "uint2": 2, "uint3": 3, "uint4": 4, "uint6": 6, "int4": 4}
# The lists that a specification has for values, and what may be in each, apart from ``bytes``
_LISTS = {
    "floats": ("fp32",),
    "doubles": ("fp64",),
    "ints": ("int16", "uint16", "int32"),
    "longInts": ("int64",),
    "bools": ("bool",),
    "strings": ("string",),
}


def read_type(source: Any) -> Type:  # noqa: ANN401  a protobuf message
    """Of a ValueType.

    Raises:
        ValueError: the type is not known, or contradicts itself.
    """
    kind = source.WhichOneof("type")
    if kind == "stateType":
        return read_type(source.stateType.wrappedType)
    if kind != "tensorType":
        if kind is None:
            raise ValueError("a value has no type")
        return Type(kind.removesuffix("Type").replace("dictionary", "dict"), ())
    tensor = source.tensorType
    if tensor.rank != len(tensor.dimensions):
        raise ValueError(f"a type of rank {tensor.rank} has {len(tensor.dimensions)} sizes")
    return Type(_dtype(tensor.dataType), tuple(_size(dimension) for dimension in tensor.dimensions))


def _dtype(number: int) -> str:
    names = load_messages("MIL_pb2").DataType
    name = names.Name(number) if number in names.values() else str(number)
    dtype: str = name.lower().replace("float", "fp")
    if dtype not in ("bool", "string", *_NUMBERS, *_BITS):
        raise ValueError(f"the data type {name} is not known")
    return dtype


def _size(dimension: Any) -> int:  # noqa: ANN401
    if dimension.WhichOneof("dimension") == "constant":
        return int(dimension.constant.size)
    if dimension.unknown.variadic:
        raise ValueError("a type has any number of sizes")
    return FLEXIBLE


def read_value(source: Any, weights: WeightFiles) -> tuple[Type, Constant | None]:  # noqa: ANN401
    """A Value with its type; None where it is no tensor, but a list, a dictionary or a tuple.

    Raises:
        ValueError: the value contradicts its type, or the weight file is damaged.
    """
    type_ = read_type(source.type)
    if source.type.WhichOneof("type") != "tensorType":
        return type_, None
    if FLEXIBLE in type_.shape:
        raise ValueError("a constant's shape is not fixed")
    match source.WhichOneof("value"):
        case "blobFileValue":
            held = source.blobFileValue
            return type_, _from_bytes(weights.read(held.fileName, held.offset, type_.dtype, _bytes_of(type_)), type_)
        case "immediateValue" if source.immediateValue.WhichOneof("value") == "tensor":
            return type_, _from_lists(source.immediateValue.tensor, type_)
    raise ValueError("a constant has no value")


def _bytes_of(type_: Type) -> int:
    count = math.prod(type_.shape)
    if type_.dtype in _BITS:
        return -(-count * _BITS[type_.dtype] // 8)
    if type_.dtype not in _NUMBERS:
        raise ValueError(f"a constant of type {type_.dtype} is given as bytes")
    return count * np.dtype(_NUMBERS[type_.dtype]).itemsize


def _from_lists(tensor: Any, type_: Type) -> Constant:  # noqa: ANN401
    field = tensor.WhichOneof("value")
    if field == "bytes":
        held = np.frombuffer(tensor.bytes.values, np.uint8)
        if len(held) != _bytes_of(type_):
            raise ValueError(f"a constant has {len(held)} bytes, and its shape needs {_bytes_of(type_)}")
        return _from_bytes(held, type_)
    if type_.dtype not in _LISTS.get(field, ()):
        raise ValueError(f"a constant of type {type_.dtype} has its values in {field or 'nothing'}")
    values = getattr(tensor, field).values
    if len(values) != math.prod(type_.shape):
        raise ValueError(f"a constant has {len(values)} values, and its shape needs {math.prod(type_.shape)}")
    if type_.dtype == "string" and not type_.shape:
        return str(values[0])
    wanted = {"string": np.str_, "bool": np.bool_, **_NUMBERS}[type_.dtype]
    found = np.array(values, None if field == "ints" and len(values) else wanted)
    if field == "ints" and not np.array_equal(found, found.astype(wanted)):
        raise ValueError(f"a constant of type {type_.dtype} has a value that does not fit")
    return found.astype(wanted).reshape(type_.shape)


def _from_bytes(held: Bytes, type_: Type) -> npt.NDArray[Any]:
    if type_.dtype in _NUMBERS:
        return np.frombuffer(held.data, _NUMBERS[type_.dtype]).reshape(type_.shape)
    width, count = _BITS[type_.dtype], math.prod(type_.shape)
    bits = np.unpackbits(held, bitorder="little", count=count * width).reshape(count, width)
    found: npt.NDArray[np.uint8] = (bits << np.arange(width, dtype=np.uint8)).sum(axis=1, dtype=np.uint8)
    if not type_.dtype.startswith("int"):
        return found.reshape(type_.shape)
    sign = 1 << width - 1  # the highest bit
    signed: npt.NDArray[np.int8] = (found.astype(np.int8) ^ np.int8(sign)) - np.int8(sign)
    return signed.reshape(type_.shape)
