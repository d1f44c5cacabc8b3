"""Distances by hand, and the judgement of them."""

import itertools
import math
from dataclasses import fields, replace

import numpy as np
import pytest
from tiny import SWAPPED, VECTOR

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.verdict import PSNR_CEILING_DB, Bound, Limits, Metrics, Outcome, PictureMetrics
from mobileswap.parity.limits import LIMITS, RULES, bound_of, find_limits, judge
from mobileswap.parity.metrics import measure, measure_output

CEILING = PSNR_CEILING_DB
EQUAL = PictureMetrics(1.0, 0.0, 0.0, 0, CEILING, (0, 0), CEILING)
GOOD = Metrics(0.0, (0,), 0.0, 0.0, CEILING, CEILING, 1.0, (-1.0, 1.0), (-1.0, 1.0), EQUAL)
BYTES = replace(SWAPPED, dtype="uint8", value_range=(0, 255), data_range=255)


def test_distance_by_hand():
    reference = np.array([[1.0, 2.0], [-2.0, 0.0]], np.float32)
    candidate = np.array([[1.0, 2.0], [-2.0, 0.2]])
    found = measure(reference, candidate, 2.0)
    assert found.max_abs == pytest.approx(0.2)
    assert found.max_abs_at == (1, 1)
    assert found.mean_abs == pytest.approx(0.05)
    assert found.rmse == pytest.approx(0.1)
    assert found.psnr_db == pytest.approx(26.0206, abs=1e-4)  # MSE 0.01: 10·log10(4 / 0.01)
    assert found.snr_db == pytest.approx(10 * math.log10(2.25 / 0.01))  # the reference's mean square is 9 / 4
    assert found.cosine == pytest.approx(9 / (3 * math.sqrt(9.04)))
    assert found.reference_range == (-2.0, 2.0)
    assert found.candidate_range == (-2.0, 2.0)


def test_equal_tensors_have_the_ceiling():
    found = measure(np.ones(3), np.ones(3), 2.0)
    assert (found.psnr_db, found.snr_db, found.max_abs, found.cosine) == (CEILING, CEILING, 0.0, pytest.approx(1.0))
    assert found.picture is None


@pytest.mark.parametrize(("candidate", "cosine", "snr_db"), [(0.0, 1.0, CEILING), (1e-30, 0.0, -CEILING)])
def test_cosine_and_snr_of_zero(candidate, cosine, snr_db):
    found = measure(np.zeros(4), np.full(4, candidate), 2.0)
    assert (found.cosine, found.snr_db) == (cosine, snr_db)


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


# Pictures


def grey(height, width, *changes):
    """(1, 3, height, width) of zeros, and the same with some values."""
    reference = np.zeros((1, 3, height, width), np.float32)
    candidate = reference.copy()
    for at, value in changes:
        candidate[at] = value
    return reference, candidate


def measured(height, width, *changes):
    spec = replace(SWAPPED, shape=(1, 3, height, width))
    return measure_output(*grey(height, width, *changes), spec).picture


def test_equal_pictures():
    picture = measured(32, 32)
    assert picture.ssim == pytest.approx(1.0)
    assert replace(picture, ssim=1.0) == EQUAL


def test_the_worst_tile_and_where_it_is():
    # 0.1 in one of the 768 values of the tile that begins at row 16, column 32: MSE 0.01 / 768
    picture = measured(48, 48, ((0, 1, 20, 40), 0.1), ((0, 0, 0, 0), 0.05))
    assert picture.tile_at == (16, 32)
    assert picture.tile_psnr_db == pytest.approx(10 * math.log10(4 * 768 / 0.01))


def test_a_tile_at_the_end_is_as_large_as_what_is_left():
    # 20 columns: the second tile of a row is 16 × 4 × 3 = 192 values
    picture = measured(16, 20, ((0, 2, 0, 19), 0.1))
    assert picture.tile_at == (0, 16)
    assert picture.tile_psnr_db == pytest.approx(10 * math.log10(4 * 192 / 0.01))


def test_the_border_is_four_pixels_wide():
    # a ring of 4 in 32 × 32: 1024 − 24² = 448 pixels of 3 values
    inside, beside = (measured(32, 32, ((0, 0, at, at), 0.1)) for at in (4, 3))
    assert inside.border_psnr_db == CEILING
    assert beside.border_psnr_db == pytest.approx(10 * math.log10(4 * 448 * 3 / 0.01))


def test_a_small_picture_is_all_border():
    assert measured(8, 8, ((0, 0, 4, 4), 0.1)).border_psnr_db == pytest.approx(10 * math.log10(4 * 192 / 0.01))


