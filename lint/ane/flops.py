"""Work per operation: two for each multiplication with its addition, one for each other arithmetic step.

What only moves values is 0. Where the number of steps depends on how a chip does it, as for tanh, it is not counted.
"""

from collections.abc import Callable
from math import prod

from mobileswap.formats.mil.program import FLEXIBLE, Operation, Variable

Count = Callable[[Operation], int]


def flops(op: Operation) -> int | None:
    """The work of one pass, or None where it is not counted, be it for the type or for a flexible shape."""
    shapes = [variable.shape for variables in (*op.inputs.values(), op.outputs) for variable in variables]
    if any(FLEXIBLE in shape for shape in shapes) or op.type not in COUNTS:
        return None
    return COUNTS[op.type](op)


def _cells(variable: Variable) -> int:
    return prod(variable.shape)


def _conv(op: Operation) -> int:
    """Each output is a sum over the kernel's cells and the channels of its group: weight (C_out, C_in / groups, *K)."""
    return 2 * _cells(op.outputs[0]) * prod(op.variable("weight").shape[1:])


def _conv_transpose(op: Operation) -> int:
    """Each input goes to the kernel's cells and the channels of its group: weight (C_in, C_out / groups, *K)."""
    return 2 * _cells(op.variable("x")) * prod(op.variable("weight").shape[1:])


def _linear(op: Operation) -> int:
    return 2 * _cells(op.outputs[0]) * op.variable("weight").shape[-1]


def _matmul(op: Operation) -> int:
    x = op.variable("x").shape
    inner = x[-2] if len(x) > 1 and op.has("transpose_x") and op.flag("transpose_x") else x[-1]
    return 2 * _cells(op.outputs[0]) * inner


def _per_output(steps: int) -> Count:
    return lambda op: steps * _cells(op.outputs[0])


def _per_input(steps: int) -> Count:
    return lambda op: steps * _cells(op.variable("x"))


def _pool(op: Operation) -> int:
    return _cells(op.outputs[0]) * prod(op.integers("kernel_sizes"))


_STEP = ("abs", "add", "clip", "floor_div", "leaky_relu", "maximum", "minimum", "mul", "prelu", "real_div", "relu")
_MORE_STEPS = ("relu6", "square", "sub")
_REDUCTIONS = ("reduce_max", "reduce_mean", "reduce_min", "reduce_sum")
_SQUARE_REDUCTIONS = ("reduce_l2_norm", "reduce_sum_square")
_MOVES = (
    *("cast", "concat", "crop", "depth_to_space", "expand_dims", "flatten2d", "gather", "identity", "pad"),
    *("pixel_shuffle", "pixel_unshuffle", "reshape", "reverse", "slice_by_index", "slice_by_size", "space_to_depth"),
    *("split", "squeeze", "stack", "tile", "transpose", "upsample_nearest_neighbor"),
)
COUNTS: dict[str, Count] = {
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "linear": _linear,
    "matmul": _matmul,
    "batch_norm": _per_output(2),
    "avg_pool": _pool,
    "max_pool": _pool,
    **dict.fromkeys((*_STEP, *_MORE_STEPS), _per_output(1)),
    **dict.fromkeys(_REDUCTIONS, _per_input(1)),
    **dict.fromkeys(_SQUARE_REDUCTIONS, _per_input(2)),
    **dict.fromkeys(_MOVES, _per_output(0)),
}
