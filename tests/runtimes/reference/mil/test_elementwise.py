"""Element by element, reductions, normalizations and products, by hand or by NumPy's function of the same name."""

import numpy as np
import pytest
from tiny_mil import compute, mb

from mobileswap.contracts.errors import UnknownOperation

X = np.float32([[-2.5, -1, 0, 0.5, 7]])
POSITIVE = np.float32([[0.25, 1, 2, 16]])


def test_activations():
    def build(x):
        return (
            mb.relu(x=x),
            mb.relu6(x=x),
            mb.leaky_relu(x=x, alpha=0.1),
            mb.clip(x=x, alpha=-1.5, beta=0.25),
            mb.tanh(x=x),
            mb.sigmoid(x=x),
            mb.silu(x=x),
            mb.softmax(x=x, axis=-1),
            mb.softmax(x=x, axis=0),
        )

    relu, relu6, leaky, clip, tanh, sigmoid, silu, softmax, alone = compute(build, X)
    assert relu.tolist() == [[0, 0, 0, 0.5, 7]]
    assert relu6.tolist() == [[0, 0, 0, 0.5, 6]]
    np.testing.assert_allclose(leaky, [[-0.25, -0.1, 0, 0.5, 7]])
    assert clip.tolist() == [[-1.5, -1, 0, 0.25, 0.25]]
    np.testing.assert_allclose(tanh, np.tanh(X), rtol=1e-6)
    np.testing.assert_allclose(sigmoid, 1 / (1 + np.exp(-X)), rtol=1e-6)
    np.testing.assert_allclose(silu, X / (1 + np.exp(-X)), rtol=1e-6)
    np.testing.assert_allclose(softmax, np.exp(X) / np.exp(X).sum(), rtol=1e-5)
    assert alone.tolist() == [[1] * 5]


def test_prelu_has_an_alpha_per_channel():
    def build(x):
        return mb.prelu(x=x, alpha=np.float32([0.5, 10]))

    assert compute(build, [[[[-2, 2]], [[-3, 3]]]]).tolist() == [[[[-1, 2]], [[-30, 3]]]]


def test_functions_of_one_number():
    def build(x):
        return (
            mb.sqrt(x=x),
            mb.rsqrt(x=x, epsilon=0.0),
            mb.rsqrt(x=x, epsilon=3.0),
            mb.inverse(x=x, epsilon=1.0),
            mb.log(x=x),
            mb.exp(x=x),
            mb.cos(x=x),
            mb.sin(x=x),
            mb.square(x=x),
            mb.abs(x=mb.sub(x=x, y=2.0)),
        )

    sqrt, rsqrt, shifted, inverse, log, exp, cos, sin, square, distance = compute(build, POSITIVE)
    assert sqrt.tolist() == np.sqrt(POSITIVE).tolist()
    np.testing.assert_allclose(rsqrt, [[2, 1, 0.5**0.5, 0.25]], rtol=1e-6)
    np.testing.assert_allclose(shifted, 1 / np.sqrt(POSITIVE + 3), rtol=1e-6)
    np.testing.assert_allclose(inverse, [[0.8, 0.5, 1 / 3, 1 / 17]], rtol=1e-6)
    np.testing.assert_allclose(log, np.log(POSITIVE), rtol=1e-6)
    np.testing.assert_allclose(exp, np.exp(POSITIVE), rtol=1e-6)
    np.testing.assert_allclose(cos, np.cos(POSITIVE), rtol=1e-5)
    np.testing.assert_allclose(sin, np.sin(POSITIVE), rtol=1e-5)
    assert square.tolist() == [[0.0625, 1, 4, 256]]
    assert distance.tolist() == [[1.75, 1, 0, 14]]


def test_functions_of_two_broadcast_and_keep_their_order():
    def build(x, y):
        return (
            mb.add(x=x, y=y),
            mb.sub(x=x, y=y),
            mb.mul(x=x, y=y),
            mb.real_div(x=x, y=y),
            mb.pow(x=x, y=y),
            mb.maximum(x=x, y=y),
            mb.minimum(x=x, y=y),
            mb.sub(x=1.0, y=x),
        )

    add, sub, mul, div, power, larger, smaller, rest = compute(build, [[3], [1]], [[2, 4]])
    assert add.tolist() == [[5, 7], [3, 5]]
    assert sub.tolist() == [[1, -1], [-1, -3]]
    assert mul.tolist() == [[6, 12], [2, 4]]
    assert div.tolist() == [[1.5, 0.75], [0.5, 0.25]]
    assert power.tolist() == [[9, 81], [1, 1]]
    assert larger.tolist() == [[3, 4], [2, 4]]
    assert smaller.tolist() == [[2, 3], [1, 1]]
    assert rest.tolist() == [[-2], [0]]


