"""Where the axes lie, what is broadcast, and how much has to be held at once."""

from mobileswap.contracts.lint_report import Verdict
from mobileswap.formats.mil.program import Operation, Variable
from mobileswap.lint.ane.operation_view import Hit, View, bytes_of, last_axis, listed, numbers

_BINARY = (
    *("add", "sub", "mul", "real_div", "floor_div", "pow", "maximum", "minimum"),
    *("equal", "not_equal", "greater", "greater_equal", "less", "less_equal"),
)
_RESHAPES = ("expand_dims", "flatten2d", "reshape", "squeeze")
_IMAGE_RANK = 4
_CHANNELS = 1
_ALIGNMENT = 32  # float16 values in the 64 bytes that a row takes up
_WORKING_SET = 2 << 20


def broadcast(op: Operation, view: View) -> Hit | None:
    """From an axis of 1, in rank 4. A constant that is a single number is part of the operation, and no broadcast."""
    if op.type not in _BINARY:
        return None
    x, y = op.variable("x"), op.variable("y")
    if x.shape == y.shape or any(view.is_weight(variable) and _is_single(variable) for variable in (x, y)):
        return None
    if len(x.shape) != len(y.shape) or len(x.shape) != _IMAGE_RANK:
        return Hit(Verdict.AT_RISK, f"{listed(x.shape)} with {listed(y.shape)}; only rank 4 is sure to broadcast")
    if any(1 not in pair and pair[0] != pair[1] for pair in zip(x.shape, y.shape, strict=True)):
        return Hit(Verdict.AT_RISK, f"{listed(x.shape)} with {listed(y.shape)}; only an axis of 1 is sure to broadcast")
    return None


def singleton(op: Operation, view: View) -> Hit | None:
    stored = [variable for variable in op.outputs if len(variable.shape) > 1 and last_axis(variable) == 1]
    if not stored or view.is_border(op) or all(_is_single(variable) for variable in stored):
        return None
    return Hit(Verdict.SLOW, f"the last axis of {listed(stored[0].shape)} is 1: 32 times the memory in float16")


def unaligned(variable: Variable) -> Hit | None:
    """Of an input or output of the program."""
    if not variable.shape or last_axis(variable) % _ALIGNMENT == 0:
        return None
    return Hit(
        Verdict.NUMERIC_RISK,
        f"{variable.name}: the last axis of {listed(variable.shape)} is no multiple of {_ALIGNMENT}; slow, and garbage "
        "was reported",
    )


def moves_the_last_axis(op: Operation, _: View) -> Hit | None:
    if op.type == "transpose":
        order = numbers(op, "perm")
        touched = order is None or order[-1] % len(order) != len(order) - 1
    elif op.type in _RESHAPES:
        touched = last_axis(op.variable("x")) != last_axis(op.outputs[0])
    else:
        return None
    return Hit(Verdict.SLOW, "the last axis changes: everything is written anew") if touched else None


def product(op: Operation, _: View) -> Hit | None:
    if op.type not in ("linear", "matmul"):
        return None
    return Hit(Verdict.AT_RISK, f"{op.type} may go to the CPU; a 1×1 convolution is what the hardware does")


def softmax(op: Operation, _: View) -> Hit | None:
    if op.type != "softmax":
        return None
    axis = (numbers(op, "axis") or (-1,))[0] % max(len(op.variable("x").shape), 1)
    return Hit(Verdict.SLOW, "over height or width; over the channels it can be split") if axis != _CHANNELS else None


def working_set(op: Operation, view: View) -> Hit | None:
    if view.is_border(op):
        return None
    held = {variable for variables in (*op.inputs.values(), op.outputs) for variable in variables}
    total = sum(bytes_of(variable) for variable in held)
    if total <= _WORKING_SET:
        return None
    return Hit(Verdict.SLOW, "works on more than 2 MiB at once: in tiles, through main memory")


def _is_single(variable: Variable) -> bool:
    return all(size == 1 for size in variable.shape)
