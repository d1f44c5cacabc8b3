"""Random damage to both files: always a named error, or a run with outputs of the shapes the file says."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tnn_models import i64, model, node, rand, save

from mobileswap.contracts.errors import BadInput, UnknownOperation
from mobileswap.formats.tnn.proto_reader import read_proto
from mobileswap.runtimes.reference.tnn import TnnRunner, tnn_runner
from mobileswap.runtimes.runner import RunnerOptions

ONNX = model(
    [
        node("Conv", ["x", "w", "b"], ["c"], pads=[1, 1, 1, 1]),
        node("BatchNormalization", ["x", "g", "g", "g", "v"], ["n"]),
        node("Resize", ["c", "", "", "size"], ["u"], mode="linear", coordinate_transformation_mode="align_corners"),
        node("Pad", ["u", "pads"], ["p"], mode="reflect"),
        node("MaxPool", ["p"], ["q"], kernel_shape=[2, 2], strides=[2, 2]),
        node("PRelu", ["q", "slope"], ["r"]),
        node("ReduceMean", ["r", "axes"], ["m"]),
        node("Sub", ["r", "m"], ["s"]),
        node("Slice", ["s", "zero", "two", "three"], ["t"]),
        node("Reshape", ["m", "flat"], ["f"]),
        node("Gemm", ["f", "matrix"], ["e"]),
        node("Concat", ["t", "t"], ["y"], axis=1),
        node("Softmax", ["n"], ["s1"], axis=1),
        node("ConvTranspose", ["s1", "d"], ["d1"], strides=[2, 2]),
        node("DepthToSpace", ["d1"], ["d2"], blocksize=2),
        node("InstanceNormalization", ["d2", "one", "one"], ["i"]),
        node("AveragePool", ["i"], ["a"], kernel_shape=[3, 3], strides=[4, 4], pads=[1, 1, 1, 1]),
        node("Pow", ["a", "cube"], ["o"]),
        node("Clip", ["o", "low"], ["k"]),
        node("Transpose", ["k"], ["z"], perm=[0, 2, 3, 1]),
    ],
    {"x": (1, 2, 3, 4)},
    ["y", "z", "e"],
    {
        "w": rand(4, 2, 3, 3),
        "b": rand(4),
        "g": rand(2),
        "v": np.abs(rand(2)),
        "d": rand(2, 4, 2, 2),
        "one": np.ones(1, np.float32),
        "low": np.float32(1),
        "cube": np.float32(3),
        "size": i64(1, 4, 6, 8),
        "pads": i64(0, 0, 1, 1, 0, 0, 1, 1),
        "slope": rand(4, 1, 1),
        "axes": i64(2, 3),
        "zero": i64(0),
        "two": i64(2),
        "three": i64(3),
        "flat": i64(1, 4),
        "matrix": rand(4, 3),
    },
)
X = {"x": rand(1, 2, 3, 4)}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    proto, _ = save(ONNX, tmp_path_factory.mktemp("sound"))
    return proto.read_bytes(), proto.with_suffix(".tnnmodel").read_bytes()


@pytest.fixture(autouse=True, scope="module")
def small_blobs():
    """A damaged size may be large and yet within the limit; no need to compute it a hundred times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tnn_runner, "MOST_ELEMENTS", 1 << 16)
        yield


@st.composite
def damages(draw):
    """A few bytes replaced, cut out or put in, or the end torn off; favouring characters that mean something."""
    telling = st.sampled_from(list(b'0123456789 -.,"\n\x00\x01\xff'))
    kind = draw(st.sampled_from(["replace", "replace", "flip", "cut", "insert", "tear"]))
    where = draw(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=3))
    data = bytes(draw(st.lists(telling | st.integers(0, 255), min_size=1, max_size=4)))
    return kind, where, data, draw(st.integers(0, 7))


def damaged(content, damage):
    kind, where, data, bit = damage
    found = bytearray(content)
    for place in where:
        at = int(place * len(found))
        if kind == "replace":
            found[at : at + len(data)] = data[: len(found) - at]
        elif kind == "flip":
            found[at] ^= 1 << bit
        elif kind == "cut":
            del found[at : at + len(data)]
        elif kind == "insert":
            found[at:at] = data
        else:
            return bytes(found[:at])
    return bytes(found)


def outcome(proto, model_bytes):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.tnnproto"
        path.write_bytes(proto)
        path.with_suffix(".tnnmodel").write_bytes(model_bytes)
        executor = None
        try:
            executor = TnnRunner(path, RunnerOptions(1), "fp32")
            inputs = {name: np.resize(X["x"], shape) for name, shape in read_proto(path).inputs.items()}
            return executor.run(inputs)
        except (BadInput, UnknownOperation):
            return None
        finally:
            if executor is not None:
                executor.close()


def test_undamaged_files_run(sound):
    found = outcome(*sound)
    assert {name: array.shape for name, array in found.items()} == {"y": (1, 8, 4, 2), "z": (1, 3, 4, 1), "e": (1, 3)}


@settings(max_examples=250, derandomize=True, deadline=None)
@given(damage=damages())
def test_damaged_text(sound, damage):
    proto, weights = sound
    outcome(damaged(proto, damage), weights)


@settings(max_examples=250, derandomize=True, deadline=None)
@given(damage=damages())
def test_damaged_weights(sound, damage):
    """The text is whole, so that what runs has its shapes."""
    proto, weights = sound
    found = outcome(proto, damaged(weights, damage))
    if found is not None:
        assert {name: array.shape for name, array in found.items()} == {
            "y": (1, 8, 4, 2),
            "z": (1, 3, 4, 1),
            "e": (1, 3),
        }
