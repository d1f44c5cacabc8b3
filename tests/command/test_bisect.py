"""`parity bisect` as a user calls it, on an artifact as it was exported and on one with a wrong layer."""

import json
import shutil

import onnx
import pytest
from onnx import numpy_helper

from mobileswap.contracts.artifact import json_beside, read_artifact
from mobileswap.contracts.bisection import Bisection, SearchOutcome
from mobileswap.contracts.files import read_json, sha256_of

NAME = "mobilefsgan-embedder-fp32.onnx"
LAYER = "conv_34.conv_dw.conv"


@pytest.fixture
def folder(tmp_path, exported):
    return shutil.copytree(exported, tmp_path / "exported")


def negate(path):
    """The weights of one layer, and what artifact.json says of the file's bytes."""
    model = onnx.load(path)
    (weight,) = (one for one in model.graph.initializer if one.name.endswith(f"{LAYER}.weight"))
    weight.CopyFrom(numpy_helper.from_array(-numpy_helper.to_array(weight), weight.name))
    onnx.save(model, path)
    record = json_beside(path)
    (file,) = read_artifact(record).files
    record.write_text(record.read_text().replace(file.sha256, sha256_of(path)))


@pytest.fixture
def bisect(folder, tmp_path):
    """``bisect(*options)`` are the words of a command on one thread that writes into ``out``."""
    return lambda *options: ("parity", "bisect", folder / NAME, "--threads", 1, "-o", tmp_path / "out", *options)


def test_a_healthy_artifact(cli, bisect, tmp_path, embedder_pth):
    ended = cli(*bisect("--weights", embedder_pth))
    assert ended.status == 0, ended
    assert f"{NAME}: HEALTHY" in ended.out
    assert "operations computes what the network's does, in onnxruntime (fp32)" in ended.out
    assert list((tmp_path / "out").iterdir()) == []


def test_a_guilty_layer(cli, bisect, folder, tmp_path, embedder_pth):
    negate(folder / NAME)
    written = tmp_path / "found.json"
    ended = cli(*bisect("--weights", embedder_pth, "--json", written))
    assert ended.status == 1
    assert f"{NAME}: FOUND" in ended.out
    assert "WRONG" in ended.out
    assert f"mobileswap: {NAME}: {LAYER}: convolution (Conv " in ended.err.splitlines()[-1]
    found = read_json(written, Bisection)
    assert (found.finding, found.culprit.path) == (SearchOutcome.FOUND, LAYER)
    assert found.culprit.picture == str(tmp_path / "out" / f"{NAME}-difference.png")
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"{NAME}-difference.png"]
    assert json.loads(written.read_text())["sample"] in ended.out


def test_weights_that_it_was_not_made_from(refusal, bisect, tmp_path):
    assert refusal(*bisect()).endswith("a search needs the weights it was made from, embedder.pth; give --weights")
    assert refusal(*bisect("--weights", "no.pth")).startswith("no.pth: no such file; ")
    assert not (tmp_path / "out").exists()
