"""Convolutions and pooling."""

from mobileswap.contracts.lint_report import Verdict
from mobileswap.formats.mil.program import Operation
from mobileswap.lint.ane.operation_view import Hit, View, listed, numbers
from mobileswap.lint.ane.tier import WIDE_KERNELS, Presence

_CONVOLUTIONS = ("conv", "conv_transpose")
_POOLS = ("avg_pool", "l2_pool", "max_pool")
_SPATIAL = 2  # axes of a picture


def kernel(op: Operation, view: View) -> Hit | None:
    """Width up to 13, later 16; height up to 29, later 32, although one source met no limit there."""
    if op.type not in _CONVOLUTIONS:
        return None
    cells = op.variable("weight").shape[2:]
    height, width = (1, *cells)[-2:]
    presence = view.chip.has(WIDE_KERNELS)
    if width > 16 or (width > 13 and presence is Presence.ABSENT):
        return Hit(Verdict.FALLS_OFF, f"kernel of width {width}; at most {13 if presence is Presence.ABSENT else 16}")
    if width > 13 and presence is Presence.DISPUTED:
        return Hit(Verdict.AT_RISK, f"kernel of width {width}; surely up to 13 only")
    if height > (29 if presence is Presence.ABSENT else 32):
        return Hit(Verdict.AT_RISK, f"kernel of height {height}")
    return None


def stride(op: Operation, view: View) -> Hit | None:
    steps = numbers(op, "strides")
    if op.type not in _CONVOLUTIONS or steps is None:
        return None
    if max(steps) > 2 and op.variable("weight") in view.unpacked:
        return Hit(Verdict.AT_RISK, f"stride {listed(steps)} with palettised weights; up to 2 is sure")
    if any(_rest(step) > 1 for step in steps):
        return Hit(Verdict.SLOW, f"stride {listed(steps)}; products of 2 and 3 are quick")
    if min(steps) > 2 and len(set(steps)) > 1:
        return Hit(Verdict.SLOW, f"unequal strides {listed(steps)}; equal ones, or one of 2, are quick")
    return None


def dilation(op: Operation, _: View) -> Hit | None:
    steps = numbers(op, "dilations")
    if op.type not in _CONVOLUTIONS or steps is None:
        return None
    if any(_rest(step) > 1 for step in steps):
        return Hit(Verdict.AT_RISK, f"dilation {listed(steps)} is no product of 2 and 3")
    if max(steps) > 3:
        return Hit(Verdict.SLOW, f"dilation {listed(steps)}; a chain of dilations 2 and 3 is quicker")
    return None


def form(op: Operation, view: View) -> Hit | None:
    """Groups, three spatial axes, weights that are computed."""
    if op.type not in _CONVOLUTIONS:
        return None
    weight = op.variable("weight")
    if not view.is_weight(weight):
        return Hit(Verdict.FALLS_OFF, "the weights are computed at run time; wrong as well for a batch of two or more")
    if len(weight.shape) - 2 > _SPATIAL:
        return Hit(Verdict.FALLS_OFF, "three spatial axes")
    groups = (numbers(op, "groups") or (1,))[0]
    outside = (op.variable("x").shape[1], op.outputs[0].shape[1])
    if any(channels % groups for channels in outside):
        return Hit(Verdict.FALLS_OFF, f"{groups} groups do not divide {outside[0]} and {outside[1]} channels")
    return None


def transposed(op: Operation, _: View) -> Hit | None:
    if op.type != "conv_transpose":
        return None
    if max(numbers(op, "strides") or (1,)) >= 16:
        return Hit(Verdict.AT_RISK, "stride of 16 or more; wrong numbers were reported")
    if numbers(op, "output_shape") is not None and _is_unusual(op):
        return Hit(
            Verdict.AT_RISK, "the output is not the input times the stride; wrong numbers were reported in float16"
        )
    return None


def pooling(op: Operation, _: View) -> Hit | None:
    if op.type not in _POOLS:
        return None
    cells, steps = numbers(op, "kernel_sizes") or (1,), numbers(op, "strides") or (1,)
    if max(cells) > 13:
        return Hit(Verdict.AT_RISK, f"window {listed(cells)}; up to 13 is sure")
    if any(step not in (2, 4) for step in steps):
        return Hit(Verdict.SLOW, f"stride {listed(steps)}; 2 and 4 are quick")
    return None


def _rest(step: int) -> int:
    """What is left of a number without its factors 2 and 3.

    Raises:
        ValueError: there is no such step.
    """
    if step < 1:
        raise ValueError(f"a step of {step}")
    for factor in (2, 3):
        while step % factor == 0:
            step //= factor
    return step


def _is_unusual(op: Operation) -> bool:
    steps = numbers(op, "strides") or (1,) * (len(op.outputs[0].shape) - 2)
    sizes = zip(op.variable("x").shape[2:], op.outputs[0].shape[2:], steps, strict=True)
    return any(size * step != out for size, out, step in sizes)
