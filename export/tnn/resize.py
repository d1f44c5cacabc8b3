"""Resize and the Upsample of old opsets.

ONNX has many rules for which input pixel an output pixel is made of, TNN has one for nearest and two for bilinear and
cubic. Instead of matching names we compute where both rules look, for every row and column, and refuse where they
disagree. So ``asymmetric`` nearest by an integer passes, and ``half_pixel`` does where it happens to be the same.

TNN's X86 device does not keep its own rule for nearest: it is compiled with -ffast-math, gcc 12 takes an approximate
reciprocal for in/out, and every second pixel is the one before (TNN f0cb081). Its reference device is right. Nothing
written into the file can help; whoever runs nearest on X86 has to compile TNN without that flag.
"""

import numpy as np
import numpy.typing as npt

from mobileswap.export.tnn.emitter import Emitter
from mobileswap.export.tnn.graph import Graph, Node

_NEAREST, _LINEAR, _CUBIC = 1, 2, 3
_MODES = {"nearest": _NEAREST, "linear": _LINEAR, "bilinear": _LINEAR, "cubic": _CUBIC}
_CLOSE = 1e-4  # of a pixel; TNN computes positions in float32

Positions = npt.NDArray[np.float64]


def resize(node: Node, graph: Graph, out: Emitter) -> None:
    before, after = graph.shape(node.inputs[0], node), graph.shape(node.outputs[0], node)
    if len(before) != 4 or before[:2] != after[:2]:
        raise node.refuse(f"{before} to {after}; only H and W of (N, C, H, W)")
    mode = node.text("mode", "nearest")
    if mode not in _MODES:
        raise node.refuse(f"mode {mode!r}")
    if node.integer("antialias", 0):
        raise node.refuse("antialias")
    if node.text("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise node.refuse(f"keep_aspect_ratio_policy {node.text('keep_aspect_ratio_policy', '')!r}")
    if mode == "cubic" and (node.integer("exclude_outside", 0) or node.real("cubic_coeff_a", -0.75) != -0.75):
        raise node.refuse("cubic with exclude_outside or another cubic_coeff_a than -0.75")
    scales = _scales(node, graph, before, after)
    if mode == "nearest":
        align_corners = 0
        _require_same_pixels(node, before[2:], after[2:], scales)
    else:
        align_corners = _corners(node, mode, before[2:], after[2:], scales)
    out.emit("Upsample", node.inputs[:1], node.outputs, (_MODES[mode], *scales, align_corners, *after[2:]))


def _scales(node: Node, graph: Graph, before: tuple[int, ...], after: tuple[int, ...]) -> tuple[float, float]:
    """(H, W) as the rules use them: those given, else out / in."""
    given = None
    if node.op == "Upsample":
        given = node.attributes.get("scales") or graph.constant(node.input(1), node, "scales")
    elif node.input(2) and graph.shape(node.input(2), node) != (0,):
        given = graph.constant(node.input(2), node, "scales")
    if given is None:
        return after[2] / before[2], after[3] / before[3]
    axes = [axis % 4 for axis in node.integers("axes", (0, 1, 2, 3))]
    full = dict.fromkeys(range(4), 1.0) | {axis: float(value) for axis, value in zip(axes, given, strict=True)}
    return full[2], full[3]


def _positions(node: Node, before: int, after: int, scale: float) -> Positions:
    """Where ONNX looks, in input pixels, for each output pixel."""
    rule = node.text("coordinate_transformation_mode", "half_pixel")
    if node.op == "Upsample":
        rule = "asymmetric"
    x = np.arange(after, dtype=np.float64)
    match rule:
        case "half_pixel":
            return (x + 0.5) / scale - 0.5
        case "pytorch_half_pixel":
            return (x + 0.5) / scale - 0.5 if after > 1 else np.zeros(1)
        case "align_corners":
            return x * (before - 1) / (after - 1) if after > 1 else np.zeros(1)
        case "asymmetric":
            return x / scale
    raise node.refuse(f"coordinate_transformation_mode {rule!r}")


def _require_same_pixels(
    node: Node, before: tuple[int, ...], after: tuple[int, ...], scales: tuple[float, float]
) -> None:
    default = "floor" if node.op == "Upsample" else "round_prefer_floor"
    rounding = node.text("nearest_mode", default)
    for old, new, scale in zip(before, after, scales, strict=True):
        if old == new:
            continue
        wanted = _rounded(node, _positions(node, old, new, scale), rounding).clip(0, old - 1)
        ratio = np.float32(old) / np.float32(new)
        found = np.floor(np.arange(new, dtype=np.float32) * ratio)
        if not np.array_equal(wanted, found):
            rule = node.text("coordinate_transformation_mode", "half_pixel")
            raise node.refuse(f"nearest {rule}/{rounding} from {old} to {new} picks other pixels than TNN's floor")


def _rounded(node: Node, positions: Positions, rounding: str) -> Positions:
    match rounding:
        case "floor":
            return np.floor(positions)
        case "ceil":
            return np.ceil(positions)
        case "round_prefer_floor":
            return np.ceil(positions - 0.5)
        case "round_prefer_ceil":
            return np.floor(positions + 0.5)
    raise node.refuse(f"nearest_mode {rounding!r}")


def _corners(
    node: Node, mode: str, before: tuple[int, ...], after: tuple[int, ...], scales: tuple[float, float]
) -> int:
    """TNN's align_corners, 1 or 0, under which it looks where ONNX does."""
    for align_corners in (1, 0):
        if all(
            _agree(_positions(node, old, new, scale), _tnn_positions(old, new, align_corners), old, mode)
            for old, new, scale in zip(before, after, scales, strict=True)
        ):
            return align_corners
    rule = node.text("coordinate_transformation_mode", "half_pixel")
    raise node.refuse(f"{mode} {rule} from {before} to {after}; TNN knows half_pixel and align_corners")


def _tnn_positions(before: int, after: int, align_corners: int) -> Positions:
    x = np.arange(after, dtype=np.float64)
    if after == 1:
        return np.zeros(1)
    return x * (before - 1) / (after - 1) if align_corners else (x + 0.5) * before / after - 0.5


def _agree(wanted: Positions, found: Positions, size: int, mode: str) -> bool:
    if mode != "cubic":  # a bilinear position outside is the edge itself
        wanted, found = wanted.clip(0, size - 1), found.clip(0, size - 1)
    return bool(np.abs(wanted - found).max() < _CLOSE)
