"""Reading: every type, parameters that are left out, and damage that would go unseen, each told in one line."""

import shutil
import struct
from types import SimpleNamespace

import coremltools as ct
import numpy as np
import pytest
from coremltools.converters.mil.mil import types
from coremltools.converters.mil.mil.ops.registry import SSAOpRegistry
from coremltools.proto import MIL_pb2
from mil_twin import assert_read_alike
from tiny_mil import F16, F32, mb, open_runner, save

from mobileswap.contracts.errors import BadInput, UnknownOperation
from mobileswap.formats.mil.blob import CODES
from mobileswap.formats.mil.defaults import DEFAULTS, left_out
from mobileswap.formats.mil.load import load_program, survey_program
from mobileswap.formats.mil.package import read_package
from mobileswap.formats.mil.program import Variable
from mobileswap.lint.ane import lint
from mobileswap.runtimes.reference.mil.operation_table import TABLE

MODEL = "Data/com.apple.CoreML/model.mlmodel"
WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"
IOS18 = ct.target.iOS18
RNG = np.random.default_rng(0)
# ``save`` reads each program a second time, by coremltools: see mil_twin.py


@pytest.mark.parametrize("size", [3, 997])  # within the specification, and in the weight file
@pytest.mark.parametrize("bits", [1, 2, 3, 4, 6, 8])
def test_indices_of_few_bits(tmp_path, bits, size):
    name = f"uint{bits}"
    kind = types.nptype_from_builtin(types.string_to_builtin(name))

    def build(x):
        indices = RNG.integers(0, 1 << bits, (size, 1)).astype(kind)
        lut = RNG.normal(size=(1, 1, 1 << bits, 1)).astype(np.float16)
        return mb.add(x=x, y=mb.constexpr_lut_to_dense(indices=indices, lut=lut))

    path = save(tmp_path / "it.mlpackage", build, ((size, 1), F16), opset=IOS18)
    (op, _) = survey_program(read_package(path)).operations
    assert op.variable("indices").dtype == name


@pytest.mark.parametrize("size", [3, 997])
@pytest.mark.parametrize("dtype", ["int4", "uint4", "int8", "uint8"])
def test_quantised_weights(tmp_path, dtype, size):
    lowest = -8 if dtype.startswith("int") else 0

    def build(x):
        data = RNG.integers(lowest, 8, (size, 1)).astype(types.nptype_from_builtin(types.string_to_builtin(dtype)))
        return mb.add(x=x, y=mb.constexpr_blockwise_shift_scale(data=data, scale=np.float16([[0.5]])))

    path = save(tmp_path / "it.mlpackage", build, ((size, 1), F16), opset=IOS18)
    (op, _) = survey_program(read_package(path)).operations
    assert op.variable("data").dtype == dtype
    assert (op.variable("data").constant.min() < 0) == (lowest < 0)


@pytest.mark.parametrize("size", [2, 997])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int32, np.bool_, np.int8, np.uint8, np.int16, np.uint16])
def test_constants_of_every_type(tmp_path, dtype, size):
    held = RNG.integers(0, 100, size).astype(dtype) if dtype != np.float32 else np.float32([np.nan, -np.inf])

    def build(x):
        return mb.relu(x=x), mb.identity(x=mb.const(val=held), name="held")

    path = save(tmp_path / "it.mlpackage", build, ((1,), F32), opset=ct.target.iOS17)
    (op,) = (op for op in survey_program(read_package(path)).operations if op.name == "held")
    assert op.variable("x").constant.tobytes() == held.tobytes()


def test_states_are_read_as_what_they_hold(tmp_path):
    def build(x, kept):
        return mb.add(x=x, y=mb.read_state(input=kept), name="sum")

    specs = [mb.TensorSpec((3,), F16), mb.StateTensorSpec((3,), F16)]
    program = mb.program(input_specs=specs, opset_version=IOS18)(build)
    model = ct.convert(program, minimum_deployment_target=IOS18, skip_model_load=True)
    model.save(str(tmp_path / "it.mlpackage"))
    read = assert_read_alike(tmp_path / "it.mlpackage")
    assert [(variable.dtype, variable.shape) for variable in read.inputs] == [("fp16", (3,))] * 2


