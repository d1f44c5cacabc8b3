"""Outputs that are kept of a check are in the golden file's form, whatever the artifact's is."""

from dataclasses import replace

import numpy as np
import pytest
import tiny

from mobileswap.contracts.conversion import convert
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.golden_file import read_golden
from mobileswap.parity.kept_outputs import Keep, keep_outputs

SPECS = [
    tiny.SWAPPED,
    replace(tiny.SWAPPED, shape=(1, 8, 8, 3), layout="NHWC"),
    replace(tiny.SWAPPED, value_range=(0.0, 255.0), data_range=255.0),
    replace(tiny.SWAPPED, shape=(1, 8, 8, 3), layout="NHWC", dtype="uint8", value_range=(0.0, 255.0), data_range=255.0),
]


@pytest.fixture
def golden(golden):
    return read_golden(golden)


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: f"{s.dtype} {s.layout} {s.value_range}")
def test_the_way_back(spec):
    picture = tiny.sample(0).inputs["target"]
    back = convert(convert(picture, tiny.SWAPPED, spec), spec, tiny.SWAPPED)
    assert back.dtype == np.float32
    np.testing.assert_allclose(back, picture, atol=1e-6)


def test_the_way_back_of_a_vector():
    vector = tiny.sample(0).inputs["embedding"]
    np.testing.assert_array_equal(convert(vector, tiny.VECTOR, tiny.VECTOR), vector)


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: f"{s.dtype} {s.layout} {s.value_range}")
def test_the_samples_asked_for_and_the_worst(golden, tmp_path, spec):
    outputs = [{"swapped": convert(sample.outputs["swapped"], tiny.SWAPPED, spec)} for sample in golden.samples]
    keep_outputs(Keep(tmp_path / "kept", ("s1",)), golden, outputs, [spec], worst="s4")
    kept = read_golden(tmp_path / "kept")
    assert [sample.name for sample in kept.samples] == ["s1", "s4"]
    assert [note.name for note in kept.header.samples] == ["s1", "s4"]
    assert kept.header.inputs == ()
    np.testing.assert_allclose(kept.samples[1].outputs["swapped"], golden.samples[4].outputs["swapped"], atol=1 / 255)


def test_what_is_not_the_golden_file_s_output_is_left_out(golden, tmp_path):
    outputs = [{"swapped": sample.outputs["swapped"]} for sample in golden.samples]
    outputs[0] = {"picture": outputs[0]["swapped"]}
    outputs[1] = {"swapped": outputs[1]["swapped"][:, :2]}
    outputs[2] = {"swapped": outputs[2]["swapped"][0]}
    names = tuple(sample.name for sample in golden.samples)
    keep_outputs(Keep(tmp_path / "kept", names), golden, outputs, tiny.OUTPUTS, worst="s0")
    assert [sample.name for sample in read_golden(tmp_path / "kept").samples] == list(names[3:])


def test_a_sample_that_there_is_not(golden, tmp_path):
    with pytest.raises(BadInput, match="sample s9: the golden file has s0, s1"):
        Keep(tmp_path / "kept", ("s9",)).require_known(golden)
