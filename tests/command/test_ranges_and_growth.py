"""`lint fp16` and `parity growth` on files, and `export --limit`, as a user calls them."""

import json
import shutil

import pytest


@pytest.fixture
def embedder(exported, tmp_path):
    shutil.copytree(exported, tmp_path / "out")
    return tmp_path / "out" / "mobilefsgan-embedder-fp32.onnx"


def test_ranges_of_an_onnx_file_by_module(cli, embedder, tmp_path):
    ended = cli("lint", "fp16", embedder, "--samples", 1, "--threads", 1, "--json", tmp_path / "x.json")
    assert ended.status == 0
    assert "mobilefsgan-embedder-fp32.onnx under fp16" in ended.out
    found = json.loads((tmp_path / "x.json").read_text())
    assert found["runtime"] == "onnxruntime"
    assert len(found["samples"]) == 1
    assert len(found["tensors"]) > 50
    places = {one["place"] for one in found["tensors"]}
    assert any(place.endswith(":prelu") for place in places)
    assert sum(place.startswith("~") for place in places) <= 1


BAD = {
    "parity growth {onnx}": "{onnx}: onnx fp32 has no fp16 arithmetic to follow here; give an .mlpackage of",
    "parity growth {onnx} -o {onnx}": "-o {onnx}: expected a folder, this is a file; name another",
    "lint fp16 gone.onnx": "gone.onnx: no such artifact",
    "lint fp16 {onnx} --samples 0": "--samples 0: expected at least 1",
    "lint fp16 {onnx} --inputs gone": "--weights",
    "lint fp16 {onnx} --json {onnx}/x.json": "--json {onnx}/x.json: expected a file in a folder that is there",
    "bench run --backend onnxruntime --pytest-benchmark {onnx}/x.json": "--pytest-benchmark {onnx}/x.json: expected",
    "export onnx --weights seeded --precision mixed": "--precision mixed: onnx takes fp32, fp16",
    "export coreml --weights seeded --limit psnr=70": "--limit psnr=70: psnr is no limit; expected one of psnr_db, ",
    "export coreml --weights seeded --limit psnr_db=high": "--limit psnr_db=high: psnr_db is 'high'; expected a number",
    "export coreml --weights seeded --limits gone.toml": "--limits gone.toml: expected a TOML file",
}


@pytest.mark.parametrize("line", BAD)
def test_bad_input_is_one_line(refusal, embedder, tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    words = refusal(*line.format(onnx=embedder).split())
    assert words.startswith(BAD[line].format(onnx=embedder)) or "--inputs" in line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_a_changed_file_is_refused(refusal, embedder):
    embedder.write_bytes(embedder.read_bytes() + b"x")
    assert "SHA-256" in refusal("lint", "fp16", embedder)
    assert "SHA-256" in refusal("parity", "growth", embedder)