@pytest.mark.parametrize("name", sorted(TABLE | DEFAULTS))
def test_the_defaults_are_those_of_coremltools(name):
    for target, operation in SSAOpRegistry.core_ops[name].items():
        for rank, half in ((3, False), (4, True), (5, False)):
            it = object.__new__(operation)  # as far as it asks itself for its defaults
            it.x = SimpleNamespace(rank=rank, dtype=types.fp16 if half else types.fp32)
            it.weight = SimpleNamespace(shape=(2, 3), dtype=types.fp32)
            theirs = {key: plain(value) for key, value in it.default_inputs().items() if value is not None}
            if name == "linear":
                assert theirs.pop("bias") == ("float32", [0, 0])  # to add nothing is the same
            x = Variable("x", "fp16" if half else "fp32", (1,) * rank)
            ours = {key: plain(variable.constant) for key, variable in left_out(name, "it", {"x": (x,)})}
            assert ours == theirs, target


def plain(value):
    """With its type, Python's own as MIL takes them."""
    if isinstance(value, str):
        return value
    array = np.array(value)
    kind = {"float64": "float32", "int64": "int32"}.get(array.dtype.name, array.dtype.name)
    return kind, array.astype(kind).tolist()


def convolved(x):
    return mb.conv(x=x, weight=np.ones((2, 2, 3, 3), np.float32), name="y")


def pooled(x):
    return mb.avg_pool(x=x, kernel_sizes=[2, 2], pad_type="valid", name="y")


def averaged(x):
    return mb.reduce_mean(x=x, axes=[0, 1, 2, 3], name="y")


def inverted(x):
    return mb.inverse(x=x, name="y")


def padded(x):
    return mb.pad(x=x, pad=[0, 0, 0, 0, 1, 1, 2, 2], name="y")


def enlarged(x):
    return mb.upsample_bilinear(x=x, scale_factor_height=2, scale_factor_width=2, name="y")


@pytest.mark.parametrize(
    ("build", "parameters"),
    [
        (convolved, ["strides", "pad", "pad_type", "dilations", "groups"]),
        (pooled, ["strides", "pad", "exclude_padding_from_average", "ceil_mode"]),
        (averaged, ["keep_dims", "axes"]),
        (inverted, ["epsilon"]),
        (padded, ["mode", "constant_val"]),
        (enlarged, ["align_corners"]),
    ],
)
def test_a_parameter_that_is_left_out_has_its_default(tmp_path, build, parameters):
    path = save(tmp_path / "it.mlpackage", build, ((1, 2, 5, 6), F32))
    x = np.random.default_rng(0).normal(size=(1, 2, 5, 6)).astype(np.float32)
    before = run(path, x)

    def leave_out(block):
        for parameter in parameters:
            del block.operations[-1].inputs[parameter]

    change(path, leave_out)
    assert run(path, x).tobytes() == before.tobytes()
    assert_read_alike(path)


def run(path, x):
    runner = open_runner(path)
    (output,) = runner.run({"x": x}).values()
    runner.close()
    return output


def change(path, alter):
    """Alter the one block of the specification."""
    specification = ct.utils.load_spec(str(path))
    function = specification.mlProgram.functions["main"]
    alter(function.block_specializations[function.opset])
    (path / MODEL).write_bytes(specification.SerializeToString())


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    def build(x):
        weight = np.random.default_rng(0).normal(size=(4, 2, 3, 3)).astype(np.float32)
        return mb.relu(x=mb.conv(x=x, weight=weight, strides=[1, 1], pad_type="valid", name="conv"), name="y")

    return save(tmp_path_factory.mktemp("sound") / "it.mlpackage", build, ((1, 2, 5, 6), F32))