def test_casts():
    def build(x):
        whole = mb.cast(x=x, dtype="int32")
        return (
            mb.cast(x=whole, dtype="fp32"),
            mb.cast(x=mb.cast(x=x, dtype="bool"), dtype="fp32"),
            mb.cast(x=mb.add(x=whole, y=1), dtype="fp32"),
        )

    whole, truth, more = compute(build, X)
    assert whole.tolist() == [[-2, -1, 0, 0, 7]]  # towards zero
    assert truth.tolist() == [[1, 1, 0, 1, 1]]
    assert more.tolist() == [[-1, 0, 1, 1, 8]]


def test_reductions():
    def build(x):
        return (
            mb.reduce_sum(x=x, axes=[0]),
            mb.reduce_mean(x=x, axes=[-1], keep_dims=True),
            mb.reduce_max(x=x, axes=[0, 1], keep_dims=True),
            mb.reduce_min(x=x, axes=[1]),
            mb.reduce_sum_square(x=x, axes=[1]),
            mb.reduce_l2_norm(x=x, axes=[1], keep_dims=True),
            mb.expand_dims(x=mb.reduce_sum(x=x), axes=[0]),
        )

    total, mean, largest, smallest, squares, length, everything = compute(build, [[3, 4], [-6, 8]])
    assert total.tolist() == [-3, 12]
    assert mean.tolist() == [[3.5], [1]]
    assert largest.tolist() == [[8]]
    assert smallest.tolist() == [3, -6]
    assert squares.tolist() == [25, 100]
    assert length.tolist() == [[5], [10]]
    assert everything.tolist() == [9]


def test_reducing_integers_is_refused_by_name():
    def build(x):
        return mb.cast(x=mb.reduce_mean(x=mb.cast(x=x, dtype="int32"), axes=[1], name="mean"), dtype="fp32")

    with pytest.raises(UnknownOperation, match="reduce_mean 'mean': x is int32"):
        compute(build, X)


def test_normalizations():
    def build(x):
        options = {"gamma": np.float32([1, 10]), "beta": np.float32([0, 5])}
        return (
            mb.batch_norm(x=x, mean=np.float32([1, 2]), variance=np.float32([3, 0]), epsilon=1.0, **options),
            mb.batch_norm(x=x, mean=np.float32([1, 2]), variance=np.float32([3, 0]), epsilon=1.0),
            mb.instance_norm(x=x, epsilon=3.0, **options),
            mb.instance_norm(x=x, epsilon=3.0),
            mb.l2_norm(x=x, epsilon=19.0),
        )

    # channel means 2 and 5, variances (of the population) 1 and 1; squares 1 + 9 + 16 + 36 = 62, and 19 more is 81
    batch, plain_batch, instance, plain_instance, length = compute(build, [[[[1, 3]], [[4, 6]]]])
    assert batch.reshape(-1).tolist() == [0, 1, 25, 45]
    assert plain_batch.reshape(-1).tolist() == [0, 1, 2, 4]
    np.testing.assert_allclose(instance.reshape(-1), [-0.5, 0.5, 0, 10], atol=1e-6)
    np.testing.assert_allclose(plain_instance.reshape(-1), [-0.5, 0.5, -0.5, 0.5], atol=1e-6)
    np.testing.assert_allclose(length.reshape(-1), np.float32([1, 3, 4, 6]) / 9, rtol=1e-6)


def test_l2_norm_is_of_each_batch_alone():
    def build(x):
        return mb.l2_norm(x=x, epsilon=0.0)

    np.testing.assert_allclose(
        compute(build, np.float32([3, 4, 0, 2]).reshape(2, 1, 1, 2)).reshape(-1), [0.6, 0.8, 0, 1], rtol=1e-6
    )


def test_products():
    matrix = np.float32([[1, 2, 3], [4, 5, 6]])

    def build(x, y):
        return (
            mb.linear(x=x, weight=matrix, bias=np.float32([0.5, -1])),
            mb.linear(x=x, weight=matrix),
            mb.matmul(x=x, y=matrix, transpose_y=True),
            mb.matmul(x=y, y=matrix, transpose_x=True),
            mb.matmul(x=x, y=y, transpose_x=True, transpose_y=True),
        )

    linear, plain, by_transposed, transposed_by, both = compute(build, [[1, 0, 2]], [[1], [10]])
    assert linear.tolist() == [[7.5, 15]]
    assert plain.tolist() == by_transposed.tolist() == [[7, 16]]
    assert transposed_by.tolist() == [[41, 52, 63]]
    assert both.tolist() == [[1, 10], [0, 0], [2, 20]]
