"""Types, ranks and sizes of what flows through an operation."""

from mobileswap.contracts.lint_report import Verdict
from mobileswap.formats.mil.program import FLEXIBLE, Operation, Variable
from mobileswap.lint.ane.operation_view import Hit, View, listed
from mobileswap.lint.ane.tier import LARGE_TENSORS, Presence

_WHOLE = ("int32", "int64", "uint32", "uint64", "bool")
_SMALL_EXTENT, _LARGE_EXTENT = 16384, 65536


def single_precision(op: Operation, view: View) -> Hit | None:
    if view.is_border(op):
        return Hit(Verdict.OK, "a cast at the border, beside the Neural Engine in any case")
    found = [variable for variable in view.data(op) if variable.dtype == "fp32"]
    if not found:
        return None
    return Hit(Verdict.FALLS_OFF, "float32 flows through it; the Neural Engine computes in float16")


def whole_numbers(op: Operation, view: View) -> Hit | None:
    found = sorted({variable.dtype for variable in view.data(op) if variable.dtype in _WHOLE})
    return Hit(Verdict.AT_RISK, f"{' and '.join(found)} flows through it; float16 is sure") if found else None


def rank(op: Operation, view: View) -> Hit | None:
    most = max((len(variable.shape) for variable in view.data(op)), default=0)
    return Hit(Verdict.FALLS_OFF, f"a tensor of rank {most}; at most 5") if most > 5 else None


def flexible(op: Operation, view: View) -> Hit | None:
    if not any(FLEXIBLE in variable.shape for variable in view.data(op)):
        return None
    if view.program.enumerated:
        return Hit(Verdict.AT_RISK, "one of several listed shapes; iOS 17.4 and ReshapeFrequency.Infrequent help")
    return Hit(Verdict.FALLS_OFF, "a size is not fixed in the file")


def extent(op: Operation, view: View) -> Hit | None:
    """N and C up to 65536; H, W and D up to 16384, from the A16 on 65536."""
    over_small, over_large = (
        [variable for variable in view.data(op) if _exceeds(variable, limit)]
        for limit in (_SMALL_EXTENT, _LARGE_EXTENT)
    )
    if over_large:
        return Hit(Verdict.FALLS_OFF, f"{listed(over_large[0].shape)}; at most {_LARGE_EXTENT} along an axis")
    presence = view.chip.has(LARGE_TENSORS)
    if not over_small or presence is Presence.PRESENT:
        return None
    verdict = Verdict.AT_RISK if presence is Presence.DISPUTED else Verdict.FALLS_OFF
    return Hit(verdict, f"{listed(over_small[0].shape)}; at most {_SMALL_EXTENT} along height, width and depth")


def _exceeds(variable: Variable, limit: int) -> bool:
    spatial = variable.shape[2:] if len(variable.shape) > 2 else variable.shape[-1:]
    others = variable.shape[: len(variable.shape) - len(spatial)]
    return any(size > limit for size in spatial) or any(size > _LARGE_EXTENT for size in others)
