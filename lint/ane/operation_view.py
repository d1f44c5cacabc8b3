"""Questions that several rules ask of an operation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mobileswap.contracts.lint_report import Verdict
from mobileswap.formats.mil.program import FLEXIBLE, FLOATS, Operation, Program, Variable
from mobileswap.lint.ane.tier import Chip

BYTES = {"fp32": 4, "int32": 4, "uint32": 4, "fp16": 2, "int16": 2, "uint16": 2, "int8": 1, "uint8": 1, "bool": 1}
_OPERANDS = ("x", "y", "a", "b", "weight", "bias", "values")
CONSTEXPR = "constexpr_"  # operations that unpack weights when the model is loaded


@dataclass(frozen=True)
class Hit:
    """A rule applies."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class View:
    """A program on a chip.

    Attributes:
        unpacked: variables that hold weights although an operation makes them.
        peaks: of every constant of floats, the largest magnitude apart from −inf, and whether −inf is in it.
    """

    program: Program
    chip: Chip
    unpacked: frozenset[Variable]
    peaks: Mapping[Variable, tuple[float, bool]]

    def on(self, chip: Chip) -> "View":
        return replace(self, chip=chip)

    def is_weight(self, variable: Variable) -> bool:
        return variable.constant is not None or variable in self.unpacked

    def is_border(self, op: Operation) -> bool:
        """A cast between the float type of a caller and the one inside."""
        if op.type != "cast":
            return False
        x, y = op.variable("x"), op.outputs[0]
        floats = x.dtype in FLOATS and y.dtype in FLOATS
        return floats and (x in self.program.inputs or y in self.program.outputs)

    def data(self, op: Operation) -> Iterator[Variable]:
        """What flows through while the model runs: inputs that are no weights, and outputs."""
        for variables in op.inputs.values():
            yield from (variable for variable in variables if not self.is_weight(variable))
        yield from op.outputs

    def constants(self, op: Operation) -> list[tuple[float, bool]]:
        """The peaks of what it computes with; parameters such as a slope are none of it."""
        given = [variable for name in _OPERANDS for variable in op.inputs.get(name, ())]
        return [self.peaks[variable] for variable in given if variable in self.peaks]


def view_of(program: Program, chip: Chip) -> View:
    unpacked = {variable for op in program.operations if op.type.startswith(CONSTEXPR) for variable in op.outputs}
    constants = {variable for op in program.operations for given in op.inputs.values() for variable in given}
    peaks = {variable: _peak(variable) for variable in constants if variable.dtype in FLOATS and _is_held(variable)}
    return View(program, chip, frozenset(unpacked), peaks)


def _is_held(variable: Variable) -> bool:
    return variable.constant is not None


def _peak(variable: Variable) -> tuple[float, bool]:
    found = np.asarray(variable.constant)
    without = np.isneginf(found)
    return float(np.abs(np.where(without, 0, found)).max(initial=0)), bool(without.any())


def numbers(op: Operation, name: str) -> tuple[int, ...] | None:
    """A parameter of whole numbers; None where it is left out or computed at run time."""
    if not op.has(name) or op.variable(name).constant is None:
        return None
    return op.integers(name)


def real(op: Operation, name: str) -> float | None:
    if not op.has(name) or op.variable(name).constant is None:
        return None
    return op.number(name)


def text(op: Operation, name: str) -> str:
    return op.text(name) if op.has(name) and op.variable(name).constant is not None else ""


def is_set(op: Operation, name: str) -> bool:
    return bool(real(op, name))


def bytes_of(variable: Variable) -> int:
    """As it is held while the operation runs; a flexible size counts as one."""
    cells = [1 if size == FLEXIBLE else size for size in variable.shape]
    return BYTES.get(variable.dtype, 0) * int(np.prod(cells, dtype=np.int64))


def last_axis(variable: Variable) -> int:
    return variable.shape[-1] if variable.shape else 1


def listed(sizes: tuple[int, ...]) -> str:
    return "×".join("?" if size == FLEXIBLE else str(size) for size in sizes) or "scalar"
