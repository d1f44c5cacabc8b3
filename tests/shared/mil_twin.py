"""coremltools' own reader of a package, beside ours: it was written by others, from the same format. Holds no tests."""

import coremltools as ct
import numpy as np
from coremltools.converters.mil.frontend.milproto.load import load
from coremltools.converters.mil.mil import types

from mobileswap.formats.mil.defaults import DEFAULTS
from mobileswap.formats.mil.load import survey_program
from mobileswap.formats.mil.package import read_package
from mobileswap.formats.mil.program import FLEXIBLE, Operation, Program, Variable


def read_by_coremltools(path):
    specification = ct.utils.load_spec(str(path))
    weights = next((str(found) for found in path.rglob("weights")), "")
    function = load(specification, specification.specificationVersion, weights).functions["main"]
    seen = {}

    def variable(source):
        if source not in seen:
            held = source.op is not None and source.op.op_type == "const"
            value = source.val if held else None
            seen[source] = Variable(
                source.name,
                types.builtin_to_string(source.dtype),
                tuple(int(size) if isinstance(size, int | np.integer) else FLEXIBLE for size in source.shape),
                value if value is None or isinstance(value, str) else np.asarray(value),
            )
        return seen[source]

    def operations(block):
        for op in block.operations:
            if op.op_type != "const":
                inputs = {
                    name: tuple(map(variable, given if isinstance(given, list | tuple) else (given,)))
                    for name, given in op.inputs.items()
                }
                yield Operation(op.op_type, op.name, inputs, tuple(map(variable, op.outputs)))
            for inner in op.blocks:
                yield from operations(inner)

    inputs = tuple(map(variable, function.inputs.values()))
    return Program(inputs, tuple(map(variable, function.outputs)), frozenset(), tuple(operations(function)))


def assert_read_alike(path):
    """Every operation and value, to the bit. Only what a file gives no name may be named otherwise."""
    ours, theirs = survey_program(read_package(path)), read_by_coremltools(path)
    _assert_alike(ours.inputs, theirs.inputs)
    _assert_alike(ours.outputs, theirs.outputs)
    assert [(op.type, op.name) for op in ours.operations] == [(op.type, op.name) for op in theirs.operations]
    for own, other in zip(ours.operations, theirs.operations, strict=True):
        _assert_alike(own.outputs, other.outputs)
        extra = other.inputs.keys() - own.inputs.keys()  # defaults that coremltools writes out
        assert own.inputs.keys() <= other.inputs.keys()
        assert not extra or own.type not in DEFAULTS, (own, extra)
        for parameter, given in own.inputs.items():
            _assert_alike(given, other.inputs[parameter], unnamed=f"{own.name}_{parameter}")
    return ours


def _assert_alike(ours, theirs, unnamed=None):
    for own, other in zip(ours, theirs, strict=True):
        assert own.name == other.name or (unnamed and own.name.startswith(unnamed))
        assert (own.dtype, own.shape) == (other.dtype, other.shape), own
        assert (own.constant is None) == (other.constant is None), own
        if isinstance(other.constant, np.ndarray):
            assert own.constant.shape == other.constant.shape
            assert own.constant.dtype == other.constant.dtype, own
            assert own.constant.tobytes() == other.constant.tobytes(), own
        else:
            assert own.constant == other.constant
