"""Trains a generator by triplets: a source's identity, a target, and the picture that the swap has to be."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from mobileswap.training.discriminator import Discriminator, fooled, told_apart
from mobileswap.training.losses import LossWeights, identity_loss, perceptual_loss, pixel_loss
from mobileswap.training.stage import Stage
from mobileswap.training.swap_figures import swap_figures
from mobileswap.training.tensors import at_scale, to_tensor
from mobileswap.training.triplets import Identify, Triplets, TripletSource


class GeneratorTask:
    """`Task` of a generator at one stage.

    Args:
        stage: what is trained.
        data: what it is trained on.
        held_out: what it is judged by.
        identify: the embeddings of a batch's sources.
        embedder: frozen; the identity and the perceptual loss are measured with it.
        frozen_statistics: batch normalisation keeps the statistics it has. After the first stage it must: a picture
            then passes through normalisations, and a small batch's statistics would shift its colours.
    """

    kind = "generator"

    def __init__(
        self, stage: Stage, data: TripletSource, held_out: TripletSource, identify: Identify, weights: LossWeights,
        embedder: nn.Module | None = None, frozen_statistics: bool = False, seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> None:  # fmt: skip
        self.stage, self.data, self.held_out, self.identify, self.weights = stage, data, held_out, identify, weights
        self.embedder, self.frozen_statistics, self.seed, self.device = embedder, frozen_statistics, seed, device
        self.networks = nn.ModuleDict({"stage": stage})
        self.discriminator = None
        if any(weights.adversarial):
            self.discriminator = Discriminator().to(device)
            self.networks["discriminator"] = self.discriminator

    def losses(self, step: int, batch: int, rank: int = 0) -> dict[str, Tensor]:
        if self.frozen_statistics:
            self.stage.eval()
        weights = self.weights
        triplets = self.data.triplets(np.random.default_rng((30, self.seed, step, rank)), batch, weights.own)
        code = self.identify(triplets)
        target, truth = (self._pictures(pictures) for pictures in (triplets.target, triplets.truth))
        known = torch.from_numpy(triplets.with_truth).to(self.device).float()
        swapped = [image.float() for image in self.stage(target, code)]
        found = {
            "pixels": _over(swapped, weights.pixels, lambda image: pixel_loss(image, truth, known, weights.squared))
        }
        network, slack = self.embedder, weights.slack
        if network is not None and any(weights.identity):
            found["identity"] = _over(
                swapped, weights.identity, lambda image: identity_loss(network, image, code, slack)
            )
        if network is not None and weights.perceptual:
            found["perceptual"] = weights.perceptual * perceptual_loss(network, swapped[0], truth, known)
        if self.discriminator is not None:
            real = self._real(triplets)
            found["fooled"] = fooled(self.discriminator, swapped, weights.adversarial)
            sizes = [at_scale(real, image.shape[-1]) for image in swapped]
            found["told_apart"] = told_apart(self.discriminator, sizes, swapped, weights.adversarial)
        total = sum(found.values(), torch.zeros((), device=self.device))
        return {"loss": total, **{name: part.detach() for name, part in found.items()}}

    def judge(self, averages: nn.ModuleDict) -> dict[str, float]:
        stage: Stage = averages["stage"]  # type: ignore[assignment]
        return swap_figures(stage, self.held_out, self.identify, device=self.device)

    def _pictures(self, pictures: np.ndarray) -> Tensor:
        smaller = at_scale(to_tensor(pictures, self.device), self.stage.size)
        return smaller.contiguous(memory_format=torch.channels_last)

    def _real(self, triplets: Triplets) -> Tensor:
        chosen = np.where(triplets.source_is_real[:, None, None, None], triplets.source, triplets.target)
        return self._pictures(chosen)


def _over(images: list[Tensor], weights: tuple[float, ...], part: Callable[[Tensor], Tensor]) -> Tensor:
    """The weighted sum of a part over the scales; scales of weight 0 are not computed."""
    counted = [weight * part(image) for weight, image in zip(weights, images, strict=False) if weight]
    return sum(counted, torch.zeros((), device=images[0].device))
