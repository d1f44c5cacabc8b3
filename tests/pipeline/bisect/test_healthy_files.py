"""A correct file is not accused, in any format, precision or interface; and nearly every operation is looked at."""

import numpy as np
import pytest

from mobileswap.contracts.artifact import read_artifact
from mobileswap.contracts.bisection import SearchOutcome
from mobileswap.pipeline.bisect import BisectOptions, bisect
from mobileswap.pipeline.export import ExportOptions, export_one
from mobileswap.pipeline.identity_to_bake import read_identity
from mobileswap.pipeline.progress import Silent

KINDS = [
    pytest.param("onnx", "fp16", {"io": "image"}, marks=pytest.mark.real),
    pytest.param("coreml", "fp32", {"io": "image"}, marks=pytest.mark.real),
    ("coreml", "fp16", {}),  # in the form for the Neural Engine
    ("tnn", "fp32", {}),
]


@pytest.mark.parametrize(("format_", "precision", "options"), KINDS)
def test_generator(exported, search, format_, precision, options):
    found = search(exported(format_, precision, **options))
    assert found.finding is SearchOutcome.HEALTHY, found.sentence
    assert found.culprit is None
    assert len(found.searches) == (2 if precision == "fp16" else 1)
    for one in found.searches:
        assert len(one.operations) > 270


@pytest.mark.real
def test_embedder(exported, search):
    found = search(exported("coreml", "fp16", "embedder"))
    assert found.finding is SearchOutcome.HEALTHY, found.sentence
    assert len(found.searches[-1].operations) > 90


@pytest.mark.real
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("format_", ["onnx", "coreml", "tnn"])
def test_released_embedder(released, in_process, tmp_path, format_, precision):
    found = bisect(released.correct(format_, precision, "embedder"), BisectOptions(tmp_path), Silent())
    assert found.finding is SearchOutcome.HEALTHY, found.sentence


def test_a_baked_identity(source, search, tmp_path):
    np.save(tmp_path / "someone.npy", np.eye(1, 8, dtype=np.float32))
    identity = read_identity(source, tmp_path / "someone.npy", "generator")
    options = ExportOptions("onnx", "generator", "fp32", size=64, identity=identity, verify=False)
    path = export_one(source, options, tmp_path / "out", Silent()).path
    assert search(path, identity=tmp_path / "someone.npy").finding is SearchOutcome.HEALTHY


def test_own_errors_stay_well_below_their_limits(exported, search):
    """No luck: ten times more would still be no accusation."""
    for format_, precision in (("onnx", "fp32"), ("coreml", "fp16")):
        for one in search(exported(format_, precision)).searches:
            assert max(operation.own.beyond_rms for operation in one.operations) < one.tolerance.rms / 10


def test_the_error_since_the_input_is_of_the_untouched_model(exported, search):
    (one,) = search(exported("onnx", "fp32")).searches
    totals = {operation.place: operation.total for operation in one.operations}
    assert totals["decoder.b128_2.basic_block.conv1x1:convolution"].rms < 1e-5
    assert totals["identity_encoder.b64_down.fc_mean:linear"] is None  # the normalisation is folded into it
    assert totals["~:output"].rms < 1e-5


def test_artifact_json_keeps_the_map(exported):
    for format_, options in (("onnx", {}), ("coreml", {"io": "image"}), ("tnn", {})):
        taps = read_artifact(exported(format_, "fp32", **options)).taps
        assert "decoder.b128_2.basic_block.conv1x1:convolution" in taps
        assert len(taps) > 270
        assert len(set(taps.values())) == len(taps)
