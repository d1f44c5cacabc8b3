"""Weights drawn by rule, so that the whole tool runs where no trained checkpoint is at hand. They are not trained.

The rule: keys are sorted, the i-th key has a generator of its own, ``numpy.random.default_rng(1000 + i)``, values are
drawn in float64 and cast to float32. The end of the key decides what is drawn.

=====================  ==============================================================================
num_batches_tracked    0, int64
running_var            uniform in [0.5, 1.5)
running_mean, bias     normal, standard deviation 0.1
any other              normal, standard deviation gain / √fan_in; fan_in is the product of shape[1:]
=====================  ==============================================================================

The gains keep the signal of a network that was never trained inside tanh's slope, and let the embedding matter.
"""

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

State = dict[str, npt.NDArray[np.float32] | npt.NDArray[np.int64]]
Gains = tuple[tuple[str, float], ...]

# (part of a key, gain), first match counts; a key that matches none has gain 1.
GENERATOR_GAINS: Gains = (
    ("conv_attention.weight", 0.2),
    ("fc_mean.weight", 10.0),
    ("fc_var.weight", 10.0),
    ("basic_block.conv3x3.weight", 0.5),
    ("output.conv.weight", 0.5),
)

_FIRST_SEED = 1000


def seeded_state(shapes: Mapping[str, tuple[int, ...]], gains: Gains = ()) -> State:
    """Fill a whole state_dict by the rule above.

    Args:
        shapes: shape of every tensor by its key, without a ``module.`` prefix and with all buffers; a key too many
            or too few moves the seeds of all that sort behind it.
        gains: (part of a key, gain) pairs, for instance ``GENERATOR_GAINS``.

    Returns:
        Arrays in the order of the sorted keys; float32, but int64 for ``num_batches_tracked``.
    """
    return {
        key: _draw(key, shapes[key], _gain_of(key, gains), np.random.default_rng(_FIRST_SEED + position))
        for position, key in enumerate(sorted(shapes))
    }


def _draw(
    key: str, shape: tuple[int, ...], gain: float, rng: np.random.Generator
) -> npt.NDArray[np.float32] | npt.NDArray[np.int64]:
    if key.endswith("num_batches_tracked"):
        return np.zeros(shape, np.int64)
    if key.endswith("running_var"):
        return rng.uniform(0.5, 1.5, shape).astype(np.float32)
    if key.endswith(("running_mean", "bias")):
        return (rng.standard_normal(shape) * 0.1).astype(np.float32)
    return (rng.standard_normal(shape) * gain / math.sqrt(math.prod(shape[1:]))).astype(np.float32)


def _gain_of(key: str, gains: Gains) -> float:
    return next((gain for part, gain in gains if part in key), 1.0)
