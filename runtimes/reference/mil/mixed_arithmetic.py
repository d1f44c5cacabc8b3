"""A program of which some operations compute in float32 and the others in fp16, before there is such a file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import inf, isnan

import torch
from torch import Tensor

from mobileswap.formats.mil.program import Call, Operation, Program, Variable
from mobileswap.runtimes.reference.mil.execute import bind, in_order

SUFFIX = "_cast_fp16"  # what coremltools 9.0 adds to the name of an operation that it takes to fp16
_DIRECTIONS = 8  # of the output, along which an error is followed: its energy is then right to about one half


@dataclass(frozen=True)
class _DualStep:
    """An operation as both files have it; ``half`` is None where the fp16 file computes it in float32 as well."""

    operation: Operation
    wide: Call
    half: Call | None
    last_used: tuple[Variable, ...]

    @property
    def calls(self) -> tuple[Call, ...]:
        return (self.wide,) if self.half is None else (self.wide, self.half)


class MixedExecution:
    """The same program from an fp32 and an fp16 file: each operation is taken from the one or the other.

    coremltools casts at the borders of an operation: what goes into one in fp16 is rounded first, its parameters are
    those that the fp16 file stores, and what comes out is rounded; between two in float32 nothing is. So this gives,
    to the bit, what a file with these operations in float32 gives in ``MilRunner``. Both programs may be the same.
    """

    def __init__(self, wide: Program, half: Program) -> None:
        """Bind both programs' operations.

        Raises:
            UnknownOperation: an operation has an attribute that is not known.
        """
        twins = {operation.name.removesuffix(SUFFIX): operation for operation in half.operations}
        self._program = wide
        self._steps = tuple(
            _DualStep(operation, call, _half_call(operation, twins.get(operation.name.removesuffix(SUFFIX))), last_used)
            for operation, call, last_used in in_order(wide, [bind(operation) for operation in wide.operations])
        )
        used = {variable for step in self._steps for call in step.calls for variable in call.arguments}
        constants = {variable for variable in used | set(wide.outputs) if variable.constant is not None}
        self._constants = {variable: variable.tensor for variable in constants}

    @property
    def operations(self) -> tuple[Operation, ...]:
        return self._program.operations

    @property
    def candidates(self) -> tuple[Operation, ...]:
        """Operations that the fp16 file computes in fp16, in order."""
        return tuple(step.operation for step in self._steps if step.half is not None)

    def run(self, inputs: Mapping[str, Tensor], kept: Collection[str], *, rounds: bool = True) -> dict[str, Tensor]:
        """One pass.

        Args:
            inputs: by name, floats as float32.
            kept: names of operations to take from the fp32 file.
            rounds: False computes in float32 throughout, on the parameters of both files.

        Returns:
            The outputs by name.
        """
        with torch.inference_mode():
            values = self._start(inputs)
            rounded: set[Variable] = set()
            for step in self._steps:
                if step.half is None or step.operation.name in kept:
                    results = _tuple(step.wide.function(*(self._value(v, values) for v in step.wide.arguments)))
                else:
                    results = self._half(step, values, rounded if rounds else None)
                    if rounds:
                        results = tuple(map(_round, results))
                        rounded.update(step.operation.outputs)
                values.update(zip(step.operation.outputs, results, strict=True))
                for variable in step.last_used:
                    del values[variable]
            return self._outputs(values)

    def energies(
        self, inputs: Mapping[str, Tensor], weights: Mapping[str, float], *, whole: bool, seed: int = 0
    ) -> dict[str, float]:
        """By operation, the squared error at the outputs with it alone in fp16, as far as that is linear.

        An operation's error is that of its result where all before it is exact. It is followed to the
        outputs by the gradients of a few random mixtures of them, at the price of as many backward passes; running
        the rest of the program for each operation would cost hundreds. Infinite where fp16 overflows.

        Args:
            inputs: by name, floats as float32.
            weights: of the outputs, by name, that make their errors comparable.
            whole: of all that taking the operation from the fp16 file does, the rounding of what it takes included;
                else of the rounding of its result only.
            seed: of the mixtures.
        """
        values = {
            variable: tensor.clone().requires_grad_(tensor.is_floating_point())
            for variable, tensor in self._start(inputs).items()
        }
        found = dict.fromkeys((operation.name for operation in self.candidates), 0.0)
        with torch.enable_grad():
            for step in self._steps:
                results = _tuple(step.wide.function(*(self._value(v, values) for v in step.wide.arguments)))
                if step.half is not None:
                    with torch.no_grad():
                        halves = self._half(step, values, set())
                    for exact, half in zip(results, halves, strict=True):
                        error = _round(half) - (exact.detach() if whole else half)
                        _follow(exact, error, step.operation.name, found)
                values.update(zip(step.operation.outputs, results, strict=True))
                for variable in step.last_used:
                    del values[variable]
            outputs = [output * weights[name] for name, output in self._outputs(values).items()]
            drawn = torch.Generator().manual_seed(seed)
            for _ in range(_DIRECTIONS):
                mixture = torch.stack(
                    [(output * torch.randn(output.shape, generator=drawn)).sum() for output in outputs]
                )
                mixture.sum().backward(retain_graph=True)  # type: ignore[no-untyped-call]
        return {name: inf if isnan(energy) else energy for name, energy in found.items()}

    def _start(self, inputs: Mapping[str, Tensor]) -> dict[Variable, Tensor]:
        return {variable: inputs[variable.name] for variable in self._program.inputs}

    def _outputs(self, values: Mapping[Variable, Tensor]) -> dict[str, Tensor]:
        return {variable.name: self._value(variable, values) for variable in self._program.outputs}

    def _value(self, variable: Variable, values: Mapping[Variable, Tensor]) -> Tensor:
        return values[variable] if variable.constant is None else self._constants[variable]

    def _half(
        self, step: _DualStep, values: dict[Variable, Tensor], rounded: set[Variable] | None
    ) -> tuple[Tensor, ...]:
        """The operation as the fp16 file has it, its results not yet rounded.

        ``rounded`` are variables that hold fp16 already; None where what it takes is not rounded.
        """
        assert step.half is not None
        arguments = []
        for variable, own in zip(step.wide.arguments, step.half.arguments, strict=True):
            if own.constant is not None:
                arguments.append(self._constants[own])
            elif rounded is None or variable in rounded:
                arguments.append(values[variable])
            else:
                arguments.append(_round(values[variable]))
        return _tuple(step.half.function(*arguments))


def _half_call(operation: Operation, twin: Operation | None) -> Call | None:
    if twin is None or twin.type != operation.type or not any(variable.dtype == "fp16" for variable in twin.outputs):
        return None
    return bind(twin)


def _round(tensor: Tensor) -> Tensor:
    return tensor.half().float() if tensor.is_floating_point() else tensor


def _tuple(result: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (result,) if isinstance(result, Tensor) else tuple(result)


def _follow(exact: Tensor, error: Tensor, name: str, energies: dict[str, float]) -> None:
    """With every backward pass that reaches ``exact``, add the energy that its error has at the outputs."""
    if not exact.requires_grad:  # made of parameters alone
        return
    kept = error.bfloat16()  # range before precision, and half the memory

    def add(gradient: Tensor) -> None:
        energies[name] += float((gradient * kept.float()).sum()) ** 2 / _DIRECTIONS

    exact.register_hook(add)  # type: ignore[no-untyped-call]
