"""Both files of a tiny network, byte for byte, written down by hand from the format's description."""

import struct

import numpy as np
from tnn_models import execute, f32, model, node, onnxruntime, save, single

NETWORK = model(
    [
        node("Conv", ["in put", "w", "b"], ["c"]),
        node("Relu", ["c"], ["r"]),
        node("Mul", ["r", "k"], ["m"]),
        node("Tanh", ["m"], ['out,"1"']),
    ],
    {"in put": (1, 2, 1, 3)},
    ['out,"1"'],
    {"w": f32(1, 2).reshape(1, 2, 1, 1), "b": f32(-1), "k": f32(0.5)},
)
PROTO = """\
"1 4 1 4206624772 ,"
"in_put 4 1 2 1 3 0 ,"
"in_put m out__1_ r ,"
"out__1_ ,"
"3 ,"
"Convolution r 1 1 in_put r 1 2 1 1 1 1 1 0 0 1 -1 1 1 1 ,"
"Mul m 1 1 r m 1 ,"
"Tanh out__1_ 1 1 m out__1_ ,"
"""
MAGIC = "0400bcfa"


def word(number):
    return struct.pack("<i", number).hex()


def expected_model(kind, numbers):
    """The bytes; ``kind`` is the data type, ``numbers`` the constants in hex: weight, bias, factor."""
    weight, bias, factor = numbers
    size = {0: 4, 1: 2}[kind]
    return bytes.fromhex(
        MAGIC
        + word(2)  # layers with arrays
        + word(1)  # Convolution
        + word(11)
        + b"Convolution".hex()
        + word(1)
        + b"r".hex()
        + word(0)  # the layer's own name, empty
        + word(1)  # it has a bias
        + (MAGIC + word(kind) + word(2 * size) + word(4) + word(1) + word(2) + word(1) + word(1) + weight)
        + (MAGIC + word(kind) + word(size) + word(1) + word(1) + bias)
        + word(42)  # Mul
        + word(3)
        + b"Mul".hex()
        + word(1)
        + b"m".hex()
        + (MAGIC + word(kind) + word(size) + word(1) + word(1) + factor)
    )


def test_bytes_of_float(tmp_path):
    proto, _ = save(NETWORK, tmp_path)
    assert proto.read_text() == PROTO
    assert (tmp_path / "net.tnnmodel").read_bytes() == expected_model(0, ("0000803f00000040", "000080bf", "0000003f"))


def test_bytes_of_half(tmp_path):
    save(NETWORK, tmp_path, "fp16")
    assert (tmp_path / "net.tnnmodel").read_bytes() == expected_model(1, ("003c0040", "00bc", "0038"))


def test_names_are_mended_and_told(tmp_path):
    proto, network = save(NETWORK, tmp_path)
    assert network.renamed == {"in put": "in_put", 'out,"1"': "out__1_"}
    x = np.arange(6, dtype=np.float32).reshape(1, 2, 1, 3)
    expected = onnxruntime(NETWORK, {"in put": x})['out,"1"']
    assert np.allclose(execute(proto, {"in_put": x})["out__1_"], expected, atol=1e-7)


def test_names_that_become_the_same_stay_apart(tmp_path):
    clash = model(
        [node("Neg", ["a b"], ["a_b"]), node("Exp", ["a_b"], ["a,b"]), node("Add", ["a b", "a,b"], ["y"])],
        {"a b": (1, 2)},
        ["y"],
    )
    proto, network = save(clash, tmp_path)
    assert len({name for layer in network.layers for name in (*layer.inputs, *layer.outputs)}) == 4
    x = f32(1, -2).reshape(1, 2)
    assert np.allclose(execute(proto, {"a_b": x})["y"], x + np.exp(-x), atol=1e-6)


def test_floats_of_the_text_come_back_the_same(tmp_path):
    """The shortest decimal form of a float32, with no detour over a double."""
    proto, _ = save(single("Elu", (1, 2), alpha=0.1), tmp_path)
    assert " 0.1 ," in proto.read_text()


def test_the_same_model_makes_the_same_bytes(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for folder in ("a", "b"):
        save(NETWORK, tmp_path / folder)
    for name in ("net.tnnproto", "net.tnnmodel"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
