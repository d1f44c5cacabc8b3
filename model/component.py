"""A component: one network of a family that ships as a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.spec import TensorSpec

if TYPE_CHECKING:
    from torch import Tensor, nn

    from mobileswap.model.rewrite import Rewrite

State = Mapping[str, "Tensor"]
DEFAULT_SIZE = 256


@dataclass(frozen=True)
class Component:
    """What the pipeline has to know of a network; everything else is in the network.

    Attributes:
        family: for instance ``mobilefsgan``.
        name: for instance ``generator``.
        network: makes the bare network, whose state_dict keys are the released checkpoint's.
        wrap: bare network to a module from the named inputs, in order, to the one output.
        inputs: specs for an image size in pixels.
        outputs: likewise.
        size_step: sizes other than 256 must be a multiple of it; None where only 256 works.
        rewrites: exact ones, in the order in which they are applied.
        bake: replaces what depends on the embedding alone by constants, returns in how many places; None where no
            embedding goes in.
        gains: factors of the seeded weights, see weights/seeded.py.
    """

    family: str
    name: str
    network: Callable[[], nn.Module]
    wrap: Callable[[nn.Module], nn.Module]
    inputs: Callable[[int], tuple[TensorSpec, ...]]
    outputs: Callable[[int], tuple[TensorSpec, ...]]
    size_step: int | None
    rewrites: tuple[Rewrite, ...]
    bake: Callable[[nn.Module, Tensor], int] | None
    gains: tuple[tuple[str, float], ...]

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every tensor that a checkpoint must hold. Allocates nothing."""
        import torch

        with torch.device("meta"):
            return {key: tuple(value.shape) for key, value in self.network().state_dict().items()}

    def flops(self, size: int) -> int:
        """Work of one pass on an image of that size, two for each multiplication with its addition.

        Those of convolutions and matrix products, as papers count; what is done per pixel is left out. Computes
        nothing.
        """
        import torch
        from torch.utils.flop_counter import FlopCounterMode

        with torch.device("meta"):
            module = self.wrap(self.network()).eval()
            inputs = [torch.empty(spec.shape) for spec in self.inputs(size)]
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            module(*inputs)
        return int(counter.get_total_flops())

    def load(self, state: State) -> nn.Module:
        """The untouched network on these weights, ready for inference (not yet wrapped)."""
        network = self.network()
        network.load_state_dict(dict(state), strict=True)
        return network.eval().requires_grad_(requires_grad=False)

    def require_size(self, size: int) -> None:
        """Refuse an image size that this network cannot take.

        Raises:
            BadInput: ``size`` is no multiple of ``size_step``, or smaller than it.
        """
        if size == DEFAULT_SIZE:
            return
        if self.size_step is None:
            raise BadInput(f"--size {size}: the {self.family} {self.name} only takes {DEFAULT_SIZE}")
        if size < self.size_step or size % self.size_step:
            raise BadInput(
                f"--size {size}: the {self.family} {self.name} halves its image five times, "
                f"so give a multiple of {self.size_step}, for instance 128, 224 or 256"
            )
