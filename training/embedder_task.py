"""Trains the embedder to say in 512 numbers who somebody is: near the person's own code, far from other people's."""

from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mobileswap.model.mobilefsgan.embedder import MobileFaceNet
from mobileswap.training.faces.effects import identity_codes
from mobileswap.training.faces.sampling import RenderedFaces
from mobileswap.training.tensors import embedder_input, to_tensor

SHARPNESS = 20.0  # of the choice among people, as in margin softmax
MARGIN = 0.2  # what the right person's cosine is short of in the choice
OTHERS = 1024  # other people, rendered or not, whose codes the choice is among: a code needs no picture
CHOICE_WEIGHT = 0.2


class EmbedderTask:
    """`Task` of the embedder.

    Attributes:
        effect: what each number of an identity does to a picture; see `identity_codes`.
    """

    kind = "embedder"

    def __init__(self, faces: RenderedFaces, held_out: RenderedFaces, effect: np.ndarray, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.faces, self.held_out, self.effect, self.seed = faces, held_out, effect, seed
        network = MobileFaceNet().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        keep_slopes(network)
        self.networks = nn.ModuleDict({"embedder": network})

    def losses(self, step: int, batch: int, rank: int = 0) -> dict[str, Tensor]:
        rng = np.random.default_rng((20, self.seed, step, rank))
        pictures, people = self.faces.portraits(rng, batch)
        code = torch.from_numpy(identity_codes(self.faces.values(people), self.effect))
        strangers = rng.standard_normal((OTHERS, len(self.effect))).astype(np.float32)
        others = torch.from_numpy(identity_codes(strangers, self.effect))
        found = self.networks["embedder"](embedder_input(to_tensor(pictures))).float()
        cosine = (found * code).sum(1)
        distance = (1 - cosine).mean()
        rivals = found @ torch.cat([code, others]).T
        own = torch.arange(batch)
        rivals = rivals - MARGIN * F.one_hot(own, rivals.shape[1])
        choice = F.cross_entropy(SHARPNESS * rivals, own)
        return {"loss": distance + CHOICE_WEIGHT * choice, "distance": distance.detach(), "choice": choice.detach()}

    def judge(self, averages: nn.ModuleDict) -> dict[str, float]:
        people = self.held_out.people[:1000]
        places = [self.held_out.pictures_of[int(person)] for person in people]
        gallery, probe = (
            embed(averages["embedder"], np.stack([self.held_out.picture(place[i]) for place in places])) for i in (0, 1)
        )
        return retrieval(probe, gallery)


def keep_slopes(network: nn.Module) -> None:
    """Leave every PReLU at its first slope: half the processor's time went into the gradients of those few numbers."""
    for module in network.modules():
        if isinstance(module, nn.PReLU):
            module.weight.requires_grad_(False)
            slope = float(module.weight[0])
            module.forward = partial(F.leaky_relu, negative_slope=slope)  # type: ignore[method-assign]


@torch.inference_mode()
def embed(network: nn.Module, pictures: np.ndarray, batch: int = 50) -> Tensor:
    """(N, 512) of (N, S, S, 3) pictures."""
    parts = []
    for first in range(0, len(pictures), batch):
        with torch.autocast("cpu", torch.bfloat16):
            parts.append(network(embedder_input(to_tensor(pictures[first : first + batch]))).float())
    return F.normalize(torch.cat(parts), dim=1)


def retrieval(probe: Tensor, gallery: Tensor) -> dict[str, float]:
    """How often a person's other picture is the nearest of all, and the cosines behind it."""
    cosine = probe @ gallery.T
    same = cosine.diagonal()
    different = (cosine.sum() - same.sum()) / (len(cosine) * (len(cosine) - 1))
    top = (cosine.argmax(1) == torch.arange(len(cosine))).float().mean()
    return {"top1": float(top), "cosine_same": float(same.mean()), "cosine_different": float(different)}
