"""The form in which tensors cross a runtime's own border."""

from collections.abc import Sequence

from mobileswap.contracts.spec import LEVELS, TensorSpec
from mobileswap.runtimes.runtime_entries import find_runtime


def at_border(specs: Sequence[TensorSpec], runtime: str) -> tuple[TensorSpec, ...]:
    """An artifact's specs as a runtime takes and gives them: a picture of levels may be a bitmap there."""
    if not find_runtime(runtime).bitmaps:
        return tuple(specs)
    return tuple(spec.bitmap() if spec.is_picture and spec.value_range == LEVELS else spec for spec in specs)