@pytest.fixture
def package(sound, tmp_path):
    return shutil.copytree(sound, tmp_path / "it.mlpackage")


def constant(block, name):
    (found,) = (op for op in block.operations if op.type == "const" and op.outputs[0].name == name)
    return found


def value(block, name):
    return constant(block, name).attributes["val"]


def op(block, type_):
    (found,) = (op for op in block.operations if op.type == type_)
    return found


def write_entry(package, field, number):
    """Overwrite a field of the weight file's one entry."""
    place, form = {"sentinel": (0, "<I"), "type": (4, "<I"), "size": (8, "<Q"), "start": (16, "<Q")}[field]
    content = bytearray((package / WEIGHTS).read_bytes())
    struct.pack_into(form, content, 64 + place, number)
    (package / WEIGHTS).write_bytes(content)


def write_version(package):
    content = bytearray((package / WEIGHTS).read_bytes())
    struct.pack_into("<I", content, 4, 1)
    (package / WEIGHTS).write_bytes(content)


WEIGHT = "conv_weight_0"
DAMAGES = {
    "no entry at 64": lambda p: write_entry(p, "sentinel", 7),
    "holds fp16 at 64, and the program says fp32": lambda p: write_entry(p, "type", CODES["fp16"]),
    "holds type 99 at 64": lambda p: write_entry(p, "type", 99),
    "holds 4 bytes at 64, and the program's shape needs 288": lambda p: write_entry(p, "size", 4),
    "and an entry after 1099511628064": lambda p: write_entry(p, "start", 1 << 40),
    "weight.bin is no weight file: it has 0 bytes": lambda p: (p / WEIGHTS).write_bytes(b""),
    "ends after 200 bytes": lambda p: (p / WEIGHTS).write_bytes((p / WEIGHTS).read_bytes()[:200]),
    "no weight file of version 2: it says 1": write_version,
    "weight.bin cannot be read (No such file or directory)": lambda p: (p / WEIGHTS).unlink(),
    "and no entry at 100000": lambda p: change(p, lambda b: setattr(value(b, WEIGHT).blobFileValue, "offset", 100000)),
    "'@model_path/weights/../x' is not in": lambda p: change(
        p, lambda b: setattr(value(b, WEIGHT).blobFileValue, "fileName", "@model_path/weights/../x")
    ),
    "'/etc/passwd' is not in": lambda p: change(
        p, lambda b: setattr(value(b, WEIGHT).blobFileValue, "fileName", "/etc/passwd")
    ),
    "relu 'y': nothing before it defines 'gone'": lambda p: change(
        p, lambda b: setattr(op(b, "relu").inputs["x"].arguments[0], "name", "gone")
    ),
    "relu 'y': x is bound to nothing": lambda p: change(
        p, lambda b: op(b, "relu").inputs["x"].arguments[0].ClearField("name")
    ),
    "nothing before it defines 'other'": lambda p: change(p, lambda b: b.outputs.append("other")),
    "conv 'conv': it has no output": lambda p: change(p, lambda b: op(b, "conv").ClearField("outputs")),
    "fp16 and fp32 flow through it": lambda p: change(
        p, lambda b: setattr(op(b, "conv").outputs[0].type.tensorType, "dataType", MIL_pb2.FLOAT16)
    ),
    "declared fp16 (4, 2, 3, 3), and its value fp32 (4, 2, 3, 3)": lambda p: change(
        p, lambda b: setattr(constant(b, WEIGHT).outputs[0].type.tensorType, "dataType", MIL_pb2.FLOAT16)
    ),
    "the data type BFLOAT16 is not known": lambda p: change(
        p, lambda b: setattr(value(b, WEIGHT).type.tensorType, "dataType", MIL_pb2.BFLOAT16)
    ),
    "the data type UNUSED_TYPE is not known": lambda p: change(
        p, lambda b: op(b, "relu").outputs[0].type.tensorType.ClearField("dataType")
    ),
    "a value has no type": lambda p: change(p, lambda b: op(b, "relu").outputs[0].ClearField("type")),
    "a type of rank 9 has 4 sizes": lambda p: change(
        p, lambda b: setattr(op(b, "relu").outputs[0].type.tensorType, "rank", 9)
    ),
    "a constant has one output and one value": lambda p: change(p, lambda b: constant(b, WEIGHT).ClearField("outputs")),
    "a constant has no value": lambda p: change(p, lambda b: value(b, WEIGHT).ClearField("blobFileValue")),
    "a constant has 1 values, and its shape needs 2": lambda p: change(
        p, lambda b: value(b, "conv_strides_0").immediateValue.tensor.ints.values.pop()
    ),
    "a constant of type int32 has its values in floats": lambda p: change(
        p, lambda b: value(b, "conv_strides_0").immediateValue.tensor.floats.values.append(1)
    ),
    "a constant has 3 bytes, and its shape needs 8": lambda p: change(
        p, lambda b: setattr(value(b, "conv_strides_0").immediateValue.tensor.bytes, "values", b"abc")
    ),
}


