"""A package's specification and weights to a Program, read as they are written."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from mobileswap.contracts.errors import BadInput, UnknownOperation
from mobileswap.formats.mil.blob import WeightFiles
from mobileswap.formats.mil.messages import load_messages
from mobileswap.formats.mil.operations import Reader, defined, name_of
from mobileswap.formats.mil.package import Package
from mobileswap.formats.mil.program import Program

_FUNCTION = "main"
_VERSION = 1  # of MIL programs: there has been no other


def load_program(package: Package, known: Collection[str]) -> Program:
    """Read the program, and refuse what it holds beyond ``known`` before anything else is looked at.

    Raises:
        BadInput: the specification or a weight file is damaged, or it is no ML Program.
        UnknownOperation: an operation's type is not in ``known``, a shape is flexible or an image is not RGB.
        Unavailable: coremltools is not installed.
    """
    specification = parse(package)
    _require_known(_main_block(specification).operations, known)
    images = _image_inputs(specification.description)
    return replace(_program(package, specification, executable=True), image_inputs=images)


def survey_program(package: Package) -> Program:
    """Read any program: to be looked at, not to be executed.

    A size that is not fixed is FLEXIBLE, and the operations of a block follow the one that holds it.

    Raises:
        BadInput: the specification or a weight file is damaged, or it is no ML Program.
        Unavailable: coremltools is not installed.
    """
    return survey(package, parse(package))


def survey(package: Package, specification: Any) -> Program:  # noqa: ANN401  a protobuf message
    """The same of a specification that was parsed already."""
    program = _program(package, specification, executable=False)
    return replace(program, enumerated=_enumerates(specification.description))


def parse(package: Package) -> Any:  # noqa: ANN401
    """The specification.

    Raises:
        BadInput: it is damaged, or no ML Program.
        Unavailable: coremltools is not installed.
    """
    specification = load_messages("Model_pb2").Model()
    try:
        specification.ParseFromString(package.specification)
    except DecodeError as error:
        raise BadInput(f"{package.path}: its model.mlmodel is damaged ({error}); export it again") from error
    kind = specification.WhichOneof("Type")
    if kind != "mlProgram" or _FUNCTION not in specification.mlProgram.functions:
        found = f"type {kind}" if kind != "mlProgram" else "none"
        raise BadInput(f"{package.path}: expected an ML Program with a function {_FUNCTION!r}, found {found}")
    version, function = specification.mlProgram.version, main_function(specification)
    if version != _VERSION:
        raise BadInput(f"{package.path}: expected version {_VERSION} of MIL, found {version}; export it again")
    if function.opset not in function.block_specializations:
        raise BadInput(f"{package.path}: its program has nothing for its opset {function.opset!r}; export it again")
    return specification


def main_function(specification: Any) -> Any:  # noqa: ANN401
    """The one that a model runs."""
    return specification.mlProgram.functions[_FUNCTION]


def _main_block(specification: Any) -> Any:  # noqa: ANN401
    function = main_function(specification)
    return function.block_specializations[function.opset]


def _program(package: Package, specification: Any, *, executable: bool) -> Program:  # noqa: ANN401
    try:
        block = _main_block(specification)
        reader = Reader(WeightFiles(package.weights), executable=executable)
        inputs = tuple(reader.variable(source) for source in main_function(specification).inputs)
        scope = {variable.name: variable for variable in inputs}
        operations = tuple(reader.operations(block.operations, scope))
        outputs = tuple(defined(name, scope) for name in block.outputs)
    except ValueError as error:
        raise BadInput(f"{package.path}: its program or weights are damaged: {error}; export it again") from error
    return Program(inputs, outputs, frozenset(), operations)


def _require_known(operations: Iterable[Any], known: Collection[str]) -> None:
    """Of the function itself: an operation that holds blocks is control flow, and already unknown."""
    unknown: dict[str, str] = {}
    for operation in operations:
        if operation.type not in known and operation.type != "const":
            unknown.setdefault(operation.type, name_of(operation))
    if unknown:
        named = ", ".join(f"{type_} {name!r}" for type_, name in unknown.items())
        raise UnknownOperation(f"unknown operation {named}; known are {', '.join(sorted(known))}")


def _enumerates(description: Any) -> bool:  # noqa: ANN401
    """Every input that is flexible lists its shapes."""
    kinds = set()
    for feature in description.input:
        kind = getattr(feature.type, feature.type.WhichOneof("Type") or "int64Type")
        found = [name for name in ("ShapeFlexibility", "SizeFlexibility") if name in kind.DESCRIPTOR.oneofs_by_name]
        kinds |= {kind.WhichOneof(name) for name in found}
    return bool(kinds - {None}) and all(kind is None or kind.startswith("enumerated") for kind in kinds)


def _image_inputs(description: Any) -> frozenset[str]:  # noqa: ANN401
    """Names of the picture inputs. Core ML passes them as floats 0…255, planar, in the order of the colour space."""
    spaces = load_messages("FeatureTypes_pb2").ImageFeatureType.ColorSpace
    names = set()
    for feature in (*description.input, *description.output):
        if feature.type.WhichOneof("Type") == "imageType":
            number = feature.type.imageType.colorSpace
            space = spaces.Name(number) if number in spaces.values() else str(number)
            if space != "RGB":
                raise UnknownOperation(f"image {feature.name!r} has colour space {space}; known is RGB")
            names.add(feature.name)
    return frozenset(names & {feature.name for feature in description.input})
