"""Distances by hand, and the judgement of them."""

import math
from dataclasses import replace

import numpy as np
import pytest
from tiny import SWAPPED

from bench.limits import LIMITS, find_limits, judge, max_abs_limit
from bench.metrics import measure
from contracts.errors import BadInput
from contracts.verdict import PSNR_CEILING_DB, Metrics, Outcome

GOOD = Metrics(0.0, (0,), 0.0, PSNR_CEILING_DB, 1.0, (-1.0, 1.0), (-1.0, 1.0))
BYTES = replace(SWAPPED, dtype="uint8", value_range=(0, 255), data_range=255)


def test_distance_by_hand():
    reference = np.array([[1.0, 2.0], [-2.0, 0.0]], np.float32)
    candidate = np.array([[1.0, 2.0], [-2.0, 0.2]])
    found = measure(reference, candidate, 2.0)
    assert found.max_abs == pytest.approx(0.2)
    assert found.max_abs_at == (1, 1)
    assert found.mean_abs == pytest.approx(0.05)
    assert found.psnr_db == pytest.approx(26.0206, abs=1e-4)  # MSE 0.01: 10·log10(4 / 0.01)
    assert found.cosine == pytest.approx(9 / (3 * math.sqrt(9.04)))
    assert found.reference_range == (-2.0, 2.0)
    assert found.candidate_range == (-2.0, 2.0)


def test_equal_tensors_have_the_ceiling():
    found = measure(np.ones(3), np.ones(3), 2.0)
    assert (found.psnr_db, found.max_abs, found.cosine) == (PSNR_CEILING_DB, 0.0, pytest.approx(1.0))


@pytest.mark.parametrize(("candidate", "cosine"), [(np.zeros(4), 1.0), (np.full(4, 1e-30), 0.0)])
def test_cosine_of_zero(candidate, cosine):
    assert measure(np.zeros(4), candidate, 2.0).cosine == cosine


def test_the_peak_is_not_the_candidates():
    reference = np.zeros((1, 4, 64, 64), np.float32)
    candidate = reference.copy()
    candidate[0, 0, 0, 0] = 1e6
    found = measure(reference, candidate, 2.0)
    assert found.psnr_db == pytest.approx(20 * math.log10(2) - 10 * math.log10(1e12 / 16384))
    assert found.psnr_db < -70


def test_sums_are_in_float64():
    reference = np.full(1 << 20, 1e-3, np.float32)
    candidate = np.full(1 << 20, 1e-3 + 1e-7, np.float32)
    step = float(candidate[0]) - float(reference[0])
    assert measure(reference, candidate, 2.0).mean_abs == pytest.approx(step, rel=1e-9)


def test_bytes_do_not_wrap_around():
    found = measure(np.array([0, 255], np.uint8), np.array([255, 0], np.uint8), 255)
    assert found.max_abs == 255
    assert found.psnr_db == pytest.approx(0.0)


def test_arguments_are_left_alone():
    reference, candidate = np.array([1.0, 2.0]), np.array([math.nan, 2.0])
    measure(reference, candidate, 2.0)
    assert reference.tolist() == [1.0, 2.0]
    assert math.isnan(candidate[0])


@pytest.mark.parametrize(
    ("reference", "candidate", "data_range"),
    [(np.ones(3), np.ones(1), 2.0), (np.ones((2, 1)), np.ones((1, 2)), 2.0), (np.ones(0), np.ones(0), 2.0)]
    + [(np.ones(1), np.ones(1), wrong) for wrong in (0.0, -2.0, math.nan)],
)
def test_what_cannot_be_measured_is_refused(reference, candidate, data_range):
    with pytest.raises(ValueError, match="expected"):
        measure(reference, candidate, data_range)


def test_the_table_of_limits():
    assert {n: (v.psnr_hard_db, v.psnr_expected_db, v.max_abs, v.cosine) for n, v in LIMITS.items()} == {
        "fp32": (70, 90, 1e-3, 0.99999),
        "fp16-weights": (50, 60, 1e-2, 0.9999),
        "fp16-arithmetic": (40, 50, 5e-2, 0.9995),
        "int8": (30, 35, 2.0, 0.99),
    }
    with pytest.raises(BadInput, match=r"'fp8'.*fp32, fp16-weights"):
        find_limits("fp8", [SWAPPED])


@pytest.mark.parametrize(
    ("psnr_db", "outcome"),
    [(90.0, "PASS"), (89.99, "PASS WITH WARNING"), (70.0, "PASS WITH WARNING"), (69.99, "TOO_FAR")],
)
def test_psnr_on_either_side_of_its_limits(psnr_db, outcome):
    assert judge(replace(GOOD, psnr_db=psnr_db), LIMITS["fp32"], SWAPPED).outcome == outcome


@pytest.mark.parametrize(
    ("change", "words"),
    [({"max_abs": 1.001e-3}, "max abs 0.001 "), ({"cosine": 0.999989}, "cosine 0.9999890"), ({"cosine": -1}, "cosine")],
)
def test_one_value_outside_is_too_far_and_is_named(change, words):
    judgement = judge(replace(GOOD, **change), LIMITS["fp32"], SWAPPED)
    assert judgement.outcome is Outcome.TOO_FAR
    assert judgement.detail.startswith(words.strip())
    assert judgement.strain > 1


@pytest.mark.parametrize("field", ["psnr_db", "max_abs", "cosine"])
@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_nan_never_passes(field, limits):
    judgement = judge(replace(GOOD, **{field: math.nan}), limits, SWAPPED)
    assert judgement.outcome is Outcome.TOO_FAR
    assert judgement.strain == math.inf


def test_bytes_are_not_expected_to_be_as_near_as_floats():
    # 1 of 1530 levels differs by one: MSE 1 / 1530, and 20·log10(255) + 10·log10(1530) = 79.98 dB
    assert find_limits("fp32", [SWAPPED]).psnr_expected_db == 90
    assert find_limits("fp32", [SWAPPED, BYTES]).psnr_expected_db == 80
    assert find_limits("fp32", [BYTES]).psnr_hard_db == 70
    assert find_limits("fp16-arithmetic", [BYTES]).psnr_expected_db == 50


def test_max_abs_scales_with_the_data_range_and_spares_one_level_of_bytes():
    assert max_abs_limit(LIMITS["fp32"], SWAPPED) == 1e-3
    assert max_abs_limit(LIMITS["fp32"], replace(SWAPPED, data_range=255.0)) == pytest.approx(0.1275)
    assert max_abs_limit(LIMITS["fp32"], BYTES) == 1.0
    assert max_abs_limit(LIMITS["fp16-arithmetic"], BYTES) == pytest.approx(6.375)
    assert judge(replace(GOOD, max_abs=1.0), LIMITS["fp32"], BYTES).outcome is Outcome.PASS
    assert judge(replace(GOOD, max_abs=2.0), LIMITS["fp32"], BYTES).outcome is Outcome.TOO_FAR


def test_strain_is_what_orders_outputs():
    def strain(**change):
        return judge(replace(GOOD, **change), LIMITS["fp32"], SWAPPED).strain

    # Within: 6.02 dB above the limit is half its root mean square error. Outside: the worst of those that are broken
    assert strain(psnr_db=76.0206) == pytest.approx(0.5, abs=1e-4)
    assert strain(psnr_db=63.9794) == pytest.approx(2.0, abs=1e-4)
    assert strain(psnr_db=63.9794, max_abs=3e-3) == pytest.approx(3.0)
    assert strain(cosine=0.99995) == pytest.approx(5.0)
