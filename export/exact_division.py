"""What coremltools makes of ``1 / x``: here a division, as it stands in the network.

coremltools 9.0 writes aten::reciprocal, to which PyTorch's tracer also turns ``1 / x``, as MIL's ``inverse`` with its
default epsilon (frontend/torch/ops.py): 1 / (x + 1e-4), which leaves 70 dB of a sound network and 0 where x is small.
Drop it when a converter leaves the epsilon out.
"""

from __future__ import annotations

from typing import Any


def divide_exactly() -> None:
    """Tell coremltools, in this process; to be called before a conversion, once or often."""
    from coremltools.converters.mil import Builder as mb  # noqa: N813  what all of coremltools calls it
    from coremltools.converters.mil.frontend.torch.ops import _get_inputs
    from coremltools.converters.mil.frontend.torch.torch_op_registry import register_torch_op

    def reciprocal(context: Any, node: Any) -> None:  # noqa: ANN401  coremltools has no types
        (x,) = _get_inputs(context, node, expected=1)
        context.add(mb.real_div(x=1.0, y=x, name=node.name))

    register_torch_op(reciprocal, override=True)
