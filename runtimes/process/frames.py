"""Pictures as an app has them, 8-bit RGB, through one artifact or several that feed one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.conversion import convert, in_range_and_layout
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.spec import TensorSpec
from mobileswap.runtimes.runner import HasDeviceClock, Runner


@dataclass(frozen=True)
class FrameStage:
    """An artifact as a step of a chain.

    Attributes:
        name: of the step.
        artifact: absolute path of the file or package to open.
        feeds: where each input comes from: a name that is passed in, or ``<stage>.<output>`` of an earlier one.
        inputs: as the runtime takes them.
        outputs: as the runtime gives them.
    """

    name: str
    artifact: str
    feeds: Mapping[str, str]
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


@dataclass(frozen=True)
class Frames:
    """What is passed in, which stages it goes through, and what is handed back.

    Attributes:
        stages: in order.
        results: ``<stage>.<output>``; pictures are handed back as (H, W, 3) uint8 RGB, all else as it came.
        given: form of what is passed in and is no picture, by name. Pictures are passed in as (H, W, 3) uint8 RGB.
    """

    stages: tuple[FrameStage, ...]
    results: tuple[str, ...]
    given: Mapping[str, TensorSpec]


class FrameRunner:
    """The stages as one runner.

    Args:
        runners: opened, one per stage, in order.
        frames: what they are to do.
    """

    def __init__(self, runners: Sequence[Runner], frames: Frames) -> None:
        self._runners, self._frames = runners, frames
        self.version, self.ran_on = runners[-1].version, runners[-1].ran_on

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """One frame.

        Raises:
            BadInput: a picture of another size than a stage takes.
            ValueError: a NaN or an infinity where a picture is to be.
        """
        values, specs = dict(inputs), dict(self._frames.given)
        for stage, runner in zip(self._frames.stages, self._runners, strict=True):
            fed = {spec.name: _as_input(values, specs, stage.feeds[spec.name], spec) for spec in stage.inputs}
            outputs = runner.run(fed)
            for spec in stage.outputs:
                values[f"{stage.name}.{spec.name}"] = outputs[spec.name]
                specs[f"{stage.name}.{spec.name}"] = spec
        return {name: to_pixels(values[name], specs[name]) for name in self._frames.results}

    @property
    def device_ms(self) -> list[float]:
        """Of every frame so far, by the devices' own clocks.

        Raises:
            AttributeError: a device has none.
        """
        clocks = [cast("HasDeviceClock", runner).device_ms for runner in self._runners]
        return [sum(stages) for stages in zip(*clocks, strict=True)]

    def close(self) -> None:
        for runner in self._runners:
            runner.close()


def _as_input(values: Mapping[str, Array], specs: Mapping[str, TensorSpec], origin: str, wanted: TensorSpec) -> Array:
    if origin in specs:
        return convert(values[origin], specs[origin], wanted)
    return to_input(values[origin], wanted)


def to_input(pixels: Array, spec: TensorSpec) -> Array:
    """(H, W, 3) uint8 RGB to what the runner takes.

    Raises:
        BadInput: the runner takes another size.
    """
    if pixels.shape != (spec.height, spec.width, 3):
        raise BadInput(f"{spec.name}: expected a picture of ({spec.height}, {spec.width}, 3), came {pixels.shape}")
    return convert(pixels[np.newaxis], replace(spec.bitmap(), colour="RGB"), spec)


def to_pixels(array: Array, spec: TensorSpec) -> Array:
    """A picture to (H, W, 3) uint8 RGB, levels rounded to the nearest and clipped; what is none stays.

    Raises:
        ValueError: a NaN or an infinity, which no level stands for.
    """
    if not spec.is_picture:
        return array
    rgb = replace(spec.bitmap(), colour="RGB")
    if not np.isfinite(in_range_and_layout(array, spec, rgb)).all():
        raise ValueError(f"{spec.name}: a NaN or an infinity came out, and no picture shows that")
    return np.ascontiguousarray(convert(array, spec, rgb)[0])
