"""Padding and resizing."""

from mobileswap.contracts.lint_report import Verdict
from mobileswap.formats.mil.program import Operation
from mobileswap.lint.ane.operation_view import Hit, View, is_set, numbers, real, text
from mobileswap.lint.ane.tier import TEXTURE_ENGINE, Presence

RESIZES = (
    "resize",
    "resize_bilinear",
    "resize_nearest_neighbor",
    "upsample_bilinear",
    "upsample_nearest_neighbor",
)
_ALIGNED = ("ALIGN_CORNERS", "STRICT_ALIGN_CORNERS")
_MIRRORS = ("reflect", "symmetric")


def padded_axes(op: Operation, _: View) -> Hit | None:
    """Height and width only. The amounts are what counts: coremltools lists zeros for the axes that stay."""
    axes = _padded(op)
    if axes is None:
        return Hit(Verdict.AT_RISK, "the amounts are computed at run time") if op.type == "pad" else None
    if len(op.variable("x").shape) > 2 and any(axis < 2 for axis in axes):
        return Hit(Verdict.FALLS_OFF, "the batch or the channels are padded")
    if len(axes) > 2:
        return Hit(Verdict.FALLS_OFF, f"{len(axes)} axes are padded")
    return None


def mirrored(op: Operation, view: View) -> Hit | None:
    mode = text(op, "mode")
    if not _padded(op) or mode not in _MIRRORS:
        return None
    match view.chip.has(TEXTURE_ENGINE):
        case Presence.ABSENT:
            return Hit(Verdict.FALLS_OFF, f"padding by {mode} needs a texture engine")
        case Presence.DISPUTED:
            return Hit(Verdict.AT_RISK, f"padding by {mode} needs a texture engine, which this chip may not have")
    return Hit(Verdict.OK, f"padding by {mode} is native with a texture engine")


def padded_with_a_constant(op: Operation, _: View) -> Hit | None:
    if op.type == "pad" and text(op, "mode") == "constant":
        return Hit(Verdict.OK, "padding with a constant is native")
    return Hit(Verdict.OK, "nothing is padded") if _padded(op) == [] else None


def resized(op: Operation, view: View) -> Hit | None:
    if op.type not in RESIZES:
        return None
    match view.chip.has(TEXTURE_ENGINE):
        case Presence.ABSENT:
            return Hit(Verdict.AT_RISK, "no texture engine: done in software, and rounded otherwise")
        case Presence.DISPUTED:
            return Hit(Verdict.AT_RISK, "may be done in software, and rounded otherwise, for want of a texture engine")
    return Hit(Verdict.OK, "native with a texture engine")


def aligned_corners(op: Operation, _: View) -> Hit | None:
    if op.type in RESIZES and (is_set(op, "align_corners") or text(op, "sampling_mode") in _ALIGNED):
        return Hit(Verdict.AT_RISK, "corners are aligned; no source says whether that is native")
    return None


def scale(op: Operation, _: View) -> Hit | None:
    if op.type not in RESIZES:
        return None
    factors = _factors(op)
    if any(factor > 2 or not factor.is_integer() for factor in factors):
        return Hit(Verdict.AT_RISK, f"scaled by {' and '.join(f'{factor:.4g}' for factor in factors)}; 2 is sure")
    return None


def unknown_mode(op: Operation, _: View) -> Hit | None:
    mode = text(op, "mode")
    if op.type == "pad" and mode not in ("constant", *_MIRRORS):
        return Hit(Verdict.AT_RISK, f"padding by {mode or 'a mode of run time'}: no source knows of it")
    return None


def _padded(op: Operation) -> list[int] | None:
    """The axes with an amount that is not 0; None where this is no pad, or the amounts are not known."""
    amounts = numbers(op, "pad") if op.type == "pad" else None
    if amounts is None:
        return None
    first = len(op.variable("x").shape) - len(amounts) // 2
    pairs = zip(amounts[::2], amounts[1::2], strict=True)
    return [first + index for index, pair in enumerate(pairs) if any(pair)]


def _factors(op: Operation) -> list[float]:
    sizes = zip(op.variable("x").shape[-2:], op.outputs[0].shape[-2:], strict=True)
    declared = [real(op, f"scale_factor_{side}") for side in ("height", "width")]
    return [out / size if given is None else given for given, (size, out) in zip(declared, sizes, strict=True)]
