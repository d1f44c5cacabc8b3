"""The operations of a specification to those of program.py, each value by its name."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mobileswap.contracts.errors import UnknownOperation
from mobileswap.formats.mil.blob import WeightFiles
from mobileswap.formats.mil.defaults import left_out
from mobileswap.formats.mil.program import FLEXIBLE, FLOATS, Operation, Variable
from mobileswap.formats.mil.values import read_type, read_value

_WITHOUT_OUTPUTS = ("write_state",)


@dataclass(frozen=True)
class Reader:
    """Protobuf's operations to ours. What a name stands for is in a scope, which every operation adds to.

    All methods raise ValueError on what contradicts itself.
    """

    weights: WeightFiles
    executable: bool

    def operations(self, sources: Iterable[Any], scope: dict[str, Variable]) -> Iterator[Operation]:
        for source in sources:
            try:
                if source.type == "const":
                    constant = self._constant(source)
                    scope[constant.name] = constant
                    continue
                operation = self._operation(source, scope)
            except ValueError as error:
                raise ValueError(f"{source.type} {name_of(source)!r}: {error}") from error
            yield operation
            for block in source.blocks:
                inside = {**scope, **{given.name: self.variable(given) for given in block.inputs}}
                yield from self.operations(block.operations, inside)
                for name in block.outputs:
                    defined(name, inside)
            scope.update({variable.name: variable for variable in operation.outputs})

    def variable(self, source: Any) -> Variable:  # noqa: ANN401  a NamedValueType
        type_ = read_type(source.type)
        if self.executable and FLEXIBLE in type_.shape:
            sizes = ", ".join("?" if size == FLEXIBLE else str(size) for size in type_.shape)
            raise UnknownOperation(f"{source.name!r} has a flexible shape ({sizes}); known are static shapes")
        return Variable(source.name, type_.dtype, type_.shape)

    def _constant(self, source: Any) -> Variable:  # noqa: ANN401
        if len(source.outputs) != 1 or "val" not in source.attributes:
            raise ValueError("a constant has one output and one value")
        declared, held = self.variable(source.outputs[0]), self._literal(source.attributes["val"], "")
        if (declared.dtype, declared.shape) != (held.dtype, held.shape):
            raise ValueError(f"declared {declared.dtype} {declared.shape}, and its value {held.dtype} {held.shape}")
        return replace(held, name=declared.name)

    def _literal(self, source: Any, name: str) -> Variable:  # noqa: ANN401
        type_, constant = read_value(source, self.weights)
        return Variable(name, type_.dtype, type_.shape, constant)

    def _operation(self, source: Any, scope: Mapping[str, Variable]) -> Operation:  # noqa: ANN401
        if not source.outputs and source.type not in _WITHOUT_OUTPUTS:
            raise ValueError("it has no output")
        name = name_of(source)
        inputs = {parameter: self._given(source, parameter, scope) for parameter in _parameters(source.inputs)}
        # Operations that unpack weights hold their data so in iOS 16
        for parameter in _parameters(source.attributes):
            if parameter != "name":
                inputs[parameter] = (self._literal(source.attributes[parameter], f"{name}_{parameter}"),)
        written = tuple(inputs)
        inputs |= {parameter: (default,) for parameter, default in left_out(source.type, name, inputs)}
        outputs = tuple(self.variable(output) for output in source.outputs)
        operation = Operation(source.type, name, inputs, outputs, written)
        if self.executable:
            _require_one_float_type(operation)
        return operation

    def _given(self, source: Any, parameter: str, scope: Mapping[str, Variable]) -> tuple[Variable, ...]:  # noqa: ANN401
        given = []
        for index, binding in enumerate(source.inputs[parameter].arguments):
            match binding.WhichOneof("binding"):
                case "name":
                    given.append(defined(binding.name, scope))
                case "value":
                    given.append(self._literal(binding.value, f"{name_of(source)}_{parameter}_{index}"))
                case _:
                    raise ValueError(f"{parameter} is bound to nothing")
        return tuple(given)


def name_of(operation: Any) -> str:  # noqa: ANN401
    """Its own, or where it has none that of its first output."""
    own = operation.attributes["name"].immediateValue.tensor.strings.values if "name" in operation.attributes else ()
    return "".join(own) or next((output.name for output in operation.outputs), "")


def _parameters(given: Mapping[str, Any]) -> list[str]:
    """In an order that does not depend on protobuf's maps, which have none; x is what all else is done to."""
    return sorted(given, key=lambda parameter: (parameter != "x", parameter))


def defined(name: str, scope: Mapping[str, Variable]) -> Variable:
    if name not in scope:
        raise ValueError(f"nothing before it defines {name!r}")
    return scope[name]


def _require_one_float_type(operation: Operation) -> None:
    """Core ML casts nothing by itself; kernels that compute in float32 throughout would not notice."""
    flowing = [v for given in operation.inputs.values() for v in given if v.constant is None]
    found = {variable.dtype for variable in (*flowing, *operation.outputs)} & set(FLOATS)
    if len(found) > 1 and operation.type != "cast":
        raise ValueError("fp16 and fp32 flow through it; a cast is missing")