def test_changed_levels_by_hand():
    # grey is 127.5, which rounds to 128 (half to even); 0.0275 is 3 levels more, and 1e-4 too little for another
    picture = measured(10, 10, ((0, 0, 1, 1), 0.0275), ((0, 1, 1, 1), 0.008), ((0, 2, 5, 5), 1e-4))
    assert picture.changed_share == pytest.approx(0.01)
    assert picture.changed_most == 3
    assert picture.changed_mean == pytest.approx(2.0)  # 3 levels and 1


def test_levels_beyond_the_range_are_clipped_as_a_screen_does():
    reference, candidate = np.full((1, 3, 8, 8), 1.0, np.float32), np.full((1, 3, 8, 8), 7.0, np.float32)
    assert measure_output(reference, candidate, SWAPPED).picture.changed_share == 0


def test_structural_similarity_of_a_flat_shift():
    # without variance what remains of SSIM is (2ab + C1) / (a² + b² + C1), with C1 = (0.01 · data range)², where black
    # is 0: 0.5 counts as 1.5
    reference, candidate = np.full((1, 3, 16, 16), 0.5, np.float32), np.full((1, 3, 16, 16), 0.25, np.float32)
    spec = replace(SWAPPED, shape=reference.shape)
    constant = 0.02**2
    expected = (2 * 1.5 * 1.25 + constant) / (1.5**2 + 1.25**2 + constant)
    assert measure_output(reference, candidate, spec).picture.ssim == pytest.approx(expected)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_the_same_picture_in_another_layout_and_range_measures_the_same(layout, dtype):
    rng = np.random.default_rng(0)
    levels = rng.integers(0, 256, (1, 3, 32, 48))
    other = np.clip(levels + rng.integers(-2, 3, levels.shape), 0, 255)
    plain = replace(SWAPPED, shape=levels.shape)
    expected = measure_output(*((x / 127.5 - 1).astype(np.float32) for x in (levels, other)), plain)
    spec = replace(plain, dtype=dtype, layout=layout, value_range=(0.0, 255.0), data_range=255.0)
    turned = [x.transpose(0, 2, 3, 1) if layout == "NHWC" else x for x in (levels, other)]
    found = measure_output(*(np.asarray(x, dtype) for x in turned), spec)
    assert found.psnr_db == pytest.approx(expected.psnr_db, abs=1e-4)
    assert found.picture.tile_at == expected.picture.tile_at
    assert found.picture.changed_most == expected.picture.changed_most == 2
    for name in ("ssim", "tile_psnr_db", "border_psnr_db", "changed_share", "changed_mean"):
        assert getattr(found.picture, name) == pytest.approx(getattr(expected.picture, name), abs=1e-4)


def test_a_picture_s_arguments_are_left_alone():
    reference, candidate = grey(8, 8, ((0, 0, 0, 0), math.nan))
    measure_output(reference, candidate, SWAPPED)
    assert np.isnan(candidate).sum() == 1
    assert not reference.any()


def test_every_metric_of_a_picture_with_nan_fails():
    metrics = measure_output(*grey(16, 16, ((0, 0, 0, 0), math.nan)), replace(SWAPPED, shape=(1, 3, 16, 16)))
    judgement = judge(metrics, LIMITS["int8"], SWAPPED)
    assert judgement.outcome is Outcome.TOO_FAR
    assert judgement.strain == math.inf


# Limits


def test_the_table_of_limits():
    assert {n: (v.psnr_db, v.max_abs, v.cosine) for n, v in LIMITS.items()} == {
        "fp32": (Bound(90, 110), Bound(1e-3, 1e-4), Bound(0.99999, 0.999999)),
        "fp16-weights": (Bound(50, 60), Bound(1e-2, 5e-3), Bound(0.9999, 0.99995)),
        "fp16-arithmetic": (Bound(40, 50), Bound(5e-2, 2e-2), Bound(0.9995, 0.9998)),
        "int8": (Bound(30, 35), Bound(2.0, 1.0), Bound(0.99, 0.995)),
    }
    with pytest.raises(BadInput, match=r"'fp8'.*fp32, fp16-weights"):
        find_limits("fp8", [SWAPPED])


def test_every_limit_has_a_rule_and_expects_more_than_it_demands():
    assert sorted(rule.metric for rule in RULES) == sorted(
        field.name for field in fields(Limits) if field.name != "name"
    )
    for limits in LIMITS.values():
        for rule in RULES:
            bound = getattr(limits, rule.metric)
            assert rule.within(bound.expected, bound.hard)


def test_a_coarser_precision_is_nowhere_held_to_more():
    for finer, coarser in itertools.pairwise(LIMITS.values()):
        for rule in RULES:
            for end in ("hard", "expected"):
                values = [getattr(getattr(limits, rule.metric), end) for limits in (finer, coarser)]
                assert rule.within(*values), (finer.name, rule.metric, end)


