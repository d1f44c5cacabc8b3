"""Reads .tnnmodel beside its .tnnproto, strictly."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mobileswap.contracts.errors import BadInput
from mobileswap.formats.tnn.cursor import Array, Cursor
from mobileswap.formats.tnn.proto_reader import Proto, ProtoLayer

_BEYOND = 10_000  # TNN takes this many layers, or more, for a damaged file


@dataclass(frozen=True)
class Model:
    """The arrays.

    Attributes:
        resources: layer name → its arrays in the file's order.
        constants: blob name → array, of the constant map that may follow the layers.
    """

    resources: Mapping[str, tuple[Array, ...]]
    constants: Mapping[str, Array]


def _convolution(file: Cursor) -> tuple[Array, ...]:
    file.string("the layer's own name")
    has_bias = file.integer("has_bias")
    weight = file.raw("the weight")
    return (weight, file.raw("the bias")) if has_bias else (weight,)


def _inner_product(file: Cursor) -> tuple[Array, ...]:
    file.string("the layer's own name")
    return file.raw("the weight"), file.raw("the bias")


def _prelu(file: Cursor) -> tuple[Array, ...]:
    file.string("the layer's own name")
    return (file.raw("the slope"),)


def _scale_and_bias(file: Cursor) -> tuple[Array, ...]:
    return file.raw("the scale"), file.raw("the bias")


def _operand(file: Cursor) -> tuple[Array, ...]:
    return (file.raw("the constant operand"),)


# Layer type → its number in TNN's enumeration, and how its resource is laid out
_LAYOUTS: Mapping[str, tuple[int, Callable[[Cursor], tuple[Array, ...]]]] = {
    "Convolution": (1, _convolution),
    "BatchNormCxx": (2, _scale_and_bias),
    "InnerProduct": (19, _inner_product),
    "Deconvolution": (22, _convolution),
    "PReLU": (35, _prelu),
    "Add": (38, _operand),
    "Mul": (42, _operand),
    "InstBatchNormCxx": (43, _scale_and_bias),
    "MatMul": (105, _operand),
    "Sub": (108, _operand),
    "Maximum": (137, _operand),
    "Minimum": (140, _operand),
    "Div": (175, _operand),
}
_WITHOUT_WHEN_OF_TWO_BLOBS = ("Add", "Mul", "MatMul", "Sub", "Maximum", "Minimum", "Div")


def read_model(path: Path, proto: Proto) -> Model:
    """Read the arrays of all layers.

    Raises:
        BadInput: the file is not there, damaged, or belongs to another .tnnproto.
    """
    file = Cursor(path)
    file.magic()
    count = file.integer("the number of layers")
    if not 0 <= count < _BEYOND:
        raise file.fault(f"it says {count} layers")
    layers = {layer.name: layer for layer in proto.layers}
    resources: dict[str, tuple[Array, ...]] = {}
    for _ in range(count):
        number, type_, name = file.integer("a layer's number"), file.string("its type"), file.string("its name")
        layer = layers.get(name)
        if layer is None or layer.type != type_ or name in resources:
            raise file.fault(f"a {type_} {name!r}, which the .tnnproto does not have, or has but once")
        if type_ not in _LAYOUTS or _LAYOUTS[type_][0] != number:
            raise file.fault(f"a {type_} with the number {number}")
        resources[name] = _LAYOUTS[type_][1](file)
    constants = _constant_map(file) if file.left else {}
    if file.left:
        raise file.fault(f"{file.left} bytes too many")
    _require_complete(path, proto, resources, constants)
    return Model(resources, constants)


def _constant_map(file: Cursor) -> dict[str, Array]:
    file.magic()
    count = file.integer("the number of constants")
    if not 0 <= count < _BEYOND:
        raise file.fault(f"it says {count} constants")
    constants: dict[str, Array] = {}
    for _ in range(count):
        name = file.string("a constant's name")
        if name in constants:
            raise file.fault(f"the constant {name!r} is there twice")
        constants[name] = file.raw(f"the constant {name!r}")
    return constants


def _require_complete(
    path: Path, proto: Proto, resources: Mapping[str, tuple[Array, ...]], constants: Mapping[str, Array]
) -> None:
    known = {*proto.inputs, *constants}
    for layer in proto.layers:
        if layer.name not in resources and _needs_resource(layer):
            raise BadInput(f"{path}: no weights for {layer.type} {layer.name!r}; do the two files belong together?")
        for blob in layer.inputs:
            if blob not in known:
                raise BadInput(f"{path}: {layer.type} {layer.name!r} reads {blob!r}, which nothing before it makes")
        if taken := known.intersection(layer.outputs):
            raise BadInput(f"{path}: {layer.name!r} makes {sorted(taken)[0]!r}, which is a constant as well")
        known.update(layer.outputs)


def _needs_resource(layer: ProtoLayer) -> bool:
    if layer.type in _WITHOUT_WHEN_OF_TWO_BLOBS:
        return len(layer.inputs) == 1
    return layer.type in _LAYOUTS
