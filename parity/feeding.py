"""From the golden file to an artifact and back, in the form that each of the two has."""

from collections.abc import Sequence

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.conversion import beside_levels, convert
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.golden_file import Sample
from mobileswap.contracts.spec import TensorSpec


def feed(sample: Sample, inputs: Sequence[TensorSpec]) -> dict[str, Array]:
    """What to run an artifact with. A golden input that the artifact lacks, for it is baked in, is left out.

    Raises:
        BadInput: the golden file lacks an input of the artifact's, or has it in another size.
    """
    fed = {}
    for spec in inputs:
        if spec.name not in sample.inputs:
            raise BadInput(f"the artifact takes {spec.name!r}; the golden file has only {', '.join(sample.inputs)}")
        array = convert(sample.inputs[spec.name], sample.specs[spec.name], spec)
        if array.shape != spec.shape:
            raise BadInput(f"input {spec.name}: the artifact takes {spec.shape}, the golden file has {array.shape}")
        fed[spec.name] = array
    return fed


def expected(sample: Sample, spec: TensorSpec) -> Array:
    """The golden output as the artifact is to give it."""
    return convert(sample.outputs[spec.name], sample.specs[spec.name], spec)


def as_golden(array: Array, spec: TensorSpec, sample: Sample) -> Array:
    """What an artifact gave, in the golden file's form."""
    return convert(array, spec, sample.specs[spec.name])


def require_exact(sample: Sample, inputs: Sequence[TensorSpec]) -> None:
    """Refuse inputs that 8-bit levels cannot hold: the artifact would be shown another picture than the model was.

    Raises:
        BadInput: a value lies between two levels or outside them.
    """
    for spec in inputs:
        if spec.name not in sample.inputs:
            continue
        beside = beside_levels(sample.inputs[spec.name], sample.specs[spec.name], spec)
        if not beside <= 0:
            raise BadInput(
                f"sample {sample.name}, input {spec.name}: the artifact takes 8-bit levels, the golden input lies "
                f"{beside:.3g} of a level beside one; make the golden file from pictures of 8-bit levels"
            )
