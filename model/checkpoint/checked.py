"""The values of a component: types and numbers must be right, then everything is float32."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mobileswap.contracts.errors import BadInput
from mobileswap.model.checkpoint.candidates import Candidate, shapes_of
from mobileswap.model.checkpoint.names import Tensors, shortened
from mobileswap.model.checkpoint.stored_tensor import StoredTensor

if TYPE_CHECKING:
    from torch import Tensor


def checked_values(candidate: Candidate, tensors: Tensors, path: Path) -> dict[str, Tensor]:
    """By the component's own names, in its order; counters that were not saved are zero.

    Raises:
        BadInput: a type that is not float, values that are not there, a NaN or an infinity, a negative variance.
        Damaged: the file ends before the values do.
    """
    import torch

    values = {}
    for key in shapes_of(candidate.component):
        if key in candidate.counters:
            values[key] = torch.zeros((), dtype=torch.int64)
        elif key.endswith("num_batches_tracked"):
            values[key] = tensors[candidate.names[key]].tensor.values().to(torch.int64)
        else:
            values[key] = _floats(tensors[candidate.names[key]].tensor, key, path)
    return values


def _floats(stored: StoredTensor, key: str, path: Path) -> Tensor:
    import torch

    name = shortened(key)
    if stored.form != "dense":
        raise BadInput(f"{path}: {name} is {stored.form}, expected dense values; save it with .to_dense(), on the CPU")
    if not stored.is_float:
        raise BadInput(
            f"{path}: {name} is torch.{stored.dtype}, expected floats; give the checkpoint before quantisation"
        )
    values = stored.values().to(torch.float32).contiguous()
    bad = int((~torch.isfinite(values)).sum())
    if bad:
        raise BadInput(f"{path}: {name} holds {bad} NaN or infinite values; training diverged, give an earlier one")
    if key.endswith("running_var") and bool((values < 0).any()):
        raise BadInput(f"{path}: {name} is negative, a variance cannot be; give an earlier checkpoint")
    return values
