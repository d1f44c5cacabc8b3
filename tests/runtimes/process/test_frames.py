"""8-bit pictures at a runner's border: every level there and back, whatever the runner takes."""

from dataclasses import replace

import numpy as np
import pytest
import tiny

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.spec import TensorSpec
from mobileswap.runtimes.process.frames import FrameRunner, Frames, FrameStage, to_input, to_pixels
from mobileswap.runtimes.runner import RunnerOptions
from mobileswap.runtimes.runtime_entries import open_runner

FLOATS = TensorSpec("target", (1, 3, 16, 32), "float32", "NCHW", (-1.0, 1.0), 2.0, "")
BITMAP = FLOATS.bitmap()
IMAGENET = ((-2.1179, 2.2489), (-2.0357, 2.4286), (-1.8044, 2.64))  # (level / 255 − mean) / std of 0 and 255
SPECS = {
    "floats in [-1, 1]": FLOATS,
    "floats in [0, 1]": replace(FLOATS, value_range=(0.0, 1.0)),
    "floats 0-255": replace(FLOATS, value_range=(0.0, 255.0)),
    "bitmaps": BITMAP,
    "BGR": replace(FLOATS, colour="BGR"),
    "NHWC": replace(FLOATS, shape=(1, 16, 32, 3), layout="NHWC"),
    "mean and std": replace(FLOATS, value_range=(-2.2, 2.7), channel_ranges=IMAGENET),
}
LEVELS = np.arange(16 * 32 * 3).astype(np.uint8).reshape(16, 32, 3)  # all 256, several times


@pytest.mark.parametrize("name", SPECS)
def test_every_level_goes_there_and_back(name):
    spec, before = SPECS[name], LEVELS.tobytes()
    taken = to_input(LEVELS, spec)
    assert (taken.shape, taken.dtype) == (spec.shape, spec.dtype)
    if not spec.channel_ranges:
        assert (taken.min(), taken.max()) == spec.value_range
    assert to_pixels(taken, spec).tobytes() == before == LEVELS.tobytes()


def test_levels_are_what_the_training_code_makes_of_them():
    taken = to_input(LEVELS, FLOATS)
    np.testing.assert_allclose(taken[0, 1], LEVELS[:, :, 1] / 127.5 - 1, atol=1e-6)


def test_what_lies_between_and_outside_is_rounded_and_clipped():
    given = np.array([-1.5, -1.0, 0.0, 0.999, 1.5], np.float32).reshape(1, 1, 1, 5).repeat(3, axis=1)
    assert to_pixels(given, FLOATS)[0, :, 0].tolist() == [0, 0, 128, 255, 255]


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_no_level_stands_for_what_is_not_finite(wrong):
    with pytest.raises(ValueError, match="target: a NaN or an infinity"):
        to_pixels(np.full(FLOATS.shape, wrong, np.float32), FLOATS)


@pytest.mark.parametrize("shape", [(16, 16, 3), (3, 16, 32), (16, 32)])
def test_another_size_is_refused(shape):
    with pytest.raises(BadInput, match=r"target: expected a picture of \(16, 32, 3\)"):
        to_input(np.zeros(shape, np.uint8), FLOATS)


def test_a_runner_takes_and_gives_pictures(make):
    runner = open_runner("onnxruntime", make("onnx"), RunnerOptions())
    feeds = {"target": "frame", "embedding": "who"}
    stage = FrameStage("swap", str(make("onnx")), feeds, tiny.INPUTS, tiny.OUTPUTS)
    seen = FrameRunner([runner], Frames((stage,), ("swap.swapped",), {"who": tiny.VECTOR}))
    sample = tiny.sample(1)
    pixels = to_pixels(sample.inputs["target"], tiny.TARGET)
    given = seen.run({"frame": pixels, "who": sample.inputs["embedding"]})["swap.swapped"]
    assert (given.shape, given.dtype) == ((tiny.SIZE, tiny.SIZE, 3), np.uint8)
    expected = np.rint((sample.outputs["swapped"][0].transpose(1, 2, 0) + 1) * 127.5)
    assert np.abs(given - expected).max() <= 1
    assert (seen.version, seen.ran_on) == (runner.version, "cpu")
    seen.close()


def test_blue_is_the_first_channel_of_bgr():
    red = np.zeros((16, 32, 3), np.uint8)
    red[..., 0] = 255
    assert to_input(red, SPECS["BGR"])[0, :, 0, 0].tolist() == [-1.0, -1.0, 1.0]


def test_each_channel_has_its_own_mean_and_std():
    taken = to_input(np.full((16, 32, 3), 255, np.uint8), SPECS["mean and std"])
    np.testing.assert_allclose(taken[0, :, 0, 0], [high for _, high in IMAGENET], rtol=1e-6)


def test_two_stages_feed_one_another_whatever_form_each_has(make):
    """The second stage is the first once more, fed with its picture."""
    runners = [open_runner("onnxruntime", make("onnx"), RunnerOptions()) for _ in range(2)]
    first = FrameStage("first", "", {"target": "frame", "embedding": "who"}, tiny.INPUTS, tiny.OUTPUTS)
    second = FrameStage("second", "", {"target": "first.swapped", "embedding": "who"}, tiny.INPUTS, tiny.OUTPUTS)
    seen = FrameRunner(runners, Frames((first, second), ("second.swapped",), {"who": tiny.VECTOR}))
    sample = tiny.sample(2)
    who = sample.inputs["embedding"]
    given = seen.run({"frame": to_pixels(sample.inputs["target"], tiny.TARGET), "who": who})["second.swapped"]
    expected = tiny.compute(tiny.compute(sample.inputs["target"], who), who)
    assert np.abs(given - to_pixels(expected, tiny.SWAPPED).astype(int)).max() <= 1
    seen.close()
