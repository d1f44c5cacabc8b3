"""Padding and pooling, by hand."""

import numpy as np
import pytest
from tiny_mil import compute, mb

from mobileswap.contracts.errors import UnknownOperation

SQUARE = np.arange(1, 10).reshape(1, 1, 3, 3)  # 1 2 3 / 4 5 6 / 7 8 9


def test_pad_modes():
    def build(x):
        return (
            mb.pad(x=x, pad=[1, 0, 2, 1], mode="reflect"),
            mb.pad(x=x, pad=[0, 0, 0, 0, 0, 1, 1, 0], mode="replicate"),
            mb.pad(x=x, pad=[1, 2], mode="constant", constant_val=-1.0),
            mb.pad(x=x, pad=[2, 0], mode="reflect"),
        )

    reflect, replicate, constant, columns = compute(build, SQUARE)
    assert reflect[0, 0].tolist() == [[6, 5, 4, 5, 6, 5], [3, 2, 1, 2, 3, 2], [6, 5, 4, 5, 6, 5], [9, 8, 7, 8, 9, 8]]
    assert replicate[0, 0].tolist() == [[1, 1, 2, 3], [4, 4, 5, 6], [7, 7, 8, 9], [7, 7, 8, 9]]
    assert constant[0, 0].tolist() == [[-1, 1, 2, 3, -1, -1], [-1, 4, 5, 6, -1, -1], [-1, 7, 8, 9, -1, -1]]
    assert columns[0, 0, 0].tolist() == [3, 2, 1, 2, 3]


def test_a_constant_goes_around_any_axis():
    def build(x):
        return mb.pad(x=x, pad=[0, 0, 1, 0, 0, 0, 0, 0], constant_val=7.0)

    assert compute(build, SQUARE)[0, :, 0].tolist() == [[7, 7, 7], [1, 2, 3]]


@pytest.mark.parametrize("mode", ["reflect", "replicate"])
def test_mirrored_channels_are_refused_by_name(mode):
    def build(x):
        return mb.pad(x=x, pad=[0, 0, 1, 0, 0, 0, 0, 0], mode=mode, name="rim")

    with pytest.raises(UnknownOperation, match=f"pad 'rim': mode {mode}"):
        compute(build, np.zeros((1, 2, 3, 3)))


def test_average_counts_padded_cells_unless_told_not_to():
    def build(x):
        even = {"kernel_sizes": [2, 2], "strides": [2, 2], "pad_type": "custom", "pad": [1, 1, 1, 1]}
        uneven = {"kernel_sizes": [2, 2], "strides": [2, 2], "pad_type": "same"}
        return tuple(
            mb.avg_pool(x=x, exclude_padding_from_average=exclude, **options)
            for options in (even, uneven)
            for exclude in (False, True)
        )

    with_zeros, without, same_with, same_without = (y[0, 0].tolist() for y in compute(build, SQUARE))
    assert with_zeros == [[1 / 4, 5 / 4], [11 / 4, 28 / 4]]
    assert without == [[1, 2.5], [5.5, 7]]
    assert same_with == [[3, 9 / 4], [15 / 4, 9 / 4]]
    assert same_without == [[3, 4.5], [7.5, 9]]


def test_maximum_never_is_a_padded_cell():
    def build(x):
        return (
            mb.max_pool(x=x, kernel_sizes=[2, 2], strides=[2, 2], pad_type="same"),
            mb.max_pool(x=x, kernel_sizes=[2, 2], strides=[2, 2], pad_type="custom", pad=[1, 1, 1, 1]),
            mb.max_pool(x=x, kernel_sizes=[2, 2], strides=[2, 2], pad_type="valid", ceil_mode=True),
            mb.max_pool(x=x, kernel_sizes=[2, 2], strides=[2, 2], pad_type="valid"),
        )

    same, custom, ceiling, floor = (y[0, 0].tolist() for y in compute(build, -SQUARE))
    assert same == [[-1, -3], [-7, -9]]
    assert custom == [[-1, -2], [-4, -5]]
    assert ceiling == [[-1, -3], [-7, -9]]
    assert floor == [[-1]]


def test_pooling_along_one_axis():
    def build(x):
        return mb.avg_pool(x=x, kernel_sizes=[3], strides=[1], pad_type="valid"), mb.max_pool(
            x=x, kernel_sizes=[3], strides=[1], pad_type="same_lower"
        )

    mean, largest = compute(build, [[[1, 2, 6, 4]]])
    assert mean.tolist() == [[[3, 4]]]
    assert largest.tolist() == [[[2, 6, 6, 6]]]
