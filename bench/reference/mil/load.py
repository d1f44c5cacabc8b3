"""A package's specification and weights to a Program, through coremltools' own reader; nothing else imports it."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from bench.reference.mil.package import Package
from bench.reference.mil.program import FLEXIBLE, Operation, Program, Variable
from bench.runner import UnknownOperation
from contracts.errors import BadInput

# What coremltools 9.0 raises while it reads a damaged file: it has no exception of its own for that.
# LookupError covers KeyError and IndexError, RuntimeError covers NotImplementedError.
_DAMAGE = (ValueError, TypeError, LookupError, AttributeError, AssertionError, RuntimeError)
_FUNCTION = "main"


def load_program(package: Package, known: Collection[str]) -> Program:
    """Read the program, and refuse what it holds beyond ``known`` before anything else is looked at.

    Raises:
        BadInput: the specification or a weight file is damaged, or it is no ML Program.
        UnknownOperation: an operation's type is not in ``known``, a shape is flexible or an image is not RGB.
    """
    specification = _parse(package)
    _require_known(specification, known)
    return _program(package, specification, _image_inputs(specification.description), _Values())


def survey_program(package: Package) -> Program:
    """Read any program: to be looked at, not to be executed.

    A size that is not fixed is FLEXIBLE, and the operations of a block follow the one that holds it.

    Raises:
        BadInput: the specification or a weight file is damaged, or it is no ML Program.
    """
    specification = _parse(package)
    program = _program(package, specification, frozenset(), _Values(allow_flexible=True))
    return replace(program, enumerated=_enumerates(specification.description))


def _program(package: Package, specification: Any, images: frozenset[str], values: "_Values") -> Program:  # noqa: ANN401
    from coremltools.converters.mil.frontend.milproto.load import load

    try:
        loaded = load(specification, specification.specificationVersion, str(package.weights))
        function = loaded.functions[_FUNCTION]
        return Program(
            inputs=tuple(values[variable] for variable in function.inputs.values()),
            outputs=tuple(values[variable] for variable in function.outputs),
            image_inputs=images,
            operations=tuple(_operation(op, values) for op in _in_order(function.operations)),
        )
    except _DAMAGE as error:
        raise BadInput(
            f"{package.path}: coremltools cannot read its program or weights "
            f"({type(error).__name__}: {error}); export it again"
        ) from error


def _parse(package: Package) -> Any:  # noqa: ANN401  a protobuf message
    from coremltools.proto import Model_pb2

    specification = Model_pb2.Model()
    try:
        specification.ParseFromString(package.specification)
    except DecodeError as error:
        raise BadInput(f"{package.path}: its model.mlmodel is damaged ({error}); export it again") from error
    kind = specification.WhichOneof("Type")
    if kind != "mlProgram" or _FUNCTION not in specification.mlProgram.functions:
        found = f"type {kind}" if kind != "mlProgram" else "none"
        raise BadInput(f"{package.path}: expected an ML Program with a function {_FUNCTION!r}, found {found}")
    return specification


def _require_known(specification: Any, known: Collection[str]) -> None:  # noqa: ANN401
    unknown: dict[str, str] = {}
    for operation in _operations(specification):
        if operation.type not in known and operation.type != "const":
            name = operation.attributes["name"].immediateValue.tensor.strings.values
            unknown.setdefault(operation.type, "".join(name))
    if unknown:
        named = ", ".join(f"{type_} {name!r}" for type_, name in unknown.items())
        raise UnknownOperation(f"unknown operation {named}; known are {', '.join(sorted(known))}")


def _operations(specification: Any) -> Iterator[Any]:  # noqa: ANN401
    """Of the function itself: an operation that holds blocks is control flow, and already unknown."""
    function = specification.mlProgram.functions[_FUNCTION]
    yield from function.block_specializations[function.opset].operations


def _in_order(operations: Iterable[Any]) -> Iterator[Any]:
    for operation in operations:
        if operation.op_type != "const":
            yield operation
        for block in operation.blocks:
            yield from _in_order(block.operations)


def _enumerates(description: Any) -> bool:  # noqa: ANN401
    """Every input that is flexible lists its shapes."""
    kinds = set()
    for feature in description.input:
        kind = getattr(feature.type, feature.type.WhichOneof("Type"))
        found = [name for name in ("ShapeFlexibility", "SizeFlexibility") if name in kind.DESCRIPTOR.oneofs_by_name]
        kinds |= {kind.WhichOneof(name) for name in found}
    return bool(kinds - {None}) and all(kind is None or kind.startswith("enumerated") for kind in kinds)


def _image_inputs(description: Any) -> frozenset[str]:  # noqa: ANN401
    """Names of the picture inputs. Core ML passes them as floats 0…255, planar, in the order of the colour space."""
    from coremltools.proto import FeatureTypes_pb2

    spaces = FeatureTypes_pb2.ImageFeatureType.ColorSpace
    names = set()
    for feature in (*description.input, *description.output):
        if feature.type.WhichOneof("Type") == "imageType":
            space = spaces.Name(feature.type.imageType.colorSpace)
            if space != "RGB":
                raise UnknownOperation(f"image {feature.name!r} has colour space {space}; known is RGB")
            names.add(feature.name)
    return frozenset(names & {feature.name for feature in description.input})


class _Values(dict[Any, Variable]):
    """coremltools' variables to ours, each made once."""

    def __init__(self, *, allow_flexible: bool = False) -> None:
        super().__init__()
        self.allow_flexible = allow_flexible

    def __missing__(self, source: Any) -> Variable:  # noqa: ANN401
        from coremltools.converters.mil.mil import types

        flexible = [str(size) for size in source.shape if not isinstance(size, int | np.integer)]
        if flexible and not self.allow_flexible:
            raise UnknownOperation(f"{source.name!r} has a flexible shape {source.shape}; known are static shapes")
        held = source.op is not None and source.op.op_type == "const"
        constant = source.val if held else None
        self[source] = Variable(
            name=source.name,
            dtype=types.builtin_to_string(source.dtype),
            shape=tuple(int(size) if isinstance(size, int | np.integer) else FLEXIBLE for size in source.shape),
            constant=constant if constant is None or isinstance(constant, str) else np.asarray(constant),
        )
        return self[source]


def _operation(source: Any, values: _Values) -> Operation:  # noqa: ANN401
    inputs = {
        parameter: tuple(values[v] for v in (given if isinstance(given, list | tuple) else (given,)))
        for parameter, given in source.inputs.items()
        if given is not None
    }
    return Operation(source.op_type, source.name, inputs, tuple(values[variable] for variable in source.outputs))
