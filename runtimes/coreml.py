"""Core ML itself, through coremltools' predict; macOS only."""

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.runtimes.runner import RunnerOptions

_UNITS = {"all": "ALL", "cpu_only": "CPU_ONLY", "cpu_and_gpu": "CPU_AND_GPU", "cpu_and_ne": "CPU_AND_NE"}


class CoreMlRunner:
    """A compiled model on the compute unit asked for. Core ML chooses its own threads: ``threads`` has no effect.

    A picture crosses the border of Core ML as an image, here as uint8 (1, H, W, 3) RGB.
    """

    def __init__(self, path: Path, options: RunnerOptions) -> None:
        import coremltools as ct

        unit = _UNITS[options.device or "all"]
        self._model: Any = ct.models.MLModel(str(path), compute_units=getattr(ct.ComputeUnit, unit))
        description = self._model.get_spec().description
        self._image_inputs = {f.name for f in description.input if f.type.WhichOneof("Type") == "imageType"}
        self.version = f"coreml macOS {platform.mac_ver()[0]}"
        self.ran_on = ""  # Core ML does not say which unit it took

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        feed = {name: _to_image(array) if name in self._image_inputs else array for name, array in inputs.items()}
        return {name: _to_array(value) for name, value in self._model.predict(feed).items()}

    def close(self) -> None:
        del self._model


def _to_image(array: Array) -> Any:  # noqa: ANN401  PIL is imported only where pictures are
    """The picture of a uint8 array (1, H, W, 3)."""
    from PIL import Image

    return Image.fromarray(array[0])


def _to_array(value: Any) -> Array:  # noqa: ANN401  predict returns arrays and pictures
    """An output as an array; a picture becomes uint8 (1, H, W, 3), its alpha dropped."""
    if isinstance(value, np.ndarray):
        return value
    return np.asarray(value.convert("RGB"))[np.newaxis]
