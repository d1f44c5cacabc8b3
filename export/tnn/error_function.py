"""Erf in layers that every device has a kernel of: TNN's own Erf has none on ARM, OpenCL and Metal (f0cb081).

Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: for x ≥ 0, with t = 1 / (1 + p·x),
erf(x) = 1 − (a1·t + a2·t² + a3·t³ + a4·t⁴ + a5·t⁵)·exp(−x²), to 1.5e-7, which is the rounding of float32.
"""

import numpy as np

from mobileswap.export.tnn.emitter import Emitter
from mobileswap.export.tnn.graph import Graph, Node

_P = 0.3275911
_A = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
_BLOBS, _CONSTANT_RIGHT = -1, 1


def erf(node: Node, graph: Graph, out: Emitter) -> None:
    """The polynomial of |x|, with the sign of x."""
    del graph
    x, result = node.inputs[0], node.outputs[0]

    def layer(type_: str, *blobs: str, target: str = "") -> str:
        made = target or out.step(result)
        out.emit(type_, blobs, [made], (_BLOBS,) if len(blobs) > 1 else ())
        return made

    def with_number(type_: str, blob: str, number: float) -> str:
        made = out.step(result)
        out.emit(type_, [blob], [made], (_CONSTANT_RIGHT,), (np.asarray([number], np.float32),))
        return made

    size = layer("Abs", x)
    t = layer("Reciprocal", with_number("Add", with_number("Mul", size, _P), 1.0))
    sum_ = with_number("Mul", t, _A[-1])
    for factor in reversed(_A[:-1]):
        sum_ = layer("Mul", with_number("Add", sum_, factor), t)
    bell = layer("Exp", layer("Neg", layer("Mul", size, size)))
    rest = layer("Mul", sum_, bell)
    positive = with_number("Add", layer("Neg", rest), 1.0)
    layer("Mul", layer("Sign", x), positive, target=result)
