"""Every way of breaking a tensor is caught, with the limits of every precision."""

from dataclasses import replace

import numpy as np
import pytest
from tiny import OUTPUTS, SWAPPED, sample

from mobileswap.contracts.golden_file import Sample
from mobileswap.contracts.verdict import Outcome
from mobileswap.parity.limits import LIMITS
from mobileswap.parity.outputs import compare_sample

GOOD = sample(0)
REFERENCE = GOOD.outputs["swapped"]
FLOATS = [limits for name, limits in LIMITS.items() if name != "int8"]


def one(array):
    return np.array(array, np.float32)


def poked(value):
    array = REFERENCE.copy()
    array[0, 1, 2, 3] = value
    return array


BROKEN = {
    "one NaN": (poked(np.nan), Outcome.NOT_FINITE),
    "one infinity": (poked(np.inf), Outcome.NOT_FINITE),
    "all NaN": (one(np.full_like(REFERENCE, np.nan)), Outcome.NOT_FINITE),
    "black": (one(np.full_like(REFERENCE, -1)), Outcome.TOO_FAR),
    "grey": (one(np.zeros_like(REFERENCE)), Outcome.TOO_FAR),
    "BGR": (one(REFERENCE[:, ::-1]), Outcome.TOO_FAR),
    "NHWC": (one(REFERENCE.transpose(0, 2, 3, 1)), Outcome.SHAPE),
    "NHWC under the right shape": (one(REFERENCE.transpose(0, 2, 3, 1).reshape(REFERENCE.shape)), Outcome.TOO_FAR),
    "[0, 1]": (one((REFERENCE + 1) / 2), Outcome.TOO_FAR),
    "[0, 255]": (one((REFERENCE + 1) * 127.5), Outcome.TOO_FAR),
    "scale 1.1": (one(REFERENCE * 1.1), Outcome.TOO_FAR),
    "inverted": (one(-REFERENCE), Outcome.TOO_FAR),
    "mirrored": (one(REFERENCE[..., ::-1]), Outcome.TOO_FAR),
    "shifted by a pixel": (one(np.roll(REFERENCE, 1, axis=-1)), Outcome.TOO_FAR),
    "one pixel off by 1": (poked(REFERENCE[0, 1, 2, 3] + 1), Outcome.TOO_FAR),
    "one wild pixel": (poked(1e6), Outcome.TOO_FAR),
    "float16": (REFERENCE.astype(np.float16), Outcome.SHAPE),
    "a channel short": (one(REFERENCE[:, :2]), Outcome.SHAPE),
    "a batch of two": (one(np.concatenate([REFERENCE, REFERENCE])), Outcome.SHAPE),
    "empty": (one(REFERENCE[:, :0]), Outcome.SHAPE),
}


@pytest.mark.parametrize("limits", FLOATS, ids=lambda limits: limits.name)
@pytest.mark.parametrize(("broken", "outcome"), BROKEN.values(), ids=BROKEN)
def test_a_broken_output_is_caught(broken, outcome, limits):
    (found,) = compare_sample(GOOD, {"swapped": broken}, OUTPUTS, limits)
    assert (found.verdict.sample, found.verdict.output) == (GOOD.name, "swapped")
    assert found.verdict.outcome is outcome
    assert found.verdict.detail


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_the_reference_itself_passes(limits):
    (found,) = compare_sample(GOOD, {"swapped": REFERENCE.copy()}, OUTPUTS, limits)
    assert found.verdict.outcome is Outcome.PASS
    assert found.verdict.metrics.max_abs == 0


def test_a_single_wrong_pixel_of_a_large_picture_is_named():
    spec = replace(SWAPPED, shape=(1, 3, 256, 256))
    large = Sample("large", {}, {"swapped": np.zeros(spec.shape, np.float32)}, {"swapped": spec})
    got = large.outputs["swapped"].copy()
    got[0, 2, 17, 4] = 1.0
    (found,) = compare_sample(large, {"swapped": got}, [spec], LIMITS["fp16-arithmetic"])
    assert found.verdict.outcome is Outcome.TOO_FAR
    assert found.verdict.metrics.psnr_db > 58  # PSNR alone would have let it pass
    assert "max abs 1 (at most 0.05, expected 0.02) at [0, 2, 17, 4]" in found.verdict.detail
    assert found.verdict.metrics.picture.tile_at == (16, 0)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_reference_that_is_not_finite_proves_nothing(wrong):
    reference = poked(wrong)
    for spec in (SWAPPED, replace(SWAPPED, dtype="uint8", value_range=(0, 255), data_range=255)):
        (found,) = compare_sample(Sample("bad", {}, {"swapped": reference}), {"swapped": reference}, [spec], FLOATS[0])
        assert found.verdict.outcome is Outcome.NOT_CHECKED


def test_the_set_of_outputs_is_exact():
    extra = {"swapped": REFERENCE, "mask": REFERENCE}
    assert _outcomes(GOOD, {}, OUTPUTS) == {"swapped": "OUTPUTS"}
    assert _outcomes(GOOD, extra, OUTPUTS) == {"swapped": "PASS", "mask": "OUTPUTS"}
    assert _outcomes(GOOD, {"Swapped": REFERENCE}, OUTPUTS) == {"swapped": "OUTPUTS", "Swapped": "OUTPUTS"}


@pytest.mark.parametrize(
    ("golden", "specs"),
    [(("swapped", "mask"), ("swapped",)), (("swapped",), ("swapped", "mask"))],
    ids=["not declared", "not in the golden file"],
)
def test_an_output_that_one_side_does_not_know_is_never_skipped(golden, specs):
    known = Sample("s", {}, dict.fromkeys(golden, REFERENCE), dict.fromkeys(golden, SWAPPED))
    declared = [replace(SWAPPED, name=name) for name in specs]
    got = {"swapped": REFERENCE, "mask": REFERENCE}
    assert _outcomes(known, got, declared) == {"swapped": "PASS", "mask": "OUTPUTS"}


def test_bytes_are_compared_with_the_nearest_levels():
    spec = replace(SWAPPED, dtype="uint8", layout="NHWC", value_range=(0, 255), data_range=255)
    levels = np.rint((REFERENCE.transpose(0, 2, 3, 1).astype(np.float64) + 1) * 127.5).astype(np.uint8)
    (right,) = compare_sample(GOOD, {"swapped": levels}, [spec], LIMITS["fp32"])
    assert right.verdict.outcome is Outcome.PASS
    assert right.verdict.metrics.max_abs == 0
    (planar,) = compare_sample(GOOD, {"swapped": levels.transpose(0, 3, 1, 2)}, [spec], LIMITS["fp32"])
    assert planar.verdict.outcome is Outcome.SHAPE
    (bgr,) = compare_sample(GOOD, {"swapped": levels[..., ::-1]}, [spec], LIMITS["fp16-arithmetic"])
    assert bgr.verdict.outcome is Outcome.TOO_FAR


def test_the_worse_of_two_is_the_one_with_the_graver_outcome_then_the_greater_strain():
    def found(got):
        return compare_sample(GOOD, {"swapped": got}, OUTPUTS, LIMITS["fp32"])[0]

    ranked = [REFERENCE, poked(0.5), poked(100), poked(np.nan), REFERENCE[:, :2]]
    assert [found(got).badness for got in ranked] == sorted(found(got).badness for got in ranked)


def _outcomes(known, got, specs):
    return {c.verdict.output: str(c.verdict.outcome) for c in compare_sample(known, got, specs, LIMITS["fp32"])}
