"""The tiny network's golden file, and one artifact of it per format and precision, made once."""

import os

import pytest
import tiny

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # for runners that are opened in this process


@pytest.fixture(scope="session")
def golden(tmp_path_factory):
    return tiny.golden(tmp_path_factory.mktemp("golden") / "golden.safetensors", [tiny.sample(i) for i in range(8)])


@pytest.fixture(scope="session")
def make(tmp_path_factory):
    """``make(format, precision)`` is the path of an artifact."""
    made = {}

    def once(format_, precision="fp32"):
        if (format_, precision) not in made:
            made[format_, precision] = tiny.make(format_, tmp_path_factory.mktemp(format_), precision)
        return made[format_, precision]

    return once


@pytest.fixture
def fake_onnxruntime(tmp_path, monkeypatch):
    """``fake_onnxruntime(source)``: in a worker, ``import onnxruntime`` runs this source instead."""

    def install(source):
        folder = tmp_path / "fake"
        folder.mkdir()
        (folder / "onnxruntime.py").write_text(source)
        monkeypatch.setenv("PYTHONPATH", str(folder))

    return install
