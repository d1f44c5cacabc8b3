"""conv and conv_transpose against sums written out by hand and against the definition in NumPy."""

import itertools

import numpy as np
import pytest
from tiny_mil import compute, mb

from mobileswap.contracts.errors import UnknownOperation

ROW = np.array([[[1, 2, 3, 4]]])  # (1, 1, 4)


def weight(*values):
    return np.array(values, dtype=np.float32).reshape(1, 1, -1)


def test_pad_types_where_the_odd_cell_goes():
    def build(x):
        w = weight(1, 10)
        return (
            mb.conv(x=x, weight=w, pad_type="valid"),
            mb.conv(x=x, weight=w, pad_type="same"),
            mb.conv(x=x, weight=w, pad_type="same_lower"),
            mb.conv(x=x, weight=w, pad_type="custom", pad=[2, 1]),
        )

    valid, same, same_lower, custom = compute(build, ROW)
    assert valid.tolist() == [[[21, 32, 43]]]
    assert same.tolist() == [[[21, 32, 43, 4]]]
    assert same_lower.tolist() == [[[10, 21, 32, 43]]]
    assert custom.tolist() == [[[0, 10, 21, 32, 43, 4]]]


def test_same_with_a_stride_pads_for_the_ceiling_of_the_quotient():
    def build(x):
        return (
            mb.conv(x=x, weight=weight(1, 10, 100), pad_type="same", strides=[2]),  # windows 1 2 3 and 3 4 0
            mb.conv(x=x, weight=weight(1, 10), pad_type="same", strides=[3]),  # 1 2 and 4 0
            mb.conv(x=x, weight=weight(1), pad_type="same", strides=[3]),  # 1 and 4, nothing to pad
            mb.conv(x=x, weight=weight(1, 10), pad_type="same", dilations=[2]),  # 0 2, 1 3, 2 4, 3 0
        )

    strided, two, one, dilated = compute(build, ROW)
    assert strided.tolist() == [[[321, 43]]]
    assert two.tolist() == [[[21, 4]]]
    assert one.tolist() == [[[1, 4]]]
    assert dilated.tolist() == [[[20, 31, 42, 3]]]


def by_definition(x, w, bias, *, strides, cells, dilations, groups):
    """Every output as the sum that the docstring of ``conv`` defines."""
    x = np.pad(x.astype(np.float64), ((0, 0), (0, 0), *cells))
    out = tuple(
        (size - (k - 1) * d - 1) // s + 1
        for size, k, s, d in zip(x.shape[2:], w.shape[2:], strides, dilations, strict=True)
    )
    y = np.zeros((x.shape[0], w.shape[0], *out))
    per_in, per_out = w.shape[1], w.shape[0] // groups
    for channel, row, column in itertools.product(range(w.shape[0]), *map(range, out)):
        first = channel // per_out * per_in
        top, left = row * strides[0], column * strides[1]
        window = x[:, first : first + per_in, top :: dilations[0], left :: dilations[1]]
        window = window[:, :, : w.shape[2], : w.shape[3]]
        y[:, channel, row, column] = (window * w[channel]).sum((1, 2, 3)) + bias[channel]
    return y


@pytest.mark.parametrize(
    ("groups", "strides", "pad", "dilations"),
    [(1, (1, 1), (1, 1, 1, 1), (1, 1)), (2, (2, 1), (0, 2, 1, 0), (1, 2)), (4, (1, 3), (2, 2, 0, 0), (2, 1))],
)
def test_two_axes_with_everything_at_once(groups, strides, pad, dilations):
    rng = np.random.default_rng(groups)
    x = rng.normal(size=(1, 4, 7, 8)).astype(np.float32)
    w = rng.normal(size=(8, 4 // groups, 3, 2)).astype(np.float32)
    bias = rng.normal(size=8).astype(np.float32)

    def build(x):
        return mb.conv(
            x=x, weight=w, bias=bias, strides=strides, pad_type="custom", pad=pad, dilations=dilations, groups=groups
        )

    expected = by_definition(x, w, bias, strides=strides, cells=(pad[:2], pad[2:]), dilations=dilations, groups=groups)
    np.testing.assert_allclose(compute(build, x), expected, rtol=0, atol=2e-5)


def test_a_weight_may_be_computed():
    def build(x, w):
        return mb.conv(x=x, weight=mb.mul(x=w, y=2.0), pad_type="valid")

    assert compute(build, ROW, weight(1, 10)).tolist() == [[[42, 64, 86]]]


def test_transposed_is_cropped_by_the_padding():
    def build(x):
        options = {"x": x, "weight": weight(1, 10, 100), "strides": [2]}
        return (
            mb.conv_transpose(pad_type="valid", **options),
            mb.conv_transpose(pad_type="custom", pad=[1, 1], **options),
            mb.conv_transpose(pad_type="custom", pad=[0, 1], **options),
            mb.conv_transpose(pad_type="same", **options),
            mb.conv_transpose(pad_type="same", output_shape=[1, 1, 3], **options),
        )

    # 1·(1 10 100) and, two further on, 2·(1 10 100)
    full, even, uneven, same, shorter = compute(build, [[[1, 2]]])
    assert full.tolist() == [[[1, 10, 102, 20, 200]]]
    assert even.tolist() == [[[10, 102, 20]]]
    assert uneven.tolist() == [[[1, 10, 102, 20]]]
    assert same.tolist() == [[[1, 10, 102, 20]]]
    assert shorter.tolist() == [[[10, 102, 20]]]


def test_transposed_groups_dilations_and_bias():
    w = np.array([[[1, 10]], [[2, 20]]], dtype=np.float32)  # (C_in 2, C_out / groups 1, 2)

    def build(x):
        return mb.conv_transpose(x=x, weight=w, bias=np.float32([0, 0.5]), pad_type="valid", dilations=[2], groups=2)

    assert compute(build, [[[1, 3], [1, 0]]]).tolist() == [[[1, 3, 10, 30], [2.5, 0.5, 20.5, 0.5]]]


def test_transposed_to_a_size_beyond_the_full_result_is_refused():
    def build(x):
        return mb.conv_transpose(
            x=x, weight=weight(1, 10), strides=[2], pad_type="custom", pad=[0, 0], output_shape=[1, 1, 5], name="up"
        )

    with pytest.raises(UnknownOperation, match=r"conv_transpose 'up'.*\(5,\).*\(4,\)"):
        compute(build, [[[1, 2]]])
