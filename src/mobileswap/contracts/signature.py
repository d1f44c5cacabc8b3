"""A component's border as a whole: what goes in and what comes out, in order."""

from dataclasses import dataclass

from mobileswap.contracts.spec import TensorSpec


@dataclass(frozen=True)
class Signature:
    """Inputs and outputs of a component.

    Raises:
        ValueError: there is no output, or two tensors have the same name.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    def __post_init__(self) -> None:
        names = [spec.name for spec in self.tensors]
        if not self.outputs or len(set(names)) != len(names):
            raise ValueError(f"expected outputs, and every name once, came {', '.join(names)}")

    @property
    def tensors(self) -> tuple[TensorSpec, ...]:
        return (*self.inputs, *self.outputs)

    def input(self, name: str) -> TensorSpec:
        return next(spec for spec in self.inputs if spec.name == name)
