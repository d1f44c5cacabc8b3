"""Seeded tensors to trace and compare a network with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from mobileswap.contracts.spec import TensorSpec

_SEED = 7


def probe(inputs: Sequence[TensorSpec]) -> tuple[Tensor, ...]:
    """One tensor per input, of its shape and range; a vector has the norm that it is to have."""
    import torch
    from torch.nn import functional as F

    source = torch.Generator().manual_seed(_SEED)
    examples = []
    for spec in inputs:
        low, high = spec.value_range
        x = torch.rand(spec.shape, generator=source) * (high - low) + low
        if spec.norm:
            x = F.normalize(x, dim=1) * spec.norm
        examples.append(x.to(getattr(torch, spec.dtype)))
    return tuple(examples)
