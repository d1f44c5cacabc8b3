"""Random small graphs of the supported operators: ONNX Runtime against converter, files, reader and executor."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tnn_models import assert_same, i64, model, node, rand


class Sketch:
    """A graph that grows by one operator after the other; every blob is (1, C, H, W)."""

    def __init__(self, shape):
        self.nodes, self.constants = [], {}
        self.shapes = {"x": shape}

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(array)
        return name

    def add(self, op, inputs, shape, **attributes):
        name = f"b{len(self.nodes)}"
        self.nodes.append(node(op, inputs, [name], **attributes))
        self.shapes[name] = shape
        return name


def convolution(sketch, x, draw):
    _, c, h, w = sketch.shapes[x]
    kernel, stride, pad = draw(st.sampled_from([(1, 1, 0), (3, 1, 1), (3, 2, 1), (2, 1, 0)]))
    if min(h, w) + 2 * pad < kernel:
        return x
    group = draw(st.sampled_from([1, c]))
    out = draw(st.integers(1, 3)) * group
    weight = rand(out, c // group, kernel, kernel) / np.float32(kernel * np.sqrt(c / group))
    inputs = [x, sketch.constant(weight), *([sketch.constant(rand(out))] if draw(st.booleans()) else [])]
    size = [(side + 2 * pad - kernel) // stride + 1 for side in (h, w)]
    found = sketch.add("Conv", inputs, (1, out, *size), group=group, strides=[stride] * 2, pads=[pad] * 4)
    if draw(st.booleans()):
        found = norm(sketch, found, draw)
    return sketch.add("Relu", [found], sketch.shapes[found]) if draw(st.booleans()) else found


def deconvolution(sketch, x, draw):
    _, c, h, w = sketch.shapes[x]
    if c * h * w > 600:
        return x
    extra = draw(st.sampled_from([0, 1]))
    out = draw(st.integers(1, 3))
    attributes = {"strides": [2, 2], "pads": [1] * 4, "output_padding": [extra] * 2}
    return sketch.add(
        "ConvTranspose",
        [x, sketch.constant(rand(c, out, 3, 3) / np.float32(3))],
        (1, out, 2 * h - 1 + extra, 2 * w - 1 + extra),
        **attributes,
    )


def norm(sketch, x, draw):
    c = sketch.shapes[x][1]
    op = draw(st.sampled_from(["BatchNormalization", "InstanceNormalization"]))
    numbers = [rand(c), rand(c, seed=1)]
    if op == "BatchNormalization":
        numbers += [rand(c, seed=2), np.abs(rand(c, seed=3)) + np.float32(0.5)]
    else:  # of a blob that is nearly constant it would blow up the rounding
        x = sketch.add("Mul", [x, sketch.constant(rand(1, 1, *sketch.shapes[x][2:]))], sketch.shapes[x])
    return sketch.add(op, [x, *map(sketch.constant, numbers)], sketch.shapes[x], epsilon=1e-2)


def activation(sketch, x, draw):
    op = draw(st.sampled_from(["Tanh", "Sigmoid", "LeakyRelu", "Cos", "HardSigmoid", "Elu", "Abs", "HardSwish"]))
    return sketch.add(op, [x], sketch.shapes[x])


def operand(sketch, x, draw):
    shape = sketch.shapes[x]
    kept = draw(st.tuples(*[st.booleans()] * 4))
    other = sketch.constant(rand(*(size if keep else 1 for size, keep in zip(shape, kept, strict=True))))
    pair = [x, other] if draw(st.booleans()) else [other, x]
    return sketch.add(draw(st.sampled_from(["Add", "Sub", "Mul", "Max"])), pair, shape)


def reduced(sketch, x, draw):
    shape = sketch.shapes[x]
    axes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True))
    small = tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    op = draw(st.sampled_from(["ReduceMean", "ReduceMax", "ReduceL2"]))
    mean = sketch.add(op, [x, sketch.constant(i64(*axes))], small)
    pair = [x, mean] if draw(st.booleans()) else [mean, x]
    return sketch.add(draw(st.sampled_from(["Add", "Sub", "Mul"])), pair, shape)


def resized(sketch, x, draw):
    _, c, h, w = sketch.shapes[x]
    if c * h * w > 600:
        return x
    mode, rule = draw(
        st.sampled_from([("linear", "align_corners"), ("linear", "half_pixel"), ("nearest", "asymmetric")])
    )
    rounding = {"nearest_mode": "floor"} if mode == "nearest" else {}
    factor = draw(st.sampled_from([2, 3]))
    size = (1, c, factor * h, factor * w)
    inputs = [x, "", "", sketch.constant(i64(*size))]
    return sketch.add("Resize", inputs, size, mode=mode, coordinate_transformation_mode=rule, **rounding)


def padded(sketch, x, draw):
    n, c, h, w = sketch.shapes[x]
    mode = draw(st.sampled_from(["constant", "reflect", "edge"]))
    limit = min(2, h - 1, w - 1) if mode == "reflect" else 2
    top, left, bottom, right = draw(st.tuples(*[st.integers(0, limit)] * 4))
    pads = sketch.constant(i64(0, 0, top, left, 0, 0, bottom, right))
    return sketch.add("Pad", [x, pads], (n, c, h + top + bottom, w + left + right), mode=mode)


def pooled(sketch, x, draw):
    n, c, h, w = sketch.shapes[x]
    if min(h, w) < 2:
        return x
    pad = draw(st.integers(0, 1))
    size = tuple((side + 2 * pad - 2) // 2 + 1 for side in (h, w))
    window = {"kernel_shape": [2, 2], "strides": [2, 2], "pads": [pad] * 4}
    op = draw(st.sampled_from(["MaxPool", "AveragePool"]))
    counted = {"count_include_pad": draw(st.integers(0, 1))} if op == "AveragePool" else {}
    return sketch.add(op, [x], (n, c, *size), **window, **counted)


def moved(sketch, x, draw):
    n, c, h, w = sketch.shapes[x]
    kind = draw(st.sampled_from(["transpose", "concat", "slice", "blocks", "rows"]))
    if kind == "transpose":
        return sketch.add("Transpose", [x], (n, c, w, h), perm=[0, 1, 3, 2])
    if kind == "concat" and c < 4:
        return sketch.add("Concat", [x, x], (n, 2 * c, h, w), axis=1)
    if kind == "slice" and h > 2:
        cut = [sketch.constant(i64(number)) for number in (1, h, 2)]
        return sketch.add("Slice", [x, *cut], (n, c, h - 1, w))
    if kind == "blocks" and h % 2 == w % 2 == 0:
        return sketch.add("SpaceToDepth", [x], (n, 4 * c, h // 2, w // 2), blocksize=2)
    return sketch.add("Reshape", [x, sketch.constant(i64(n, c, 1, h * w))], (n, c, 1, h * w))


STEPS = [convolution, deconvolution, norm, activation, operand, reduced, resized, padded, pooled, moved]


@st.composite
def graphs(draw):
    sketch = Sketch((1, draw(st.integers(1, 4)), draw(st.integers(2, 7)), draw(st.integers(2, 7))))
    x = "x"
    for step in draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=6)):
        before, x = x, step(sketch, x, draw)
        if sketch.shapes[before] == sketch.shapes[x] and before != x and draw(st.booleans()):
            x = sketch.add("Add", [before, x], sketch.shapes[x])
    if x == "x":
        x = sketch.add("Neg", ["x"], sketch.shapes["x"])
    return model(sketch.nodes, {"x": sketch.shapes["x"]}, [x], sketch.constants)


@settings(max_examples=120, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graphs())
def test_random_graph(graph):
    with tempfile.TemporaryDirectory() as folder:
        assert_same(graph, Path(folder), tolerance=2e-5)
