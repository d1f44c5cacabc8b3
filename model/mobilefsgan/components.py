"""MobileFSGAN's two components and how their tensors cross the border."""

from math import sqrt

from torch import Tensor, nn

from mobileswap.contracts.spec import TensorSpec
from mobileswap.model.component import DEFAULT_SIZE, Component
from mobileswap.model.mobilefsgan.embedder import MobileFaceNet
from mobileswap.model.mobilefsgan.generator import Generator
from mobileswap.model.mobilefsgan.rewrites import EMBEDDER_REWRITES, GENERATOR_REWRITES, bake_identity
from mobileswap.weights.seeded import GENERATOR_GAINS

FAMILY = "mobilefsgan"
EMBEDDING_SIZE = 512


class Swap(nn.Module):
    """The generator's 256² image alone. Once the identity is baked in, no embedding is passed."""

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, target: Tensor, embedding: Tensor | None = None) -> Tensor:
        return self.generator(target, embedding)[0]  # type: ignore[no-any-return]


class Embed(nn.Module):
    """The crop and MobileFaceNet in one graph, so that an app passes the same aligned face to both components."""

    def __init__(self, face_net: nn.Module) -> None:
        super().__init__()
        self.face_net = face_net

    def forward(self, source: Tensor) -> Tensor:
        return self.face_net(self.face_net.crop(source))  # type: ignore[no-any-return, operator]


def _face(name: str, size: int, meaning: str) -> TensorSpec:
    return TensorSpec(name, (1, 3, size, size), "float32", "NCHW", (-1.0, 1.0), 2.0, meaning)


def _embedding(embedding_size: int) -> TensorSpec:
    # A component of a unit vector of n has a spread of 1/√n; ±4 of them is the range it really uses. On the full
    # [-1, 1] every embedding would score 15 dB too much.
    data_range = 8 / sqrt(embedding_size)
    return TensorSpec(
        "embedding", (1, embedding_size), "float32", "NC", (-1.0, 1.0), data_range, "source face, L2 norm 1"
    )


def generator(channels: int = 64, embedding_size: int = EMBEDDING_SIZE) -> Component:
    """The generator; other numbers than the released ones are for tests."""
    return Component(
        family=FAMILY,
        name="generator",
        network=lambda: Generator(channels, embedding_size),
        wrap=Swap,
        inputs=lambda size: (_face("target", size, "RGB target face, aligned"), _embedding(embedding_size)),
        outputs=lambda size: (_face("swapped", size, "RGB target face with the source's identity"),),
        size_step=32,
        rewrites=GENERATOR_REWRITES,
        bake=bake_identity,
        gains=GENERATOR_GAINS,
    )


def embedder(embedding_size: int = EMBEDDING_SIZE) -> Component:
    return Component(
        family=FAMILY,
        name="embedder",
        network=lambda: MobileFaceNet(embedding_size),
        wrap=Embed,
        inputs=lambda _: (_face("source", DEFAULT_SIZE, "RGB source face, aligned"),),
        outputs=lambda _: (_embedding(embedding_size),),
        size_step=None,
        rewrites=EMBEDDER_REWRITES,
        bake=None,
        gains=(),
    )
