"""Resizing: where each cell holds its own index, the output is the grid, and the documentation lists grids."""

import numpy as np
import pytest
from tiny_mil import compute, mb

from mobileswap.contracts.errors import UnknownOperation


def ramp(size):
    return np.arange(size).reshape(1, 1, 1, size)


def resized(size, target, mode):
    def build(x):
        return mb.resize_bilinear(x=x, target_size_height=1, target_size_width=target, sampling_mode=mode)

    return compute(build, ramp(size)).ravel()


@pytest.mark.parametrize(
    ("mode", "five", "six"),
    [
        ("UNALIGN_CORNERS", [0, 0.1, 0.5, 0.9, 1], [0, 0, 1 / 3, 2 / 3, 1, 1]),
        ("STRICT_ALIGN_CORNERS", [0, 0.25, 0.5, 0.75, 1], [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ("ALIGN_CORNERS", [0, 0.25, 0.5, 0.75, 1], [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ("DEFAULT", [0, 0.4, 0.8, 1, 1], [0, 1 / 3, 2 / 3, 1, 1, 1]),
        ("OFFSET_CORNERS", [0.1, 0.3, 0.5, 0.7, 0.9], [1 / 12, 0.25, 5 / 12, 7 / 12, 0.75, 11 / 12]),
    ],
)
def test_sampling_modes_from_two_cells(mode, five, six):
    np.testing.assert_allclose(resized(2, 5, mode), five, atol=1e-6)
    np.testing.assert_allclose(resized(2, 6, mode), six, atol=1e-6)


def test_one_output_is_the_middle_only_where_corners_are_aligned_loosely():
    assert resized(4, 1, "ALIGN_CORNERS").tolist() == [1.5]
    assert resized(4, 1, "STRICT_ALIGN_CORNERS").tolist() == [0]
    assert resized(4, 1, "DEFAULT").tolist() == [0]


def test_rows_and_columns_each_have_their_own_grid():
    def build(x):
        return mb.resize_bilinear(x=x, target_size_height=4, target_size_width=3, sampling_mode="OFFSET_CORNERS")

    # rows: (0.5 1.5 2.5 3.5)·1/4; columns of five to three: (0.5 1.5 2.5)·4/3
    x = 10 * np.arange(2).reshape(1, 1, 2, 1) + np.arange(5)
    rows, columns = np.array([1.25, 3.75, 6.25, 8.75]), np.array([2 / 3, 2, 10 / 3])
    np.testing.assert_allclose(compute(build, x)[0, 0], rows[:, None] + columns, atol=1e-5)


def test_upsampling_takes_its_grid_from_the_sizes_and_not_from_the_factor():
    def build(x):
        return (
            mb.upsample_bilinear(x=x, scale_factor_height=1.0, scale_factor_width=2.0, align_corners=True),
            mb.upsample_bilinear(x=x, scale_factor_height=1.0, scale_factor_width=2.0, align_corners=False),
            mb.upsample_bilinear(
                x=x, scale_factor_height=1.0, scale_factor_width=1.4, align_corners=False
            ),  # 4.2, so four
            mb.upsample_bilinear(x=x, scale_factor_height=1.0, scale_factor_width=1.4, align_corners=True),
            mb.upsample_bilinear(
                x=x, scale_factor_height=1.0, scale_factor_width=0.7, align_corners=True
            ),  # 2.1, so two
        )

    aligned, loose, odd, odd_aligned, down = (y.ravel() for y in compute(build, ramp(3)))
    np.testing.assert_allclose(aligned, [0, 0.4, 0.8, 1.2, 1.6, 2], atol=1e-6)
    np.testing.assert_allclose(loose, [0, 0.25, 0.75, 1.25, 1.75, 2], atol=1e-6)
    np.testing.assert_allclose(odd, [0, 0.625, 1.375, 2], atol=1e-6)  # spacing 3/4, first at −1/8
    np.testing.assert_allclose(odd_aligned, [0, 2 / 3, 4 / 3, 2], atol=1e-6)
    np.testing.assert_allclose(down, [0, 2], atol=1e-6)


def test_any_rank_from_three_on():
    def build(x, y):
        return (
            mb.upsample_bilinear(x=x, scale_factor_height=2, scale_factor_width=1, align_corners=True),
            mb.upsample_bilinear(x=y, scale_factor_height=1, scale_factor_width=2, align_corners=True),
        )

    three, five = compute(build, [[[0], [3]]], np.float32([0, 3]).reshape(1, 1, 1, 1, 2))
    np.testing.assert_allclose(three, [[[0], [1], [2], [3]]], atol=1e-6)
    np.testing.assert_allclose(five.reshape(-1), [0, 1, 2, 3], atol=1e-6)


def test_nearest_repeats_cells():
    def build(x):
        return mb.upsample_nearest_neighbor(x=x, scale_factor_height=2, scale_factor_width=3)

    y = compute(build, [[[[1, 2], [3, 4]]]])
    first, last = [1, 1, 1, 2, 2, 2], [3, 3, 3, 4, 4, 4]
    assert y[0, 0].tolist() == [first, first, last, last]


def test_nearest_by_a_fraction_is_refused_by_name():
    def build(x):
        return mb.upsample_nearest_neighbor(x=x, scale_factor_height=1.0, scale_factor_width=1.5, name="grow")

    with pytest.raises(UnknownOperation, match=r"upsample_nearest_neighbor 'grow'.*1\.5.*whole"):
        compute(build, ramp(4))
