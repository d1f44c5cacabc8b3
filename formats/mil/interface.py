"""What an .mlpackage declares, after it was held to the rules of Core ML's own loader."""

from pathlib import Path

from mobileswap.contracts.errors import Misdeclared
from mobileswap.formats.interface import Interface
from mobileswap.formats.mil.blob import require_sound_weights
from mobileswap.formats.mil.description import features
from mobileswap.formats.mil.load import main_function, parse, survey
from mobileswap.formats.mil.opsets import VERSIONS, require_operations, require_versions
from mobileswap.formats.mil.package import read_package
from mobileswap.formats.mil.package_rules import require_sound_package
from mobileswap.formats.mil.program import FLOATS, Program

_PACKED = ("constexpr_", "quantize", "dequantize")  # how the operations begin that have their weights in other types
_WEIGHTY = ("conv", "conv_transpose", "linear", "matmul", "einsum", "lstm", "gru", "rnn")


def declared(path: Path) -> Interface:
    """The interface of a package.

    Raises:
        Misdeclared: Core ML would refuse the package, or see another interface than the program has.
        BadInput: it is damaged.
        Unavailable: coremltools is not installed.
    """
    require_sound_package(path)
    package = read_package(path)
    for file in sorted(package.weights.iterdir()):
        require_sound_weights(file)
    specification = parse(package)
    if specification.isUpdatable:
        raise Misdeclared("the model is declared updatable, expected one that stays as it is")
    functions = list(specification.mlProgram.functions)
    function = main_function(specification)
    if len(functions) > 1 or len(function.block_specializations) > 1:
        raise Misdeclared(
            f"the program has functions {', '.join(sorted(functions))}, expected main alone, for one opset"
        )
    version = require_versions(specification.specificationVersion, function.opset)
    program = survey(package, specification)
    require_operations(program.operations, version)
    inputs, outputs = features(specification.description, program.inputs, program.outputs)
    return Interface(
        tuple(inputs),
        tuple(outputs),
        precision_of(program),
        dict(specification.description.metadata.userDefined),
        {"minimum_deployment_target": VERSIONS[function.opset][1]},
        has_pictures=True,
        wide=wide_operations(program),
    )


def precision_of(program: Program) -> str:
    """What the operations compute in: a file that only stores half precision, or says so somewhere, does not.

    What surrounds the operations that hold weights is no matter: a converter keeps it in float32 where float16 would
    overflow. The others have to be named in artifact.json, see ``wide_operations``.
    """
    packed = sorted({one.type for one in program.operations if one.type.startswith(_PACKED)})
    if packed:
        return f"weights that are packed by {', '.join(packed)}"
    working = [one for one in program.operations if one.type != "cast"]
    weighty = [one for one in working if one.type in _WEIGHTY] or working
    found = {variable.dtype for one in weighty for variable in one.outputs} & set(FLOATS)
    return "mixed" if len(found) > 1 else "".join(found) or "no float"


def wide_operations(program: Program) -> tuple[str, ...]:
    """Names of the operations with weights that compute in float32."""
    wide = (one for one in program.operations if one.type in _WEIGHTY and one.outputs[0].dtype == "fp32")
    return tuple(one.name for one in wide)
