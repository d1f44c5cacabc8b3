"""One sample before the model has run."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]  # (H, W, 3) RGB
Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ModelInput:
    """A sample: float32 arrays by input name, in the component's own layout and range."""

    name: str
    description: str
    tensors: dict[str, Array]
