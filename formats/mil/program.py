"""A MIL program as the executor sees it: operations on named values of a type and a static shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mobileswap.contracts.errors import UnknownOperation

if TYPE_CHECKING:
    from torch import Tensor

FLOATS = ("fp16", "fp32")
FLEXIBLE = -1  # a size that the file leaves open; only a surveyed program has it
# What code that relies on MIL's rules raises where the parameters of an operation break them
CONTRADICTIONS = (ValueError, TypeError, LookupError, ArithmeticError, RuntimeError)
Result = Any  # a Tensor, or a tuple of them where the operation has several outputs


@dataclass(frozen=True, eq=False)
class Variable:
    """A value of the program; two are equal only if they are the same one.

    Attributes:
        dtype: MIL's name of it, for instance ``fp16``, ``fp32``, ``int32``, ``bool`` or ``string``.
        shape: static; () is a scalar.
        constant: the value itself where the file holds it, else None.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    constant: npt.NDArray[Any] | str | None = None

    @cached_property
    def tensor(self) -> Tensor:
        """The constant in PyTorch, floats as float32; converted once, however many operations use it."""
        import torch

        kind = np.float32 if self.dtype in FLOATS else None
        return torch.from_numpy(np.array(self.constant, dtype=kind))  # a copy: the file's own is read-only


@dataclass(frozen=True)
class Call:
    """What an operation comes down to: a function of tensors and the variables that are passed to it, in order."""

    function: Callable[..., Result]
    arguments: tuple[Variable, ...]


@dataclass(frozen=True)
class Operation:
    """One operation of the file. Parameters that the file leaves out have MIL's default, or are absent.

    Attributes:
        type: MIL's name of it, for instance ``conv``.
        inputs: parameter name to its variables; a list parameter has any number, all others one.
        written: those parameters that the file itself gives.
    """

    type: str
    name: str
    inputs: dict[str, tuple[Variable, ...]]
    outputs: tuple[Variable, ...]
    written: tuple[str, ...] = ()

    def refuse(self, problem: str) -> UnknownOperation:
        """The error that names this operation, for the caller to raise."""
        return UnknownOperation(f"operation {self.type} {self.name!r}: {problem}")

    def has(self, parameter: str) -> bool:
        return parameter in self.inputs

    def variable(self, parameter: str) -> Variable:
        try:
            (found,) = self.inputs[parameter]
        except (KeyError, ValueError) as error:
            raise self.refuse(f"expected one value for {parameter}") from error
        return found

    def floats(self, *parameters: str) -> tuple[Variable, ...]:
        """Variables that must be floats, since the kernel computes in them.

        Raises:
            UnknownOperation: one is an integer, a bool or a string.
        """
        found = tuple(self.variable(parameter) for parameter in parameters)
        for parameter, variable in zip(parameters, found, strict=True):
            if variable.dtype not in FLOATS:
                raise self.refuse(f"{parameter} is {variable.dtype}; known are fp16 and fp32")
        return found

    def constant(self, parameter: str) -> npt.NDArray[Any] | str:
        """A parameter whose value is in the file.

        Raises:
            UnknownOperation: it is computed while the program runs.
        """
        value = self.variable(parameter).constant
        if value is None:
            raise self.refuse(f"{parameter} is computed at run time; known are constants")
        return value

    def integers(self, parameter: str) -> tuple[int, ...]:
        return tuple(int(value) for value in np.ravel(self.constant(parameter)))

    def integer(self, parameter: str) -> int:
        (value,) = self.integers(parameter)
        return value

    def number(self, parameter: str) -> float:
        return float(np.asarray(self.constant(parameter)).item())

    def flag(self, parameter: str) -> bool:
        return bool(np.asarray(self.constant(parameter)).item())

    def text(self, parameter: str) -> str:
        return str(self.constant(parameter))


@dataclass(frozen=True)
class Program:
    """The one function of a file.

    Attributes:
        inputs: what a caller passes, by the names of the model description.
        outputs: likewise.
        image_inputs: names of the inputs that are described as RGB pictures.
        operations: in an order in which they can be executed; without the constants.
        enumerated: shapes are flexible, and the file lists those that are allowed.
    """

    inputs: tuple[Variable, ...]
    outputs: tuple[Variable, ...]
    image_inputs: frozenset[str]
    operations: tuple[Operation, ...]
    enumerated: bool = False