@pytest.mark.parametrize("message", DAMAGES)
def test_damage_is_bad_input_and_says_where(package, message):
    open_runner(package).close()
    DAMAGES[message](package)
    for read in (lambda: open_runner(package), lambda: lint(package)):
        if "flow through it" in message and "lint" in read.__code__.co_names:
            continue  # the lint judges what it finds
        with pytest.raises(BadInput) as caught:
            read()
        said = str(caught.value)
        assert said.startswith(f"{package}: its program or weights are damaged: ")
        assert message in said
        assert said.endswith("; export it again")
        assert "\n" not in said


def test_parameters_that_do_not_fit_together_are_told_by_name(package):
    change(
        package,
        lambda b: op(b, "conv").inputs["strides"].arguments[0].CopyFrom(op(b, "conv").inputs["pad_type"].arguments[0]),
    )
    with pytest.raises(UnknownOperation, match="operation conv 'conv': its parameters do not fit together"):
        open_runner(package)
    with pytest.raises(BadInput, match="conv 'conv' has parameters that do not fit together"):
        lint(package)


def test_a_stride_of_nothing_is_told_and_does_not_hang(package):
    change(package, lambda b: value(b, "conv_strides_0").immediateValue.tensor.ints.values.__setitem__(0, 0))
    with pytest.raises(RuntimeError, match="stride"):
        run(package, np.zeros((1, 2, 5, 6), np.float32))
    with pytest.raises(BadInput, match=r"conv 'conv' has parameters that do not fit together \(a step of 0\)"):
        lint(package)


def test_a_program_of_another_version_is_not_read(package):
    specification = ct.utils.load_spec(str(package))
    specification.mlProgram.version = 2
    (package / MODEL).write_bytes(specification.SerializeToString())
    with pytest.raises(BadInput, match="expected version 1 of MIL, found 2"):
        open_runner(package)


def test_a_program_without_its_opset_is_not_read(package):
    specification = ct.utils.load_spec(str(package))
    specification.mlProgram.functions["main"].opset = "CoreML99"
    (package / MODEL).write_bytes(specification.SerializeToString())
    with pytest.raises(BadInput, match="nothing for its opset 'CoreML99'"):
        open_runner(package)


@pytest.mark.parametrize("file", [MODEL, WEIGHTS])
def test_no_damaged_byte_is_a_traceback(package, file):
    sound = (package / file).read_bytes()
    rng = np.random.default_rng(1)
    read = 0
    for _ in range(400):
        content = bytearray(sound)
        content[rng.integers(len(content) if file == MODEL else 128)] = rng.integers(256)
        (package / file).write_bytes(content)
        try:
            load_program(read_package(package), TABLE.keys())
            lint(package)
            read += 1
        except (BadInput, UnknownOperation):
            pass
    assert 0 < read < 400
