"""Every way in which a correct generator is damaged, as one table.

Each entry changes an exported file in a few named places, the same in every format. ``layer`` is the module path in
the model (below ``generator``) whose operation is the first to leave the reference, for whoever searches for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from torch import nn

from mobileswap.model.mobilefsgan.generator import Generator

SLOPE_OFF = 1.1
EPOCH = 0.01  # how far a weight has moved, in its own size, since the weights that a stale artifact was made of


class Damageable(Protocol):
    """An exported file in memory. A layer is a module path below the generator, ``decoder.up128.conv``."""

    def weight(self, layer: str, part: str) -> np.ndarray: ...
    def set_weight(self, layer: str, part: str, values: np.ndarray) -> None: ...
    def norm(self, layer: str) -> tuple[np.ndarray, ...]: ...
    def bypass_norm(self, layer: str, bias: np.ndarray, conv: str) -> None: ...
    def scale_slope(self, conv: str, factor: float) -> None: ...
    def pad_with_zeros(self, conv: str) -> None: ...
    def corners_off(self, conv: str) -> None: ...
    def affine_output(self, scale: np.ndarray, shift: np.ndarray) -> None: ...
    def output_as_nhwc(self, *, under_the_old_shape: bool) -> None: ...
    def extra_output(self, name: str) -> None: ...
    def rename_output(self, name: str) -> None: ...
    def bake(self, name: str, values: np.ndarray) -> None: ...


@dataclass(frozen=True)
class Mutation:
    """A damage.

    Attributes:
        apply: changes the file; it is also given the height and width of the picture.
        outcomes: what the check may call it.
        layer: module path of the guilty operation, or None where it is no single layer's.
        half_only: it is right in float32 and wrong where a runtime computes in float16. onnxruntime's CPU kernels do
            not: they take float16 files and compute in float32.
        below_half: in float16 it is less than what rounding does to a sound file, so that no limit on outputs can tell
            the two apart. `parity bisect`, which looks at every operation, can.
        baked: the file has an identity baked in; it is held against outputs for ``IDENTITY``.
    """

    name: str
    apply: Callable[[Damageable, int], None]
    outcomes: tuple[str, ...]
    layer: str | None = None
    half_only: bool = False
    below_half: bool = False
    baked: bool = False


IDENTITY_BLOCKS = tuple(
    f"identity_encoder.b{size}_{way}"
    for way, sizes in (("down", (256, 128, 64, 32, 16, 8)), ("up", (16, 32, 64)))
    for size in sizes
)
CONVOLUTIONS = tuple(
    name
    for name, module in Generator(channels=1, embedding_size=1).named_modules()
    if isinstance(module, nn.Conv2d) and "image64_output" not in name and "image128_output" not in name
)


def _shifted(scale: float, shift: float) -> Callable[[Damageable, int], None]:
    return lambda file, _: file.affine_output(np.float32(scale), np.float32(shift))


def _one_pixel(file: Damageable, size: int) -> None:
    shift = np.zeros((1, 3, size, size), np.float32)
    shift[0, 1, size // 3, size // 5] = 1.0
    file.affine_output(np.float32(1), shift)


def _swap_rows(layer: str, first: int, second: int) -> Callable[[Damageable, int], None]:
    """Two output channels of a convolution change places."""

    def apply(file: Damageable, _: int) -> None:
        for part in ("weight", "bias"):
            values = file.weight(layer, part).copy()
            values[[first, second]] = values[[second, first]]
            file.set_weight(layer, part, values)

    return apply


def _values_of(layer: str, other: str) -> Callable[[Damageable, int], None]:
    return lambda file, _: file.set_weight(layer, "weight", file.weight(other, "weight"))


def _ignore_embedding(file: Damageable, _: int) -> None:
    for block in IDENTITY_BLOCKS:
        for layer in (f"{block}.fc_mean", f"{block}.fc_var"):
            file.set_weight(layer, "weight", np.zeros_like(file.weight(layer, "weight")))


def _stale(file: Damageable, _: int) -> None:
    rng = np.random.default_rng(1)
    for layer in CONVOLUTIONS:
        values = file.weight(layer, "weight")
        file.set_weight(layer, "weight", values * (1 + EPOCH * rng.standard_normal(values.shape)))


def _bake_another(file: Damageable, _: int) -> None:
    file.bake("embedding", identity(file.weight(f"{IDENTITY_BLOCKS[0]}.fc_var", "weight").shape[1], seed=6))


def identity(length: int, seed: int = 5) -> np.ndarray:
    """A person, (1, length): the one that an artifact is for, or with another seed another one."""
    drawn = np.random.default_rng(seed).standard_normal((1, length))
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)


def _fold_norm(block: str) -> Callable[[Damageable, int], None]:
    """The normalisation goes into a convolution that pads with zeros: right inside, wrong at the border."""

    def apply(file: Damageable, _: int) -> None:
        gamma, beta, mean, variance, epsilon = file.norm(f"{block}.normalize")
        scale = gamma / np.sqrt(variance + epsilon)
        weight = file.weight(f"{block}.conv", "weight")
        bias = (weight * (beta - mean * scale)[None, :, None, None]).sum(axis=(1, 2, 3))
        file.set_weight(f"{block}.conv", "weight", weight * scale[None, :, None, None])
        file.bypass_norm(f"{block}.normalize", bias, f"{block}.conv")

    return apply


def _overflow(block: str) -> Callable[[Damageable, int], None]:
    """The features between two convolutions are 2¹⁵ times as large: the same function, but not in float16."""
    factor = 2.0**15

    def apply(file: Damageable, _: int) -> None:
        for part in ("weight", "bias"):
            file.set_weight(f"{block}.conv1x1", part, file.weight(f"{block}.conv1x1", part) * factor)
        file.set_weight(f"{block}.conv3x3", "weight", file.weight(f"{block}.conv3x3", "weight") / factor)

    return apply


_TOO_FAR, _NOT_FINITE = ("TOO_FAR",), ("NOT_FINITE",)
# The file says so itself, which is looked at before it is run; where only a runner is asked, its outputs do
_SHAPE, _OUTPUTS = ("INTERFACE", "SHAPE"), ("INTERFACE", "OUTPUTS")
_B128_2 = "decoder.b128_2.basic_block"

MUTATIONS: tuple[Mutation, ...] = (
    Mutation("NaN", _shifted(1, np.nan), _NOT_FINITE),
    Mutation("Inf", _shifted(1, np.inf), _NOT_FINITE),
    Mutation("all black", _shifted(0, -1), _TOO_FAR),
    Mutation("[0, 1] for [-1, 1]", _shifted(0.5, 0.5), _TOO_FAR),
    Mutation("single pixel wrong by 1.0", _one_pixel, _TOO_FAR),
    Mutation("RGB and BGR", _swap_rows("decoder.image256_output.conv", 0, 2), _TOO_FAR, "decoder.image256_output.conv"),
    Mutation("NHWC", lambda file, _: file.output_as_nhwc(under_the_old_shape=False), _SHAPE),
    Mutation("NHWC under the shape of NCHW", lambda file, _: file.output_as_nhwc(under_the_old_shape=True), _TOO_FAR),
    Mutation("output missing", lambda file, _: file.rename_output("picture"), _OUTPUTS),
    Mutation("output too many", lambda file, _: file.extra_output("mask"), _OUTPUTS),
    Mutation(
        "align_corners off", lambda file, _: file.corners_off("decoder.up128.conv"), _TOO_FAR, "decoder.up128.enlarge"
    ),
    Mutation(
        "zero padding for reflection",
        lambda file, _: file.pad_with_zeros("decoder.up256.conv"),
        _TOO_FAR,
        "decoder.up256.enlarge",
    ),
    Mutation(
        "LeakyReLU slope wrong by 10 %",
        lambda file, _: file.scale_slope("decoder.up256.conv", SLOPE_OFF),
        _TOO_FAR,
        "decoder.up256",
        below_half=True,
    ),
    Mutation(
        "BatchNorm folded over zero padding",
        _fold_norm("attribute_encoder.downsample128"),
        _TOO_FAR,
        "attribute_encoder.downsample128.conv",
    ),
    Mutation(
        "one channel permuted",
        _swap_rows("attribute_encoder.b128_2.conv1x1", 0, 1),
        _TOO_FAR,
        "attribute_encoder.b128_2.conv1x1",
    ),
    Mutation(
        "weights of another layer",
        _values_of(f"{_B128_2}.conv3x3", "decoder.b128_1.basic_block.conv3x3"),
        _TOO_FAR,
        f"{_B128_2}.conv3x3",
    ),
    Mutation("fp16 overflow", _overflow(_B128_2), ("NOT_FINITE", "TOO_FAR"), f"{_B128_2}.conv1x1", half_only=True),
    Mutation("embedding ignored", _ignore_embedding, _TOO_FAR),
    Mutation("another identity's", _bake_another, _TOO_FAR, baked=True),
    Mutation("stale, of older weights", _stale, _TOO_FAR),
)
