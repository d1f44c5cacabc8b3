"""An .mlpackage that can be damaged in named places: its operations in the specification, its arrays in weight.bin."""

import itertools
import shutil
import struct
from pathlib import Path

import coremltools as ct
import numpy as np
from coremltools.proto import MIL_pb2

OUTPUT = "swapped"
_KINDS = {MIL_pb2.FLOAT16: np.float16, MIL_pb2.FLOAT32: np.float32, MIL_pb2.INT32: np.int32}


class MilFile:
    """A copy of an exported package in memory; see ``Damageable`` in mutations.py for what its methods mean."""

    def __init__(self, path: Path) -> None:
        self._source = path
        self.spec = ct.utils.load_spec(str(path))
        function = self.spec.mlProgram.functions["main"]
        self._function, self._block = function, function.block_specializations[function.opset]
        (weights,) = path.rglob("weight.bin")
        self._blob_at = weights.relative_to(path)
        self._blob = bytearray(weights.read_bytes())

    def save(self, path: Path) -> Path:
        shutil.copytree(self._source, path)
        (path / self._blob_at).write_bytes(self._blob)
        (model,) = path.rglob("*.mlmodel")
        model.write_bytes(self.spec.SerializeToString())
        return path

    def weight(self, layer: str, part: str) -> np.ndarray:
        return self._read(self._constant_of(layer, part)).astype(np.float64)

    def set_weight(self, layer: str, part: str, values: np.ndarray) -> None:
        self._write(self._constant_of(layer, part), values)

    def norm(self, layer: str) -> tuple[np.ndarray, ...]:
        norm = self._norm(layer)
        parts = ("gamma", "beta", "mean", "variance", "epsilon")
        return tuple(self._read(self._maker(_name(norm, part))).astype(np.float64) for part in parts)

    def bypass_norm(self, layer: str, bias: np.ndarray, conv: str) -> None:
        norm, convolution = self._norm(layer), self._reader(conv)
        _bind(convolution, "x", _name(norm, "x"))
        kind = norm.outputs[0].type.tensorType.dataType
        _bind(convolution, "bias", self._new_constant(bias, kind, before=convolution))
        self._block.operations.remove(norm)

    def scale_slope(self, conv: str, factor: float) -> None:
        made = self._reader(conv).outputs[0].name
        (node,) = (op for op in self._block.operations if op.type == "leaky_relu" and _name(op, "x") == made)
        slope = self._maker(_name(node, "alpha"))  # shared by the whole network, so that this one gets its own
        kind = slope.outputs[0].type.tensorType.dataType
        _bind(node, "alpha", self._new_constant(self._read(slope) * factor, kind, before=node))

    def pad_with_zeros(self, conv: str) -> None:
        pad = self._maker(_name(self._reader(conv), "x"))
        if pad.type == "pad":
            _bind(pad, "mode", self._new_text("constant", like=_name(pad, "mode"), before=pad))
            return
        masks = [mul for mul in self._factors_before(pad) if set(np.unique(self._factor(mul))) == {0, 1}]
        assert len(masks) == 2  # rows and columns of a border that is added to zeros
        for mul in masks:
            self._replace_factor(mul, np.zeros_like(self._factor(mul)))

    def corners_off(self, conv: str) -> None:
        pad = self._maker(_name(self._reader(conv), "x"))
        if pad.type == "pad":
            resize = self._maker(_name(pad, "x"))
            assert resize.type == "upsample_bilinear"
            own = self._copy(self._maker(_name(resize, "align_corners")), before=resize)
            own.attributes["val"].immediateValue.tensor.bools.values[0] = False
            _bind(resize, "align_corners", own.outputs[0].name)
            return
        ramps = [mul for mul in self._factors_before(pad) if set(np.unique(self._factor(mul))) != {0, 1}]
        assert len(ramps) == 2  # rows and columns of weights that grow from corner to corner
        for mul in ramps:
            self._replace_factor(mul, np.zeros_like(self._factor(mul)))
            made = mul.outputs[0].name
            (total,) = (
                op for op in self._block.operations if op.type == "add" and made in (_name(op, "x"), _name(op, "y"))
            )
            base = self._maker(_name(total, "y" if _name(total, "x") == made else "x"))
            weight = self._maker(_name(base, "weight"))
            even = np.resize([0.75, 0.25, 0.25, 0.75], self._read(weight).shape)
            kind = weight.outputs[0].type.tensorType.dataType
            _bind(base, "weight", self._new_constant(even, kind, before=base))

    def _factors_before(self, shuffle: MIL_pb2.Operation) -> list[MIL_pb2.Operation]:
        """The four multiplications by constants of an enlargement in the form for Neural Engines; it ends so."""
        assert shuffle.type == "pixel_shuffle"
        before = itertools.takewhile(lambda op: op is not shuffle and op != shuffle, self._block.operations)
        return [op for op in before if op.type == "mul" and self._constant_side(op)][-4:]

    def _factor(self, mul: MIL_pb2.Operation) -> np.ndarray:
        (_, constant) = self._constant_side(mul)
        return self._read(constant)

    def _replace_factor(self, mul: MIL_pb2.Operation, values: np.ndarray) -> None:
        side, old = self._constant_side(mul)
        kind = old.outputs[0].type.tensorType.dataType
        _bind(mul, side, self._new_constant(values, kind, before=mul))

    def _constant_side(self, mul: MIL_pb2.Operation) -> tuple[str, MIL_pb2.Operation] | None:
        for side in ("x", "y"):
            makers = [op for op in self._block.operations if _name(mul, side) in [one.name for one in op.outputs]]
            if makers and makers[0].type == "const":
                return side, makers[0]
        return None

    def affine_output(self, scale: np.ndarray, shift: np.ndarray) -> None:
        inner = self._output_moved_to("before")
        self._append("mul", {"x": inner, "y": self._new_constant(scale, MIL_pb2.FLOAT32)}, "scaled")
        self._append("add", {"x": "scaled", "y": self._new_constant(shift, MIL_pb2.FLOAT32)}, OUTPUT)

    def output_as_nhwc(self, *, under_the_old_shape: bool) -> None:
        n, c, h, w = shape = _shape(self._maker(OUTPUT).outputs[0].type)
        inner = self._output_moved_to("planar")
        order = self._new_constant(np.array([0, 2, 3, 1]), MIL_pb2.INT32)
        self._append(
            "transpose", {"x": inner, "perm": order}, "bitmap" if under_the_old_shape else OUTPUT, (n, h, w, c)
        )
        if under_the_old_shape:
            wanted = self._new_constant(np.array(shape), MIL_pb2.INT32)
            self._append("reshape", {"x": "bitmap", "shape": wanted}, OUTPUT, shape)

    def extra_output(self, name: str) -> None:
        half = self._new_constant(np.float32(0.5), MIL_pb2.FLOAT32)
        self._append("mul", {"x": OUTPUT, "y": half}, name)
        self._block.outputs.append(name)
        extra = self.spec.description.output.add()
        extra.CopyFrom(self.spec.description.output[0])
        extra.name = name

    def rename_output(self, name: str) -> None:
        inner = self._output_moved_to("before")
        self._append("mul", {"x": inner, "y": self._new_constant(np.float32(1), MIL_pb2.FLOAT32)}, name)
        self._block.outputs[0] = name
        self.spec.description.output[0].name = name

    def bake(self, name: str, values: np.ndarray) -> None:
        for inputs in (self._function.inputs, self.spec.description.input):
            (given,) = (value for value in inputs if value.name == name)
            inputs.remove(given)
        self._new_constant(values, MIL_pb2.FLOAT32, before=self._block.operations[0], name=name)

    def _constant_of(self, layer: str, part: str) -> MIL_pb2.Operation:
        stem = f"generator_{layer.replace('.', '_')}_{part}"
        (found,) = (
            op
            for op in self._block.operations
            if op.type == "const" and op.outputs[0].name in (stem, f"{stem}_to_fp16")
        )
        return found

    def _reader(self, layer: str) -> MIL_pb2.Operation:
        name = self._constant_of(layer, "weight").outputs[0].name
        (found,) = (op for op in self._block.operations if "weight" in op.inputs and _name(op, "weight") == name)
        return found

    def _norm(self, layer: str) -> MIL_pb2.Operation:
        name = self._constant_of(layer, "weight").outputs[0].name
        (found,) = (op for op in self._block.operations if op.type == "batch_norm" and _name(op, "gamma") == name)
        return found

    def _maker(self, name: str) -> MIL_pb2.Operation:
        (found,) = (op for op in self._block.operations if name in [value.name for value in op.outputs])
        return found

    def _read(self, constant: MIL_pb2.Operation) -> np.ndarray:
        value = constant.attributes["val"]
        kind, shape = _KINDS[value.type.tensorType.dataType], _shape(value.type)
        if value.WhichOneof("value") == "blobFileValue":
            start, size = self._blob_range(value.blobFileValue.offset)
            return np.frombuffer(bytes(self._blob[start : start + size]), kind).reshape(shape)
        tensor = value.immediateValue.tensor
        if kind is np.float16:
            return np.frombuffer(tensor.bytes.values, np.float16).reshape(shape)
        held = tensor.floats.values if kind is np.float32 else tensor.ints.values
        return np.array(held, kind).reshape(shape)

    def _write(self, constant: MIL_pb2.Operation, values: np.ndarray) -> None:
        value = constant.attributes["val"]
        with np.errstate(over="ignore"):
            array = np.asarray(values, _KINDS[value.type.tensorType.dataType])
        assert array.shape == _shape(value.type)
        if value.WhichOneof("value") == "blobFileValue":
            start, size = self._blob_range(value.blobFileValue.offset)
            assert size == array.nbytes
            self._blob[start : start + size] = array.tobytes()
        else:
            _set_immediate(value, array)

    def _blob_range(self, offset: int) -> tuple[int, int]:
        """Where the array lies that this entry of weight.bin speaks of: magic number, type, bytes, offset."""
        magic, _, size, start = struct.unpack_from("<IIQQ", self._blob, offset)
        assert magic == 0xDEADBEEF
        return start, size

    def _new_constant(self, values, kind, *, before=None, name: str = "") -> str:
        array = np.asarray(values, _KINDS[kind])
        operation = MIL_pb2.Operation(type="const")
        own = name or f"damage_{len(self._block.operations)}"
        operation.outputs.add(name=own)
        value = operation.attributes["val"]
        for type_ in (value.type, operation.outputs[0].type):
            type_.tensorType.dataType = kind
            type_.tensorType.rank = array.ndim
            for size in array.shape:
                type_.tensorType.dimensions.add().constant.size = size
        _set_immediate(value, array)
        _set_name(operation, own)
        return self._insert(operation, before).outputs[0].name

    def _new_text(self, text: str, *, like: str, before) -> str:
        own = self._copy(self._maker(like), before=before)
        own.attributes["val"].immediateValue.tensor.strings.values[0] = text
        return own.outputs[0].name

    def _copy(self, operation, *, before):
        copy = MIL_pb2.Operation()
        copy.CopyFrom(operation)
        copy.outputs[0].name = f"damage_{len(self._block.operations)}"
        _set_name(copy, copy.outputs[0].name)
        return self._insert(copy, before)

    def _insert(self, operation, before):
        operations = self._block.operations
        if before is None:
            operations.append(operation)
            return operations[-1]
        position = next(i for i, op in enumerate(operations) if op is before or op == before)
        operations.insert(position, operation)
        return operations[position]

    def _output_moved_to(self, name: str) -> str:
        self._maker(OUTPUT).outputs[0].name = name
        return name

    def _append(self, kind: str, inputs: dict[str, str], output: str, shape: tuple[int, ...] = ()) -> None:
        operation = MIL_pb2.Operation(type=kind)
        for parameter, given in inputs.items():
            _bind(operation, parameter, given)
        made = operation.outputs.add(name=output)
        made.type.CopyFrom(self._maker(inputs["x"]).outputs[0].type)
        for dimension, size in zip(made.type.tensorType.dimensions, shape, strict=False):
            dimension.constant.size = size
        _set_name(operation, output)
        self._block.operations.append(operation)


def _name(operation, parameter: str) -> str:
    return operation.inputs[parameter].arguments[0].name


def _bind(operation, parameter: str, name: str) -> None:
    argument = operation.inputs[parameter]
    del argument.arguments[:]
    argument.arguments.add(name=name)


def _shape(type_) -> tuple[int, ...]:
    return tuple(dimension.constant.size for dimension in type_.tensorType.dimensions)


def _set_name(operation, name: str) -> None:
    value = operation.attributes["name"]
    value.type.tensorType.dataType = MIL_pb2.STRING
    value.immediateValue.tensor.strings.values[:] = [name]


def _set_immediate(value, array: np.ndarray) -> None:
    tensor = value.immediateValue.tensor
    if array.dtype == np.float16:
        tensor.bytes.values = array.tobytes()
    elif array.dtype == np.float32:
        tensor.floats.values[:] = array.ravel().tolist()
    else:
        tensor.ints.values[:] = array.ravel().tolist()
