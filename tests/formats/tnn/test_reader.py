"""The reader of both files: what it accepts, and that everything else is a named error that says where."""

import struct
import subprocess
import sys

import numpy as np
import pytest
from folders import ROOT

from mobileswap.contracts.errors import BadInput, UnknownOperation
from mobileswap.formats.tnn.model_reader import read_model
from mobileswap.formats.tnn.proto_reader import read_proto
from mobileswap.runtimes.reference.tnn import TnnRunner
from mobileswap.runtimes.runner import RunnerOptions

MAGIC = struct.pack("<I", 0xFABC0004)
PROTO = """\
"1 4 1 4206624772 ,"
"x 4 1 2 1 3 0 ,"
"x c m y ,"
"y m ,"
"3 ,"
"Convolution conv 1 1 x c 1 2 1 1 1 1 1 0 0 1 -1 1 1 1 ,"
"Mul half 1 1 c m 1 ,"
"Tanh last 1 1 m y ,"
"""


def word(number):
    return struct.pack("<i", number)


def text(value):
    return word(len(value)) + value.encode()


def raw(array, kind=0):
    data = np.asarray(array, [np.float32, np.float16][kind])
    dims = b"".join(word(size) for size in data.shape)
    return MAGIC + word(kind) + word(data.nbytes) + word(data.ndim) + dims + data.tobytes()


CONV = word(1) + text("Convolution") + text("conv") + text("") + word(1) + raw([[[[1.0]], [[2.0]]]]) + raw([-1.0])
MUL = word(42) + text("Mul") + text("half") + raw([0.5])
MODEL = MAGIC + word(2) + CONV + MUL
X = np.arange(6, dtype=np.float32).reshape(1, 2, 1, 3)


def save(folder, proto=PROTO, model=MODEL):
    (folder / "net.tnnproto").write_text(proto)
    (folder / "net.tnnmodel").write_bytes(model)
    return folder / "net.tnnproto"


def run(path, inputs, arithmetic="fp32"):
    runner = TnnRunner(path, RunnerOptions(1), arithmetic)
    try:
        return runner.run(inputs)
    finally:
        runner.close()


def test_a_network_written_by_hand(tmp_path):
    found = run(save(tmp_path), {"x": X})
    middle = 0.5 * np.maximum(X[:, :1] + 2 * X[:, 1:] - 1, 0)
    assert list(found) == ["y", "m"]
    assert np.array_equal(found["m"], middle)
    assert np.allclose(found["y"], np.tanh(middle), atol=1e-7)


def test_what_the_files_say(tmp_path):
    proto = read_proto(save(tmp_path))
    assert proto.inputs == {"x": (1, 2, 1, 3)}
    assert [layer.type for layer in proto.layers] == ["Convolution", "Mul", "Tanh"]
    resources = read_model(tmp_path / "net.tnnmodel", proto).resources
    assert resources["conv"][0].shape == (1, 2, 1, 1)
    assert resources["half"][0].tolist() == [0.5]


def test_half_weights_and_a_constant_map(tmp_path):
    """The map of constants that TNN's own converter may write; a layer reads the blob as any other."""
    proto = PROTO.replace("1 4 1", "1 5 1").replace("x c m y ,", "x c m y k ,").replace("1 1 c m 1", "2 1 c k m -1")
    model = MAGIC + word(1) + CONV + MAGIC + word(1) + text("k") + raw([[[[0.5]]]], kind=1)
    assert np.array_equal(run(save(tmp_path, proto, model), {"x": X})["m"], run(save(tmp_path), {"x": X})["m"])


def test_fp16_arithmetic_rounds_every_result(tmp_path):
    x = np.full((1, 2, 1, 3), 1.0009765625 / 3, np.float32)
    found = run(save(tmp_path), {"x": x}, "fp16")
    assert np.array_equal(found["m"].astype(np.float16).astype(np.float32), found["m"])
    assert np.abs(found["y"] - run(save(tmp_path), {"x": x})["y"]).max() < 1e-3


def test_outputs_do_not_share_memory_with_the_inputs(tmp_path):
    proto = '"1 2 1 4206624772 ,"\n"x 2 1 2 0 ,"\n"x y ,"\n"y ,"\n"1 ,"\n"Reshape r 1 1 x y 0 1 1 2 0 ,"\n'
    x = np.ones((1, 2), np.float32)
    found = run(save(tmp_path, proto, MAGIC + word(0)), {"x": x})["y"]
    found[:] = 7
    assert x.tolist() == [[1, 1]]


def changed(old, new):
    assert old in PROTO
    return PROTO.replace(old, new)


