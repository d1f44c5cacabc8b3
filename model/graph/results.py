"""What a module gave: one tensor, or several in a tuple."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def in_order(result: "Tensor | tuple[Tensor, ...] | list[Tensor]") -> "tuple[Tensor, ...]":
    """As a tuple in either case."""
    return tuple(result) if isinstance(result, tuple | list) else (result,)


def as_given(results: "tuple[Tensor, ...]") -> "Tensor | tuple[Tensor, ...]":
    """The way back: one tensor stands alone, so that a tracer sees no tuple."""
    return results[0] if len(results) == 1 else results
