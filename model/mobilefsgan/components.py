"""MobileFSGAN's two components and how their tensors cross the border."""

from math import sqrt

from torch import Tensor, nn

from mobileswap.contracts.chain import Role
from mobileswap.contracts.signature import Signature
from mobileswap.contracts.spec import Kind, TensorSpec
from mobileswap.model.component import Bake, Component
from mobileswap.model.mobilefsgan.embedder import MobileFaceNet
from mobileswap.model.mobilefsgan.family import FAMILY
from mobileswap.model.mobilefsgan.generator import Generator
from mobileswap.model.mobilefsgan.rewrites import EMBEDDER_REWRITES, GENERATOR_REWRITES, bake_identity
from mobileswap.weights.seeded import GENERATOR_GAINS

EMBEDDING_SIZE = 512
SIZE = 256


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


def _face(name: str, size: int, meaning: str, *, bounded: bool = False) -> TensorSpec:
    return TensorSpec(
        name=name,
        shape=(1, 3, size, size),
        dtype="float32",
        layout="NCHW",
        value_range=(-1.0, 1.0),
        data_range=2.0,
        meaning=meaning,
        kind=Kind.PICTURE,
        colour="RGB",
        bounded=bounded,
    )


def _embedding(embedding_size: int) -> TensorSpec:
    # A component of a unit vector of n has a spread of 1/√n; ±4 of them is the range it really uses. On the full
    # [-1, 1] every embedding would score 15 dB too much.
    return TensorSpec(
        name="embedding",
        shape=(1, embedding_size),
        dtype="float32",
        layout="NC",
        value_range=(-1.0, 1.0),
        data_range=8 / sqrt(embedding_size),
        meaning="source face, L2 norm 1",
        kind=Kind.VECTOR,
        norm=1.0,
    )


def generator(channels: int = 64, embedding_size: int = EMBEDDING_SIZE) -> Component:
    """The generator; other numbers than the released ones are for tests."""

    def signature(size: int) -> Signature:
        return Signature(
            inputs=(_face("target", size, "RGB target face, aligned"), _embedding(embedding_size)),
            outputs=(_face("swapped", size, "RGB target face with the source's identity", bounded=True),),
        )

    return Component(
        family=FAMILY.name,
        name="generator",
        role=Role.SWAPPER,
        network=lambda: Generator(channels, embedding_size),
        wrap=Swap,
        signature=signature,
        default_size=SIZE,
        size_step=32,
        rewrites=GENERATOR_REWRITES,
        bake=Bake("embedding", bake_identity),
        gains=GENERATOR_GAINS,
    )


def embedder(embedding_size: int = EMBEDDING_SIZE) -> Component:
    signature = Signature((_face("source", SIZE, "RGB source face, aligned"),), (_embedding(embedding_size),))
    return Component(
        family=FAMILY.name,
        name="embedder",
        role=Role.EMBEDDER,
        network=lambda: MobileFaceNet(embedding_size),
        wrap=Embed,
        signature=lambda _: signature,
        default_size=SIZE,
        rewrites=EMBEDDER_REWRITES,
    )