BAD_PROTOS = {
    "empty": ("", "line 1"),
    "no quotes": (changed('"3 ,"', "3 ,"), "line 5"),
    "comma inside": (changed("x c m y", "x c, m y"), "line 3"),
    "few lines": ("".join(f"{line}\n" for line in PROTO.splitlines()[:5]), "at least 6 lines"),
    "old magic": (changed("4206624772", "4206624770"), "version 2"),
    "blob count": (changed("1 4 1", "1 5 1"), "line 3"),
    "blob twice": (changed("x c m y", "x c c y"), "line 3"),
    "blob unknown": (changed('"x c m y ,"', '"x c m z ,"'), "differ by"),
    "layer count": (changed('"3 ,"', '"4 ,"'), "line 5"),
    "input rank": (changed("x 4 1 2 1 3 0", "x 3 1 2 1 3 0"), "line 2"),
    "input size": (changed("x 4 1 2 1 3 0", "x 4 1 0 1 3 0"), "line 2"),
    "input type": (changed("x 4 1 2 1 3 0", "x 4 1 2 1 3 2"), "type 2"),
    "input word": (changed("x 4 1 2 1 3 0", "x 4 1 2 1 3. 0"), "expected an integer"),
    "output unknown": (changed('"y m ,"', '"y q ,"'), "line 4"),
    "output twice": (changed('"y m ,"', '"y y ,"'), "line 4"),
    "no output": (changed('"y m ,"', '" ,"'), "line 4"),
    "huge count": (changed("Tanh last 1 1", "Tanh last 999999999 1"), "do not fit"),
    "no inputs": (changed("Tanh last 1 1", "Tanh last 0 1"), "do not fit"),
    "short layer": (changed("Tanh last 1 1 m y", "Tanh last"), "line 8"),
    "layer twice": (changed("Tanh last", "Tanh half"), "two layers"),
    "made twice": (changed("1 1 m y", "1 1 m m").replace("x c m y", "x c m").replace('"1 4', '"1 3'), "there already"),
    "read before": (changed("1 1 x c 1", "1 1 y c 1"), "which nothing before it makes"),
    "too many params": (changed("last 1 1 m y", "last 1 1 m y 3"), "too many"),
    "missing params": (changed("-1 1 1 1 ,", ","), None),
    "odd number": (changed("1 1 x c 1 2 1", "1 1 x c 1 2 -1"), "out_channels"),
    "zero stride": (changed("1 2 1 1 1 1 1 0 0", "1 2 1 1 1 0 1 0 0"), "stride"),
    "wrong channels": (changed("1 1 x c 1 2 1", "1 1 x c 1 2 3"), "cannot be"),
    "wrong group": (changed("1 1 x c 1 2 1", "1 1 x c 2 2 1"), "cannot be|does not fit"),
    "kernel beyond": (changed("1 2 1 1 1 1 1 0 0", "1 2 1 9 1 1 1 0 0"), "cannot be"),
    "operand": (changed("Mul half 1 1 c m 1", "Mul half 1 1 c m 7"), "weight_input_index"),
}


@pytest.mark.parametrize("case", BAD_PROTOS)
def test_damaged_text(case, tmp_path):
    proto, words = BAD_PROTOS[case]
    with pytest.raises((BadInput, UnknownOperation), match=words):
        TnnRunner(save(tmp_path, proto), RunnerOptions(1), "fp32")


BAD_MODELS = {
    "empty": (b"", "0 are left"),
    "magic": (b"\0" + MODEL[1:], "magic number"),
    "short": (MODEL[:-1], "are left"),
    "long": (MODEL + b"\0", "are left"),
    "many layers": (MAGIC + word(10_000), "10000 layers"),
    "negative layers": (MAGIC + word(-1), "-1 layers"),
    "lying string": (MAGIC + word(1) + word(1) + word(1 << 30), "1073741824 bytes long"),
    "negative string": (MAGIC + word(1) + word(1) + word(-4), "-4 bytes long"),
    "no text": (MAGIC + word(1) + word(1) + word(2) + b"\xff\xfe", "not plain text"),
    "lying array": (MODEL.replace(word(8) + word(4), word(1 << 30) + word(4), 1), "does not have"),
    "lying shape": (MODEL.replace(word(4) + word(1), word(4) + word(9), 1), "does not have"),
    "negative shape": (MODEL.replace(word(4) + word(1), word(4) + word(-1), 1), "has shape"),
    "rank": (MODEL.replace(word(8) + word(4), word(8) + word(1 << 28), 1), "axes"),
    "data type": (MODEL.replace(MAGIC + word(0), MAGIC + word(2), 1), "data type 2"),
    "other number": (MODEL.replace(word(42), word(38)), "with the number 38"),
    "other type": (MODEL.replace(text("Mul"), text("Add")), "does not have"),
    "stranger": (MODEL.replace(text("half"), text("hulf")), "does not have"),
    "twice": (MAGIC + word(2) + MUL + MUL, "but once"),
    "missing": (MAGIC + word(1) + CONV, "no weights for Mul 'half'"),
    "constants": (MODEL + MAGIC + word(2) + text("k") + raw([1.0]) + text("k") + raw([1.0]), "there twice"),
    "constant of a layer": (MODEL + MAGIC + word(1) + text("m") + raw([1.0]), "constant as well"),
}


