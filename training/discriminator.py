"""Tells real pictures from swapped ones at each resolution; used in training only and never shipped."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Discriminator(nn.Module):
    """One chain of strided convolutions a resolution; each gives a map of scores, high for real.

    Args:
        channels: of the first layer; 16 as in the released code.
        layers: convolutions that halve; 4 as in the released code.
        scales: how many resolutions.
    """

    def __init__(self, channels: int = 16, layers: int = 4, scales: int = 3) -> None:
        super().__init__()
        self.chains = nn.ModuleList(_chain(channels, layers) for _ in range(scales))

    def forward(self, images: list[Tensor]) -> list[Tensor]:
        return [chain(image) for chain, image in zip(self.chains, images, strict=False)]


def _chain(channels: int, layers: int) -> nn.Sequential:
    parts: list[nn.Module] = []
    before = 3
    for layer in range(layers):
        after = channels << layer
        parts += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        before = after
    return nn.Sequential(*parts, nn.Conv2d(before, 1, 3, padding=1))


def fooled(discriminator: Discriminator, images: list[Tensor], weights: tuple[float, ...]) -> Tensor:
    """The generator's part: the hinge is pushed through fixed weights, so the discriminator learns nothing of it."""
    fixed = {name: parameter.detach() for name, parameter in discriminator.named_parameters()}
    scores = torch.func.functional_call(discriminator, fixed, (images,))
    return _weighted([F.relu(1 - score.float()).mean() for score in scores], weights)


def told_apart(
    discriminator: Discriminator, real: list[Tensor], made: list[Tensor], weights: tuple[float, ...]
) -> Tensor:
    """The discriminator's part: real above 1, made below −1."""
    good = discriminator(real)
    bad = discriminator([image.detach() for image in made])
    parts = [
        0.5 * (F.relu(1 - yes.float()).mean() + F.relu(1 + no.float()).mean())
        for yes, no in zip(good, bad, strict=True)
    ]
    return _weighted(parts, weights)


def _weighted(parts: list[Tensor], weights: tuple[float, ...]) -> Tensor:
    return sum((weight * part for weight, part in zip(weights, parts, strict=False)), torch.zeros(()))
