"""Powers to decibels, the same way for every metric."""

from collections.abc import Sequence
from math import isfinite, prod

import numpy as np

from mobileswap.contracts.spec import TensorSpec
from mobileswap.contracts.verdict import PSNR_CEILING_DB


def decibels(power: float, noise: float) -> float:
    """10·log10(power / noise), within the ceiling; no noise is the ceiling, a NaN stays one."""
    if noise == 0:
        return PSNR_CEILING_DB
    if power == 0:
        return -PSNR_CEILING_DB if noise > 0 else noise
    with np.errstate(invalid="ignore"):
        return float(np.clip(10 * np.log10(power) - 10 * np.log10(noise), -PSNR_CEILING_DB, PSNR_CEILING_DB))


def shares_of_range(outputs: Sequence[TensorSpec]) -> dict[str, float]:
    """By name, what makes a value of an output a share of its own data range."""
    return {spec.name: 1 / spec.data_range for spec in outputs}


def output_psnr(energy: float, outputs: Sequence[TensorSpec]) -> float | None:
    """PSNR of outputs whose squared errors, as shares of their ranges, add up to ``energy``; None if infinite."""
    if not isfinite(energy):
        return None
    return decibels(1.0, energy / sum(prod(spec.shape) for spec in outputs))
