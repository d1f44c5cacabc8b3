"""What may come out otherwise than on the CPU, wherever the operation runs on the Neural Engine."""

import numpy as np

from mobileswap.contracts.lint_report import Verdict
from mobileswap.formats.mil.program import FLOATS, Operation
from mobileswap.lint.ane.operation_view import Hit, View, numbers
from mobileswap.lint.ane.tier import WHOLE_SLICES, Presence

_LARGEST_HALF = 65504.0
_SHIFTED = {"inverse": 1e-7}  # where the shift is more than the rounding of x around 1
_SQUARES = ("l2_norm", "reduce_l2_norm", "reduce_sum_square", "square")
_TABLES = frozenset(["gelu", "sigmoid", "silu", "softplus", "tanh", "erf", "exp", "softsign", "scaled_tanh", "elu"])


def out_of_range(op: Operation, view: View) -> Hit | None:
    """Only constants can be seen in a file; what the values become needs inputs."""
    if not all(peak <= _LARGEST_HALF for peak, _ in view.constants(op)):
        return Hit(Verdict.NUMERIC_RISK, "a constant is beyond 65504, or no number")
    return None


def cut_inside_a_row(op: Operation, view: View) -> Hit | None:
    if view.chip.has(WHOLE_SLICES) is Presence.PRESENT or _first_column(op) == 0:
        return None
    doubt = " (whether on this chip is disputed)" if view.chip.has(WHOLE_SLICES) is Presence.DISPUTED else ""
    return Hit(Verdict.NUMERIC_RISK, f"begins inside the last axis: a value beyond 4094 becomes infinite{doubt}")


def masks_and_squares(op: Operation, view: View) -> Hit | None:
    if any(has_minus_infinity for _, has_minus_infinity in view.constants(op)):
        return Hit(Verdict.NUMERIC_RISK, "a constant is −inf, which the hardware does not handle; use about −40000")
    if op.type in _SQUARES or (op.type == "mul" and op.variable("x") is op.variable("y")):
        return Hit(Verdict.NUMERIC_RISK, "squares: beyond 256 the square is infinite in float16")
    return None


def shifted_division(op: Operation, _: View) -> Hit | None:
    """Of ``inverse`` and its kin: MIL adds the epsilon to x, and converters leave it at its default."""
    if op.type not in _SHIFTED:
        return None
    epsilon = float(np.abs(np.asarray(op.constant("epsilon"))).max(initial=0.0))
    if epsilon >= _SHIFTED[op.type]:
        return Hit(Verdict.NUMERIC_RISK, f"computes 1 / (x + {epsilon:g}), not 1 / x: write a division by x")
    return None


def activation(op: Operation, _: View) -> Hit | None:
    if op.type == "leaky_relu":
        return Hit(Verdict.NUMERIC_RISK, "behind a convolution, other values than the CPU's were reported")
    if op.type in _TABLES and op.outputs[0].dtype in FLOATS:
        return Hit(Verdict.OK, "read from a table: differs from the CPU in the last place")
    return None


def _first_column(op: Operation) -> int:
    """The first cell of the last axis that a slice or crop takes; 0 where it takes all, or is none."""
    match op.type:
        case "slice_by_index":
            return _begin(op)
        case "slice_by_size":
            begin = numbers(op, "begin")
            return begin[-1] if begin else 1
        case "crop":
            return (numbers(op, "crop_width") or (0,))[0]
    return 0


def _begin(op: Operation) -> int:
    begin, mask = numbers(op, "begin"), numbers(op, "begin_mask")
    if begin is None:
        return 1  # of run time: it may be anything
    first = 0 if mask and mask[-1] else begin[-1]
    return first + op.variable("x").shape[-1] if first < 0 else first
