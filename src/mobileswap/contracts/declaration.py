"""What artifact.json says that a file declares of itself, for whoever holds the two against each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.spec import TensorSpec


@dataclass(frozen=True)
class Declaration:
    """How a file has to describe itself.

    Attributes:
        inputs: as a caller of the file passes them.
        outputs: as a caller receives them.
        io: ``tensor`` or ``image``, see Artifact; "" where nobody said, and values 0–255 then mean a picture.
        precision: what the file computes in; "" where nobody said.
        facts: metadata that a file of this artifact carries, for the formats that have any.
        kept: names of the operations that compute in float32 in a file that computes in float16 otherwise.
        options: of the exporter that a file shows, see Artifact.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    io: str = ""
    precision: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()

    def is_picture(self, spec: TensorSpec) -> bool:
        """Whether a format that knows pictures has to declare one here."""
        return spec.is_picture and (self.io == "image" if self.io else spec.value_range == (0, 255))


def declaration_of(artifact: Artifact) -> Declaration:
    """What artifact.json says of its own file."""
    weights = artifact.weights
    return Declaration(
        artifact.inputs,
        artifact.outputs,
        artifact.io,
        artifact.precision,
        {
            "family": artifact.family,
            "component": artifact.component,
            "weights": weights.name + ("" if weights.trained else " (UNTRAINED)"),
            "weights_sha256": weights.sha256,
            **{f"tensor_{spec.name}": in_words(spec) for spec in (*artifact.inputs, *artifact.outputs)},
        },
        artifact.options,
        tuple(one.operation for one in artifact.kept),
    )


def in_words(spec: TensorSpec) -> str:
    """For instance ``RGB target face, aligned; float32 NCHW 1×3×256×256 in [-1, 1]``."""
    low, high = spec.value_range
    shape = "×".join(str(n) for n in spec.shape)
    return f"{spec.meaning}; {spec.dtype} {spec.layout} {shape} in [{low:g}, {high:g}]"
