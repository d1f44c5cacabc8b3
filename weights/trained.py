"""Trained weights that ship: 16-bit safetensors beside the manifest, 32 bits for who loads them."""

from pathlib import Path

import numpy as np

from mobileswap.contracts.errors import BadInput
from mobileswap.weights.seeded import State


def trained_state(path: Path) -> State:
    """Read a whole state_dict; float32, but int64 for ``num_batches_tracked``.

    Raises:
        BadInput: the file is not there, or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        found = load_file(path)
    except (OSError, SafetensorError) as error:
        raise BadInput(
            f"{path}: expected the weights that the manifest names, {error}; install mobileswap again"
        ) from error
    state: State = {}
    for name, value in sorted(found.items()):
        state[name] = value.astype(np.int64) if value.dtype.kind == "i" else value.astype(np.float32)
    return state
