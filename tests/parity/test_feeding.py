"""From the golden form to an artifact's, numbers by hand."""

from dataclasses import replace

import numpy as np
import pytest
from tiny import INPUTS, SPECS, TARGET, VECTOR, sample

from mobileswap.contracts.conversion import convert
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.golden_file import Sample
from mobileswap.parity.feeding import feed, require_exact

BYTES = replace(TARGET, dtype="uint8", layout="NHWC", shape=(1, 8, 8, 3), value_range=(0, 255), data_range=255)
RED = np.stack([np.ones((2, 2)), -np.ones((2, 2)), -np.ones((2, 2))])[np.newaxis].astype(np.float32)


def test_the_same_form_is_the_same_to_the_bit():
    array = sample(0).inputs["target"]
    assert convert(array, TARGET, TARGET).tobytes() == array.tobytes()


def test_red_is_red_in_bytes():
    levels = convert(RED, TARGET, BYTES)
    assert levels.dtype == np.uint8
    assert levels.shape == (1, 2, 2, 3)
    assert levels.flags.c_contiguous
    assert levels[0, 1, 1].tolist() == [255, 0, 0]


def test_every_level_survives_the_way_through_float32():
    every = (np.arange(256) / 127.5 - 1).astype(np.float32).reshape(1, 1, 16, 16)
    assert convert(every, TARGET, BYTES).ravel().tolist() == list(range(256))


@pytest.mark.parametrize(
    ("value", "level"), [(-1.0, 0), (1.0, 255), (0.0, 128), (0.00390625, 128), (-2.0, 0), (1.5, 255), (-0.999, 0)]
)
def test_levels_are_the_nearest_and_clipped(value, level):
    # 0.0 is 127.5, a tie, and goes to the even level
    assert convert(np.full((1, 1, 1, 1), value, np.float32), TARGET, BYTES).item() == level


@pytest.mark.parametrize(("value_range", "expected"), [((0.0, 1.0), 0.75), ((0.0, 255.0), 191.25), ((-2.0, 2.0), 1.0)])
def test_a_float_range_is_mapped_linearly(value_range, expected):
    spec = replace(TARGET, value_range=value_range)
    assert convert(np.full((1, 3, 2, 2), 0.5, np.float32), TARGET, spec)[0, 0, 0, 0] == expected


def test_a_vector_is_left_alone():
    vector = sample(0).inputs["embedding"]
    spec = replace(VECTOR, value_range=(0, 255))
    assert convert(vector, VECTOR, spec).tobytes() == vector.tobytes()


def test_the_argument_is_left_alone():
    array = sample(0).inputs["target"]
    before = array.tobytes()
    array.flags.writeable = False
    convert(array, TARGET, BYTES)
    assert array.tobytes() == before


def test_a_baked_in_input_is_not_fed():
    assert list(feed(sample(0), [TARGET])) == ["target"]


def test_an_input_that_the_golden_file_lacks_is_refused():
    with pytest.raises(BadInput, match=r"'mask'.*target, embedding"):
        feed(sample(0), [*INPUTS, replace(TARGET, name="mask")])


def test_an_input_of_another_size_is_refused():
    with pytest.raises(BadInput, match=r"\(1, 3, 16, 16\).*\(1, 3, 8, 8\)"):
        feed(sample(0), [replace(TARGET, shape=(1, 3, 16, 16))])


def test_an_input_between_two_levels_is_refused_where_levels_are_taken():
    good = sample(0)
    require_exact(good, [BYTES, VECTOR])
    between = Sample("dim", {"target": good.inputs["target"] * np.float32(0.9)}, {}, SPECS)
    require_exact(between, [TARGET])
    with pytest.raises(BadInput, match=r"sample dim, input target.*8-bit"):
        require_exact(between, [BYTES])


@pytest.mark.parametrize(
    "odd",
    [{"dtype": "float16"}, {"dtype": "uint8"}, {"layout": "NDHW"}],
    ids=["dtype", "uint8 in [-1, 1]", "axes"],
)
def test_a_form_that_is_not_known_is_refused(odd):
    with pytest.raises(BadInput, match="target"):
        convert(RED, TARGET, replace(TARGET, **odd))


def test_an_array_that_is_not_as_it_was_said_to_be():
    with pytest.raises(BadInput, match="expected layout NCHW, came 3 axes"):
        convert(RED[0], TARGET, BYTES)
