"""A component: one network of a family that ships as a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mobileswap.contracts.chain import Role
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.signature import Signature

if TYPE_CHECKING:
    from torch import Tensor, nn

    from mobileswap.model.rewrite import Rewrite

State = Mapping[str, "Tensor"]
LARGEST = 1024  # size in pixels that can be asked for


@dataclass(frozen=True)
class Bake:
    """How an input that stays the same for one person becomes a constant of the network.

    Attributes:
        input: its name.
        apply: replaces what depends on that input alone by what it is for the tensor given; returns in how many places.
    """

    input: str
    apply: Callable[[nn.Module, Tensor], int]


@dataclass(frozen=True)
class Component:
    """What the pipeline has to know of a network; everything else is in the network.

    Attributes:
        family: of a system, see model/families.py.
        name: as its family calls it.
        role: what it is for.
        network: makes the bare network, whose state_dict keys are the released checkpoint's.
        wrap: bare network to a module from the inputs, in order, to the outputs: a tensor, or several in a tuple.
        signature: inputs and outputs for a size in pixels, which the network itself takes to height and width.
        default_size: that it was trained for.
        size_step: other sizes must be a multiple of it; None where there is no other.
        rewrites: exact ones, in the order in which they are applied.
        bake: None where nothing can be baked in.
        gains: factors of the seeded weights, see weights/seeded.py.
    """

    family: str
    name: str
    role: Role
    network: Callable[[], nn.Module]
    wrap: Callable[[nn.Module], nn.Module]
    signature: Callable[[int], Signature]
    default_size: int
    size_step: int | None = None
    rewrites: tuple[Rewrite, ...] = ()
    bake: Bake | None = None
    gains: tuple[tuple[str, float], ...] = ()

    @property
    def smallest(self) -> int:
        """The smallest size: every layer runs, and the borders, where padding goes wrong, weigh most."""
        return self.size_step or self.default_size

    def fitting(self, size: int | None) -> int:
        """A size that was asked for where this component has several, else its own."""
        return self.default_size if size is None or self.size_step is None else size

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every tensor that a checkpoint must hold. Allocates nothing."""
        import torch

        with torch.device("meta"):
            return {key: tuple(value.shape) for key, value in self.network().state_dict().items()}

    def flops(self, size: int) -> int:
        """Work of one pass at that size, two for each multiplication with its addition.

        Those of convolutions and matrix products, as papers count; what is done per pixel is left out. Computes
        nothing.
        """
        import torch
        from torch.utils.flop_counter import FlopCounterMode

        with torch.device("meta"):
            module = self.wrap(self.network()).eval()
            inputs = [torch.empty(spec.shape) for spec in self.signature(size).inputs]
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            module(*inputs)
        return int(counter.get_total_flops())

    def load(self, state: State) -> nn.Module:
        """The untouched network on these weights, ready for inference (not yet wrapped)."""
        network = self.network()
        network.load_state_dict(dict(state), strict=True)
        return network.eval().requires_grad_(requires_grad=False)

    def require_size(self, size: int) -> None:
        """Refuse a size that this network cannot take.

        Raises:
            BadInput: ``size`` is no multiple of ``size_step``, or smaller than it.
        """
        if size == self.default_size:
            return
        step = self.size_step
        if step is None:
            raise BadInput(f"--size {size}: the {self.family} {self.name} only takes {self.default_size}")
        if size < step or size % step:
            raise BadInput(
                f"--size {size}: the {self.family} {self.name} takes a multiple of {step}, "
                f"for instance {self.default_size}"
            )
