"""Decibels by hand."""

import math
from dataclasses import replace

import pytest
from tiny import SWAPPED

from mobileswap.contracts.verdict import PSNR_CEILING_DB
from mobileswap.parity.decibels import decibels, output_psnr, shares_of_range


def test_powers():
    assert decibels(100.0, 1.0) == pytest.approx(20.0)
    assert decibels(1.0, 1000.0) == pytest.approx(-30.0)


def test_the_ceiling_both_ways():
    assert decibels(1.0, 0.0) == decibels(0.0, 0.0) == decibels(1e300, 1e-300) == PSNR_CEILING_DB
    assert decibels(0.0, 1.0) == decibels(1e-300, 1e300) == -PSNR_CEILING_DB


@pytest.mark.parametrize("power", [0.0, 1.0])
def test_a_nan_stays_one(power):
    assert math.isnan(decibels(power, math.nan))


def test_psnr_of_several_outputs_is_over_the_values_of_all_each_on_its_own_range():
    first = replace(SWAPPED, shape=(1, 3, 5, 5), data_range=4.0)  # 75 values
    other = replace(SWAPPED, name="other", shape=(1, 1, 5, 5), data_range=0.5)  # 25
    assert shares_of_range([first, other]) == {"swapped": 0.25, "other": 2.0}
    assert output_psnr(1.0, [first, other]) == pytest.approx(20.0)  # 1 over 1 / 100
    assert output_psnr(math.inf, [first]) is None
    assert output_psnr(math.nan, [first]) is None
