"""What the description of a Core ML model says of its inputs and outputs: the half of a file that an app sees."""

from collections.abc import Sequence
from typing import Any

from mobileswap.contracts.errors import Misdeclared
from mobileswap.formats.interface import PICTURE, Feature
from mobileswap.formats.mil.messages import load_messages
from mobileswap.formats.mil.program import Variable

_PROGRAM_TYPES = {"float32": "fp32", "float16": "fp16", "int32": "int32"}


def features(description: Any, inputs: Sequence[Variable], outputs: Sequence[Variable]) -> tuple[list[Feature], ...]:  # noqa: ANN401
    """Inputs and outputs as they are described, which has to be as the program has them.

    Raises:
        Misdeclared: the description has more than those, or contradicts the program.
    """
    for name in ("state", "trainingInput", "functions"):
        if len(getattr(description, name)):
            raise Misdeclared(f"the model declares {name}, expected inputs and outputs alone")
    for name in ("predictedFeatureName", "predictedProbabilitiesName", "defaultFunctionName"):
        if value := getattr(description, name):
            raise Misdeclared(f"the model declares {name} {value!r}, expected neither a classifier nor functions")
    return tuple(
        [_feature(what, source, variables) for source in _matched(what, sources, variables)]
        for what, sources, variables in (
            ("input", description.input, inputs),
            ("output", description.output, outputs),
        )
    )


def _matched(what: str, sources: Sequence[Any], variables: Sequence[Variable]) -> Sequence[Any]:
    described, computed = [source.name for source in sources], [variable.name for variable in variables]
    if sorted(described) != sorted(computed):
        raise Misdeclared(
            f"the model declares {what}s {', '.join(described) or 'none'}, expected {', '.join(computed)} as its "
            "program has them"
        )
    return sources


def _feature(what: str, source: Any, variables: Sequence[Variable]) -> Feature:  # noqa: ANN401
    (variable,) = (one for one in variables if one.name == source.name)
    name, kind = f"{what} {source.name}", source.type.WhichOneof("Type")
    if source.type.isOptional:
        raise Misdeclared(f"{name} is declared optional, expected one that has to be given")
    match kind:
        case "multiArrayType":
            return _array(name, source.type.multiArrayType, variable)
        case "imageType":
            return _picture(name, source.type.imageType, variable)
    raise Misdeclared(f"{name} is declared {kind or 'of no type'}, expected an array or a picture")


def _array(name: str, array: Any, variable: Variable) -> Feature:  # noqa: ANN401
    if array.WhichOneof("ShapeFlexibility") or array.WhichOneof("defaultOptionalValue"):
        raise Misdeclared(f"{name} is declared with shapes or values to choose from, expected one shape")
    types = load_messages("FeatureTypes_pb2").ArrayFeatureType.ArrayDataType
    kind = types.Name(array.dataType).lower() if array.dataType in types.values() else f"type {array.dataType}"
    found = Feature(variable.name, kind, tuple(array.shape))
    if _PROGRAM_TYPES.get(kind) != variable.dtype or found.shape != variable.shape:
        raise Misdeclared(
            f"{name} is declared {found}, expected {variable.dtype} {variable.shape} as the program has it"
        )
    return found


def _picture(name: str, image: Any, variable: Variable) -> Feature:  # noqa: ANN401
    if image.WhichOneof("SizeFlexibility"):
        raise Misdeclared(f"{name} is declared with sizes to choose from, expected one size")
    spaces = load_messages("FeatureTypes_pb2").ImageFeatureType.ColorSpace
    space = spaces.Name(image.colorSpace) if image.colorSpace in spaces.values() else str(image.colorSpace)
    if (1, 3, image.height, image.width) != variable.shape or space != "RGB":
        raise Misdeclared(
            f"{name} is declared a picture of {image.height}×{image.width}, {space}, expected RGB and "
            f"{variable.shape} as the program has it"
        )
    return Feature(variable.name, PICTURE, variable.shape)
