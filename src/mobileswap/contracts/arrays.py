"""What a tensor is on its way between the steps."""

from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]
