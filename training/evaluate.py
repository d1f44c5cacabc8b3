"""How good a pair of networks is on people it never saw: against the exact truth, and against doing nothing clever."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from mobileswap.training.embedder_task import embed
from mobileswap.training.faces.held_out import HeldOut
from mobileswap.training.swap_figures import changed, decibels
from mobileswap.training.tensors import to_pictures, to_tensor

Pictures = npt.NDArray[np.uint8]
Recognise = Callable[[Pictures], Tensor]  # (N, S, S, 3) to (N, K) vectors of length 1

SWAPPED, COPY, MEAN, TRUTH = "swapped", "target copied", "mean face", "truth"


@dataclass(frozen=True)
class Row:
    """Mean figures of one way to make the picture. dB and SSIM are against the truth; ``changed`` means the pixels
    where truth and target differ; ``top1`` is how often the source is the nearest of the gallery.
    """  # noqa: D205

    way: str
    psnr: float
    psnr_changed: float
    ssim: float
    ssim_changed: float
    top1: dict[str, float]


@torch.inference_mode()
def swap_all(generator: nn.Module, embedder: nn.Module, held_out: HeldOut, batch: int = 8) -> Pictures:
    """Every held-out swap, in 32 bits, as the shipped network computes it."""
    made = []
    code = embed(embedder, held_out.source)
    for first in range(0, len(held_out.target), batch):
        part = slice(first, first + batch)
        made.append(to_pictures(generator(to_tensor(held_out.target[part]), code[part])[0]))
    return np.concatenate(made)


def evaluate(swapped: Pictures, held_out: HeldOut, recognisers: dict[str, Recognise]) -> list[Row]:
    """Rows for the swaps, for the two baselines, and for the truth itself where it makes sense."""
    ways = {SWAPPED: swapped, COPY: held_out.target, MEAN: held_out.mean, TRUTH: held_out.truth}
    galleries = {name: recognise(held_out.gallery) for name, recognise in recognisers.items()}
    rows = []
    for way, pictures in ways.items():
        top = {name: _top1(recognise(pictures), galleries[name]) for name, recognise in recognisers.items()}
        rows.append(Row(way, *_nearness(pictures, held_out), top))
    return rows


def _nearness(pictures: Pictures, held_out: HeldOut) -> tuple[float, float, float, float]:
    from skimage.metrics import structural_similarity

    whole, part, alike, alike_part = [], [], [], []
    for made, target, truth in zip(pictures, held_out.target, held_out.truth, strict=True):
        one, aim, goal = (to_tensor(picture[None]) for picture in (made, target, truth))
        where = changed(aim, goal)
        whole += decibels(one, goal)
        part += decibels(one, goal, where)
        mean, full = structural_similarity(made, truth, channel_axis=2, full=True)  # type: ignore[no-untyped-call]
        mask = where[0, 0].numpy() > 0
        alike.append(mean)
        alike_part.append(full.mean(axis=2)[mask].mean() if mask.any() else 1.0)
    return float(np.mean(whole)), float(np.mean(part)), float(np.mean(alike)), float(np.mean(alike_part))


def _top1(probe: Tensor, gallery: Tensor) -> float:
    """Probes are of the gallery's first people, in order."""
    nearest = (probe @ gallery.T).argmax(1)
    return float((nearest == torch.arange(len(probe))).float().mean())
