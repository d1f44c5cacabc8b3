"""The parts of a generator's loss, and how much each counts: the paper's weights and our own."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mobileswap.training.tensors import at_scale, embedder_input


@dataclass(frozen=True)
class LossWeights:
    """How much each part counts; a part whose weights are all 0 is not computed.

    Scales are from the largest to the smallest that the stage draws.

    Attributes:
        pixels: of the difference to the truth, where it is known.
        squared: half the mean square, as in the paper, instead of the mean of absolute differences.
        identity: of 1 − cosine between the swap's embedding and the source's, less ``slack``.
        perceptual: of the difference between features of the largest picture and of the truth.
        adversarial: of the hinge loss.
        own: part of the batch where source and target are one person, so that the truth is the target.
    """

    pixels: tuple[float, float, float]
    identity: tuple[float, float, float] = (0, 0, 0)
    perceptual: float = 0
    adversarial: tuple[float, float, float] = (0, 0, 0)
    squared: bool = False
    slack: float = 0
    own: float = 0.05


# Where the truth of every swap is known, pixels teach most; this is what made the weights that ship.
OURS = LossWeights(pixels=(1.0, 0.3, 0.1))

# MobileFSGAN's released main.py and losses/Losses.py (commit 7d630d7). Its perceptual loss is of VGG-19 against the
# target; ours takes the frozen embedder's early features, because no VGG weights with a free licence are at hand.
PAPER = LossWeights(
    pixels=(10, 0, 0),
    identity=(20, 20, 20),
    perceptual=4,
    adversarial=(1, 0.02, 0.02),
    squared=True,
    slack=0.02,
)
LOSSES = {"ours": OURS, "paper": PAPER}


def pixel_loss(image: Tensor, truth: Tensor, known: Tensor, squared: bool) -> Tensor:
    """Mean over the pictures whose truth is known, (B,) 0 or 1; 0 where none is."""
    difference = image - at_scale(truth, image.shape[-1])
    each = difference.square().mean((1, 2, 3)) / 2 if squared else difference.abs().mean((1, 2, 3))
    return (each * known).sum() / known.sum().clamp(min=1)


def identity_loss(embedder: nn.Module, image: Tensor, code: Tensor, slack: float) -> Tensor:
    """How far the swap's identity is from the source's."""
    kept = embedder(embedder_input(image)).float()
    distance: Tensor = (1 - (kept * code).sum(1) - slack).clamp(min=0)
    return distance.mean()


def perceptual_loss(embedder: nn.Module, image: Tensor, truth: Tensor, known: Tensor) -> Tensor:
    """Mean absolute difference of the frozen embedder's features at 28² and 14²."""
    with torch.no_grad():
        wanted = _features(embedder, truth)
    found = _features(embedder, image)
    parts = [(one - other).abs().mean((1, 2, 3)) for one, other in zip(found, wanted, strict=True)]
    each = torch.stack(parts).sum(0)
    return (each * known).sum() / known.sum().clamp(min=1)


def _features(embedder: nn.Module, image: Tensor) -> list[Tensor]:
    x = embedder.conv2_dw(embedder.conv1(embedder_input(image)))  # type: ignore[operator]
    middle = embedder.conv_3(embedder.conv_23(x))  # type: ignore[operator]
    deep = embedder.conv_4(embedder.conv_34(middle))  # type: ignore[operator]
    return [F.normalize(features.float(), dim=1) for features in (middle, deep)]