@pytest.mark.parametrize(
    ("psnr_db", "outcome"),
    [(110.0, "PASS"), (109.99, "PASS WITH WARNING"), (90.0, "PASS WITH WARNING"), (89.99, "TOO_FAR")],
)
def test_psnr_on_either_side_of_its_limits(psnr_db, outcome):
    assert judge(replace(GOOD, psnr_db=psnr_db), LIMITS["fp32"], SWAPPED).outcome == outcome


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"max_abs": 1.001e-3}, "max abs 0.001 (at most 0.001, expected 0.0001) at [0]"),
        ({"cosine": 0.999989}, "cosine 0.9999890"),
        ({"cosine": -1}, "cosine"),
        ({"snr_db": 69.9}, "SNR 69.9 dB (at least 70, expected 90)"),
        ({"picture": replace(EQUAL, ssim=0.9998)}, "SSIM 0.999800 (at least 0.9999, expected 0.99999)"),
        (
            {"picture": replace(EQUAL, tile_psnr_db=79.9, tile_at=(16, 48))},
            "worst tile 79.9 dB (at least 80, expected 100) at [16, 48]",
        ),
        ({"picture": replace(EQUAL, border_psnr_db=84.9)}, "border 84.9 dB (at least 85, expected 105)"),
        (
            {"picture": replace(EQUAL, changed_share=0.051)},
            "5.10% of the pixels another level (at most 0.05, expected 0.01)",
        ),
    ],
)
def test_one_value_outside_is_too_far_and_is_named(change, words):
    judgement = judge(replace(GOOD, **change), LIMITS["fp32"], SWAPPED)
    assert judgement.outcome is Outcome.TOO_FAR
    assert judgement.detail.startswith(words)
    assert judgement.strain > 1


def test_a_value_between_expected_and_hard_is_named_and_warned_of():
    judgement = judge(replace(GOOD, max_abs=2e-4), LIMITS["fp32"], SWAPPED)
    assert judgement.outcome is Outcome.PASS_WITH_WARNING
    assert judgement.detail == "max abs 0.0002 (at most 0.001, expected 0.0001) at [0]"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.metric)
@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_nan_never_passes(rule, limits):
    changes = {rule.metric: math.nan}
    broken = (
        replace(GOOD, **changes) if hasattr(GOOD, rule.metric) else replace(GOOD, picture=replace(EQUAL, **changes))
    )
    judgement = judge(broken, limits, SWAPPED)
    assert judgement.outcome is Outcome.TOO_FAR
    assert judgement.strain == math.inf


def test_a_picture_that_was_not_measured_as_one_is_not_checked():
    assert judge(replace(GOOD, picture=None), LIMITS["fp32"], SWAPPED).outcome is Outcome.NOT_CHECKED
    assert judge(replace(GOOD, picture=None), LIMITS["fp32"], VECTOR).outcome is Outcome.PASS


def test_bytes_are_not_expected_to_be_as_near_as_floats():
    # 1 of 1530 levels differs by one: MSE 1 / 1530, and 20·log10(255) + 10·log10(1530) = 79.98 dB
    assert find_limits("fp32", [SWAPPED]).psnr_db == Bound(90, 110)
    assert find_limits("fp32", [SWAPPED, BYTES]).psnr_db == Bound(70, 80)
    assert find_limits("fp16-arithmetic", [BYTES]) == LIMITS["fp16-arithmetic"]


def test_max_abs_scales_with_the_data_range_and_spares_one_level_of_bytes():
    def most(name, spec):
        return bound_of(LIMITS[name], "max_abs", spec).hard

    assert most("fp32", SWAPPED) == 1e-3
    assert most("fp32", replace(SWAPPED, data_range=255.0)) == pytest.approx(0.1275)
    assert most("fp32", BYTES) == 1.0
    assert most("fp16-arithmetic", BYTES) == pytest.approx(6.375)
    assert judge(replace(GOOD, max_abs=1.0), LIMITS["fp32"], BYTES).outcome is Outcome.PASS
    assert judge(replace(GOOD, max_abs=2.0), LIMITS["fp32"], BYTES).outcome is Outcome.TOO_FAR


def test_strain_is_what_orders_outputs():
    def strain(**change):
        return judge(replace(GOOD, **change), LIMITS["fp32"], SWAPPED).strain

    # Within: 6.02 dB above the limit is half its root mean square error. Outside: the worst of those that are broken
    assert strain(psnr_db=96.0206) == pytest.approx(0.5, abs=1e-4)
    assert strain(psnr_db=83.9794) == pytest.approx(2.0, abs=1e-4)
    assert strain(psnr_db=83.9794, max_abs=3e-3) == pytest.approx(3.0)
    assert strain(cosine=0.99995) == pytest.approx(5.0)
