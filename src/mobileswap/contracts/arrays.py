"""What a tensor is on its way between the steps."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]
else:
    Array = Any  # NumPy costs 30 ms, and the lists of formats and runtimes, which the help is made of, name this type
