"""Damage that lives in one layer is found in that layer; test_located_table.py goes through every kind of file."""

from itertools import cycle

import numpy as np
import pytest
from damage import Target
from mutations import MUTATIONS

from mobileswap.contracts.bisection import Bisection, SearchOutcome
from mobileswap.contracts.files import read_json, write_json

ONNX = Target("onnx", "fp32")
TARGETS = (Target("onnx", "fp16"), Target("coreml", "fp16", "ane"), Target("tnn", "fp32"))
CASES = [
    pytest.param(mutation, target, id=f"{mutation.name}-{target}", marks=[pytest.mark.real] if number >= 3 else [])
    for number, (mutation, target) in enumerate(
        zip((one for one in MUTATIONS if one.layer), cycle(TARGETS), strict=False)
    )
    if target.precision == "fp16" or not mutation.half_only
]


@pytest.mark.parametrize(("mutation", "target"), CASES)
def test_damage_is_located(damaged, search, mutation, target):
    found = search(damaged(mutation, target))
    assert found.finding is SearchOutcome.FOUND, found.sentence
    assert found.culprit.path == mutation.layer, found.sentence


def named(name):
    return next(mutation for mutation in MUTATIONS if mutation.name == name)


def test_the_answer_says_what_where_and_how_far(damaged, search, tmp_path):
    found = search(damaged(named("zero padding for reflection"), ONNX))
    culprit = found.culprit
    assert (culprit.path, culprit.operation) == ("decoder.up256.enlarge", "pad")
    assert culprit.found.type == "Pad"
    assert culprit.found.inputs == ("decoder.up256.enlarge:upsample_bilinear2d",)
    assert culprit.input_totals == {"decoder.up256.enlarge:upsample_bilinear2d": None}  # a BatchNorm moved past it
    assert culprit.found.own.rms > 0.01
    assert len(found.searches[0].blamed) == 1  # what follows computes rightly on wrong inputs
    assert "decoder.up256.enlarge: pad" in found.sentence


def test_its_inputs_are_shown_to_be_right(damaged, search, tmp_path):
    found = search(damaged(named("one channel permuted"), ONNX))
    assert found.culprit.found.total.rms > 0.1
    (before,) = found.culprit.input_totals.values()
    assert before.rms < 1e-5
    write_json(tmp_path / "found.json", found)
    assert read_json(tmp_path / "found.json", Bisection) == found


def test_the_picture_shows_the_border(damaged, search, tmp_path):
    from PIL import Image

    found = search(damaged(named("zero padding for reflection"), ONNX))
    with Image.open(tmp_path / found.culprit.picture) as picture:
        panel = np.asarray(picture)[:, -picture.height :, 0]
    inside = panel[8:-8, 8:-8]  # the tensor is shown enlarged
    assert panel.max() == 255
    assert inside.max() == 0


def test_damage_behind_the_network_is_the_last_operations(damaged, search):
    found = search(damaged(named("single pixel wrong by 1.0"), ONNX))
    assert found.culprit.path == "decoder.image256_output"


def test_a_missing_output_is_told(damaged, search):
    found = search(damaged(named("output missing"), ONNX))
    assert found.finding is SearchOutcome.FOUND
    assert "picture" in found.sentence


def test_several_are_all_found(damaged, search):
    (one,) = search(damaged(named("embedding ignored"), ONNX)).searches
    assert {operation.place.rpartition(".")[2] for operation in one.blamed} == {"fc_mean:linear", "fc_var:linear"}
    assert len(one.blamed) == 18


def test_a_scale_that_the_next_layer_takes_back_is_nobodys_fault(damaged, search):
    found = search(damaged(named("fp16 overflow"), ONNX))
    assert found.finding is SearchOutcome.UNDONE
    assert found.culprit is None
    assert "undo one another" in found.sentence
    assert found.searches[-1].blamed[0].place == "decoder.b128_2.basic_block.conv1x1:convolution"
