"""Pictures as an app has them, 8-bit RGB, on both sides of a runner that may take and give floats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.spec import TensorSpec
from mobileswap.runtimes.runner import Runner

_LEVELS = 255


@dataclass(frozen=True)
class Pictures:
    """The pictures among a runner's tensors, as the runner takes and gives them."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


def pictures_of(inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> Pictures:
    return Pictures(
        tuple(spec for spec in inputs if spec.is_image),
        tuple(spec for spec in outputs if spec.is_image),
    )


def to_input(pixels: Array, spec: TensorSpec) -> Array:
    """(H, W, 3) uint8 to what the runner takes.

    Raises:
        BadInput: the runner takes another size.
    """
    height, width = spec.shape[1:3] if spec.layout == "NHWC" else spec.shape[2:]
    if pixels.shape != (height, width, 3):
        raise BadInput(f"{spec.name}: expected a picture of ({height}, {width}, 3), came {pixels.shape}")
    laid_out = pixels[np.newaxis] if spec.layout == "NHWC" else pixels.transpose(2, 0, 1)[np.newaxis]
    if spec.dtype == "uint8":
        return np.ascontiguousarray(laid_out)
    low, high = spec.value_range
    values = np.ascontiguousarray(laid_out, dtype=np.float32)
    values /= np.float32(_LEVELS / (high - low))
    values += np.float32(low)
    return values


def to_pixels(array: Array, spec: TensorSpec) -> Array:
    """What the runner gave to (H, W, 3) uint8; levels are rounded to the nearest and clipped.

    Raises:
        ValueError: a NaN or an infinity, which no level stands for.
    """
    picture = array[0] if spec.layout == "NHWC" else array[0].transpose(1, 2, 0)
    if spec.dtype == "uint8":
        return np.ascontiguousarray(picture)
    low, high = spec.value_range
    levels = (picture - np.float32(low)) * np.float32(_LEVELS / (high - low))
    if not np.isfinite(levels).all():
        raise ValueError(f"{spec.name}: a NaN or an infinity came out, and no picture shows that")
    return np.ascontiguousarray(np.clip(np.rint(levels), 0, _LEVELS), dtype=np.uint8)


class PictureRunner:
    """A runner whose pictures are (H, W, 3) uint8; tensors that are none pass as they are."""

    def __init__(self, runner: Runner, pictures: Pictures) -> None:
        self._runner = runner
        self._inputs = {spec.name: spec for spec in pictures.inputs}
        self._outputs = {spec.name: spec for spec in pictures.outputs}
        self.version, self.ran_on = runner.version, runner.ran_on

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        fed = {name: to_input(x, self._inputs[name]) if name in self._inputs else x for name, x in inputs.items()}
        given = self._runner.run(fed)
        return {name: to_pixels(x, self._outputs[name]) if name in self._outputs else x for name, x in given.items()}

    def close(self) -> None:
        self._runner.close()
