"""How near swaps are to the truth, in dB, beside what copying the target would have given."""

import numpy as np
import torch
from torch import Tensor

from mobileswap.training.stage import Stage
from mobileswap.training.tensors import at_scale, to_tensor
from mobileswap.training.triplets import Identify, TripletSource

CHANGED = 0.05  # of the range of a channel: a pixel where truth and target differ by more has to change


@torch.inference_mode()
def swap_figures(
    stage: Stage, data: TripletSource, identify: Identify, count: int = 64, device: torch.device | str = "cpu"
) -> dict[str, float]:
    """Mean PSNR over swaps chosen by seed: of the whole picture, and of the pixels that have to change."""
    stage.eval()
    rng = np.random.default_rng(40)
    figures: dict[str, list[float]] = {name: [] for name in ("psnr", "psnr_copy", "psnr_changed", "psnr_changed_copy")}
    for _ in range(0, count, 16):
        triplets = data.triplets(rng, 16, 0.0)
        size = stage.size
        target, truth = (at_scale(to_tensor(one, device), size) for one in (triplets.target, triplets.truth))
        with torch.autocast(torch.device(device).type, torch.bfloat16):
            swapped = stage(target.contiguous(memory_format=torch.channels_last), identify(triplets))[0].float()
        where = changed(target, truth)
        for name, picture in (("", swapped), ("_copy", target)):
            figures[f"psnr{name}"] += decibels(picture, truth)
            figures[f"psnr_changed{name}"] += decibels(picture, truth, where)
    return {name: round(float(np.mean(values)), 3) for name, values in figures.items()}


def changed(target: Tensor, truth: Tensor) -> Tensor:
    """(B, 1, H, W), 1 where a swap has to change the target."""
    return ((target - truth).abs().amax(1, keepdim=True) > 2 * CHANGED).float()


def decibels(picture: Tensor, truth: Tensor, where: Tensor | None = None) -> list[float]:
    """PSNR of each picture of a batch, values −1 to 1; of the pixels where ``where`` is 1."""
    error = ((picture - truth) / 2).square().mean(1, keepdim=True)
    weight = torch.ones_like(error) if where is None else where
    mean = (error * weight).sum((1, 2, 3)) / weight.sum((1, 2, 3)).clamp(min=1)
    return [float(value) for value in -10 * torch.log10(mean.clamp(min=1e-10))]
