"""A program bound to PyTorch's kernels once, and run any number of times."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mobileswap.formats.mil.program import CONTRADICTIONS, Call, Operation, Program, Variable
from mobileswap.runtimes.reference.mil.operation_table import TABLE

Observe = Callable[[str, str, str, Tensor], None]  # operation's name and type, output's name, its value


@dataclass(frozen=True)
class _Step:
    """One operation, ready to run, and the values that nothing needs after it."""

    operation: Operation
    call: Call
    last_used: tuple[Variable, ...]


class Execution:
    """The steps of a program.

    In fp32 every operation computes in float32 from the weights as they are stored. With ``rounds`` every value that
    the file declares as fp16 is rounded to it, to nearest even and to ±inf beyond 65504, while one operation still
    adds up in float32: the best that a device's fp16 can do, not the worst. Values declared fp32 stay float32.
    """

    def __init__(self, program: Program, *, rounds: bool, observe: Observe | None = None) -> None:
        """Bind every operation to its kernel.

        Raises:
            UnknownOperation: an operation has an attribute that is not known.
        """
        self._program = program
        self._rounds = rounds
        self._observe = observe
        calls = [bind(operation) for operation in program.operations]
        used = {variable for call in calls for variable in call.arguments} | set(program.outputs)
        self._constants = {variable: variable.tensor for variable in used if variable.constant is not None}
        self._steps = tuple(_Step(*parts) for parts in in_order(program, calls))

    def run(self, inputs: Mapping[Variable, Tensor]) -> list[Tensor]:
        """One pass; the outputs in the program's order, floats as float32.

        Args:
            inputs: a value for each of the program's inputs, floats as float32.

        Raises:
            UnknownOperation: an operation's result is not of the shape that the file declares.
        """
        with torch.inference_mode():
            values = self._start(inputs)
            for step in self._steps:
                self._advance(step, values)
            return [values[variable] for variable in self._program.outputs]

    def steps(self, inputs: Mapping[Variable, Tensor]) -> Iterator[tuple[Operation, tuple[Tensor, ...]]]:
        """One pass, operation by operation, each with its results: for two executions side by side."""
        values = self._start(inputs)
        for step in self._steps:
            with torch.inference_mode():
                results = self._advance(step, values)
            yield step.operation, results

    def _start(self, inputs: Mapping[Variable, Tensor]) -> dict[Variable, Tensor]:
        return self._constants | {variable: self._round(variable, tensor) for variable, tensor in inputs.items()}

    def _advance(self, step: _Step, values: dict[Variable, Tensor]) -> tuple[Tensor, ...]:
        operation = step.operation
        result = step.call.function(*(values[variable] for variable in step.call.arguments))
        results = (result,) if isinstance(result, Tensor) else result
        rounded = []
        for variable, tensor in zip(operation.outputs, results, strict=True):
            if tensor.shape != variable.shape:
                raise operation.refuse(f"result {tuple(tensor.shape)}, while the file declares {variable.shape}")
            values[variable] = self._round(variable, tensor)
            rounded.append(values[variable])
            if self._observe is not None:
                self._observe(operation.name, operation.type, variable.name, values[variable])
        for variable in step.last_used:
            del values[variable]
        return tuple(rounded)

    def _round(self, variable: Variable, tensor: Tensor) -> Tensor:
        if self._rounds and variable.dtype == "fp16":
            return tensor.half().float()
        return tensor


def bind(operation: Operation) -> Call:
    """The kernel of an operation, with its parameters.

    Raises:
        UnknownOperation: it has an attribute that is not known, or parameters that contradict one another.
    """
    try:
        return TABLE[operation.type](operation)
    except CONTRADICTIONS as error:
        raise operation.refuse(f"its parameters do not fit together ({type(error).__name__}: {error})") from error


def in_order(program: Program, calls: Sequence[Call]) -> list[tuple[Operation, Call, tuple[Variable, ...]]]:
    """Operations with their calls, and the values that nothing needs after each."""
    seen = set(program.outputs)
    steps = []
    for operation, call in zip(reversed(program.operations), reversed(calls), strict=True):
        touched = dict.fromkeys(v for v in (*call.arguments, *operation.outputs) if v.constant is None)
        steps.append((operation, call, tuple(variable for variable in touched if variable not in seen)))
        seen.update(touched)
    return steps[::-1]
