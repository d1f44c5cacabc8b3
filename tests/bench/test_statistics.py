"""Numbers by hand."""

import math

import numpy as np
import pytest

from mobileswap.bench.statistics import drift, median_interval, summarise


def test_four_samples_by_hand():
    summary = summarise([4.0, 1.0, 3.0, 2.0])
    assert summary.mean_ms == 2.5
    assert summary.median_ms == 2.5
    assert summary.min_ms == 1.0
    assert summary.p90_ms == pytest.approx(3.7)  # position 2.7 of 0…3
    assert summary.p99_ms == pytest.approx(3.97)
    assert summary.cv == pytest.approx(math.sqrt(5 / 3) / 2.5)  # squares 2.25 + 0.25 + 0.25 + 2.25 over n − 1


def test_percentiles_are_those_of_numpy():
    samples = np.random.default_rng(0).lognormal(size=101)
    summary = summarise(samples.tolist())
    expected = np.percentile(samples, [50, 90, 99])
    assert [summary.median_ms, summary.p90_ms, summary.p99_ms] == pytest.approx(expected.tolist())


def test_a_single_sample_is_all_of_its_statistics():
    summary = summarise([7.0])
    assert {summary.mean_ms, summary.median_ms, summary.p90_ms, summary.p99_ms, summary.min_ms} == {7.0}
    assert summary.median_interval_ms == (7.0, 7.0)
    assert summary.cv == summary.drift == 0.0


def test_an_outlier_is_kept():
    assert summarise([1.0] * 99 + [100.0]).mean_ms == pytest.approx(1.99)


@pytest.mark.parametrize("samples", [[1.0, 0.0], [-1.0], [math.nan], [math.inf]])
def test_what_is_no_time_is_refused(samples):
    with pytest.raises(ValueError, match=r"^expected positive times, got one that is zero, negative or not a number$"):
        summarise(samples)


def test_no_passes_at_all_are_refused():
    with pytest.raises(ValueError, match=r"^expected at least one timed pass, got none$"):
        summarise([])


def test_two_samples_vary_as_well():
    assert summarise([1.0, 3.0]).cv == pytest.approx(math.sqrt(2) / 2)


def test_the_interval_holds_the_true_median_about_as_often_as_it_says():
    draws = np.random.default_rng(1).lognormal(size=(200, 40))  # true median 1
    held = sum(low <= 1 <= high for low, high in map(median_interval, draws.tolist()))
    assert 180 <= held <= 199  # 95 % of 200 within four standard deviations


def test_drift_is_the_last_third_against_the_first():
    assert drift([1.0, 1.0, 5.0, 9.0, 1.5, 1.5]) == pytest.approx(0.5)
    assert drift([1.0, 3.0, 9.0, 9.0, 2.0, 4.0]) == pytest.approx(0.5)  # medians 2 and 3
    assert drift([1.0, 9.0]) == 0.0


def test_drift_looks_at_the_order_of_time():
    assert drift([1.0, 2.0, 3.0]) == -drift([3.0, 2.0, 1.0]) * 3
