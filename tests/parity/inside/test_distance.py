"""The distance of two tensors, by hand."""

import numpy as np
import pytest

from mobileswap.contracts.bisection import FAR
from mobileswap.parity.inside.distance import TOLERANCES, blamed, distance

ONE = np.array([[3.0, -4.0]], np.float32)  # rms √12.5, peak 4


def test_equal_tensors_are_not_apart():
    found = distance(ONE, ONE)
    assert (found.rms, found.peak, found.beyond_rms, found.beyond_peak) == (0, 0, 0, 0)
    assert found.finite


def test_numbers_by_hand():
    found = distance(ONE, ONE + np.float32([[0.0, 1.0]]))
    assert found.rms == pytest.approx(1 / 5)  # √(1/2) / √12.5
    assert found.peak == pytest.approx(1 / 4)
    assert found.at == (0, 1)


def test_rounding_explains_its_share():
    found = distance(ONE, ONE + np.float32([[0.0, 1.0]]), rounding=0.125)
    assert found.beyond_peak == pytest.approx(0.5 / 4)
    assert distance(ONE, ONE * np.float32(1.1), rounding=0.125).beyond_rms == 0


def test_a_step_explains_one_level():
    assert distance(ONE, ONE + 1, step=1.0).beyond_peak == 0


def test_a_number_that_is_none_is_seen_and_blamed():
    for wrong in (np.nan, np.inf):
        found = distance(ONE, np.array([[wrong, -4.0]], np.float32))
        assert (found.finite, found.rms) == (False, FAR)
        assert blamed(found, TOLERANCES["fp32"])


def test_nothing_is_held_against_a_tensor_where_the_reference_is_none():
    for none in (np.nan, np.inf):
        for got in (7.0, np.inf):
            found = distance(np.array([[none, -4.0]], np.float32), np.array([[got, -4.0]], np.float32))
            assert not blamed(found, TOLERANCES["fp32"])


def test_axes_of_one_do_not_matter_and_others_do():
    assert distance(ONE, ONE.reshape(1, 2, 1, 1)).rms == 0
    assert blamed(distance(np.zeros((2, 3), np.float32), np.zeros((3, 2), np.float32)), TOLERANCES["fp32"])


def test_arguments_stay():
    expected, got = ONE.copy(), ONE + 1
    distance(expected, got, rounding=0.1)
    assert np.array_equal(expected, ONE)
    assert np.array_equal(got, ONE + 1)


def test_zeros_that_are_not_zero_are_blamed():
    zeros = np.zeros((2, 2), np.float32)
    assert not blamed(distance(zeros, zeros), TOLERANCES["fp32"])
    assert blamed(distance(zeros, zeros + 1), TOLERANCES["fp32"])


def test_a_normalisation_is_given_more_where_its_numbers_were_rounded():
    tolerance = TOLERANCES["fp16-weights"]
    found = distance(ONE, ONE * np.float32(1 + 2.0**-10 + 3 * tolerance.rms), rounding=tolerance.rounding)
    assert blamed(found, tolerance, "convolution")
    assert not blamed(found, tolerance, "batch_norm")