@pytest.mark.parametrize("case", BAD_MODELS)
def test_damaged_bytes(case, tmp_path):
    model, words = BAD_MODELS[case]
    assert model != MODEL
    with pytest.raises(BadInput, match=words):
        TnnRunner(save(tmp_path, model=model), RunnerOptions(1), "fp32")


def test_order_of_layers_matters(tmp_path):
    lines = PROTO.splitlines(keepends=True)
    lines[6], lines[7] = lines[7], lines[6]
    with pytest.raises(BadInput, match="'m', which nothing before it makes"):
        TnnRunner(save(tmp_path, "".join(lines)), RunnerOptions(1), "fp32")


def test_missing_files(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        TnnRunner(tmp_path / "net.tnnproto", RunnerOptions(1), "fp32")
    save(tmp_path)
    (tmp_path / "net.tnnmodel").unlink()
    with pytest.raises(BadInput, match=r"belongs beside the \.tnnproto"):
        TnnRunner(tmp_path / "net.tnnproto", RunnerOptions(1), "fp32")


def test_binary_text(tmp_path):
    save(tmp_path)
    (tmp_path / "net.tnnproto").write_bytes(b'"1 \xff')
    with pytest.raises(BadInput, match="not plain text at byte 3"):
        TnnRunner(tmp_path / "net.tnnproto", RunnerOptions(1), "fp32")


UNKNOWN = {
    "layer": ("Tanh last 1 1 m y", "LSTMONNX last 1 1 m y", "LSTMONNX"),
    "pad type": ("1 0 0 1 -1 1 1 1 ,", "1 0 0 1 0 1 1 1 ,", "pad_type 0"),
    "activation": ("-1 1 1 1 ,", "-1 1 1 3 ,", "activation 3"),
    "upsample": ("Tanh last 1 1 m y", "Upsample last 1 1 m y 9 2.0 2.0 0", "mode 9"),
    "edge": ("Tanh last 1 1 m y", "Pad last 1 1 m y 0 0 1 1 1 1 0 0 2 0.0", "type 2"),
    "adaptive": ("Tanh last 1 1 m y", "Pooling last 1 1 m y 1 0 0 1 1 0 0 -1 -1 -1 0 1 2 2", "adaptive 1"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_unknown_operations_are_named(case, tmp_path):
    old, new, words = UNKNOWN[case]
    with pytest.raises(UnknownOperation, match=words):
        TnnRunner(save(tmp_path, changed(old, new)), RunnerOptions(1), "fp32")


def test_a_blob_beyond_all_proportion_is_refused_and_never_made(tmp_path):
    wide = changed("Tanh last 1 1 m y", "Upsample last 1 1 m y 1 1.0 1.0 0 90000 90000")
    with pytest.raises(BadInput, match="90000, 90000"):
        TnnRunner(save(tmp_path, wide), RunnerOptions(1), "fp32")


def test_no_compiler_is_imported_to_open_and_run_a_network(tmp_path):
    """PyTorch's shape-only kernels bring sympy and torch._dynamo, a second of every check."""
    program = (
        "import sys; import numpy as np; from pathlib import Path\n"
        "from mobileswap.runtimes.reference.tnn import TnnRunner\n"
        "from mobileswap.runtimes.runner import RunnerOptions\n"
        "TnnRunner(Path(sys.argv[1]), RunnerOptions(1), 'fp32').run({'x': np.zeros((1, 2, 1, 3), np.float32)})\n"
        "print(sorted({'sympy', 'torch._dynamo'} & sys.modules.keys()))"
    )
    command = [sys.executable, "-c", program, str(save(tmp_path))]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_wrong_inputs_and_arithmetic(tmp_path):
    runner = TnnRunner(save(tmp_path), RunnerOptions(1), "fp32")
    for wrong in ({}, {"z": X}, {"x": X.astype(np.float64)}, {"x": X[:, :1]}):
        with pytest.raises(ValueError, match=r"takes|expected"):
            runner.run(wrong)
    runner.close()
    with pytest.raises(BadInput, match="arithmetic 'int8'"):
        TnnRunner(save(tmp_path), RunnerOptions(1), "int8")


def test_threads_are_put_back(tmp_path):
    import torch

    before = torch.get_num_threads()
    runner = TnnRunner(save(tmp_path), RunnerOptions(before + 1), "fp32")
    assert torch.get_num_threads() == before + 1
    runner.close()
    assert torch.get_num_threads() == before
