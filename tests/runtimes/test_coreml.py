"""The Core ML runner against a stand-in for coremltools: what crosses the border, without macOS."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from mobileswap.runtimes.coreml import CoreMlRunner
from mobileswap.runtimes.runner import RunnerOptions


class FakeModel:
    """Declares ``target`` as a picture and ``embedding`` as an array; gives its picture back, inverted, with alpha."""

    def __init__(self, path, compute_units):
        self.path, self.unit = path, compute_units

    def get_spec(self):
        kinds = {"target": "imageType", "embedding": "multiArrayType"}
        features = [
            SimpleNamespace(name=name, type=SimpleNamespace(WhichOneof=lambda _, kind=kind: kind))
            for name, kind in kinds.items()
        ]
        return SimpleNamespace(description=SimpleNamespace(input=features, output=[]))

    def predict(self, inputs):
        picture = inputs["target"]
        assert isinstance(picture, Image.Image)
        inverted = Image.fromarray(255 - np.asarray(picture)).convert("RGBA")
        return {"swapped": inverted, "norm": np.linalg.norm(inputs["embedding"], keepdims=True)}


@pytest.fixture
def runner(monkeypatch):
    units = SimpleNamespace(ALL="all of them", CPU_ONLY="cpu", CPU_AND_GPU="gpu", CPU_AND_NE="ne")
    fake = SimpleNamespace(models=SimpleNamespace(MLModel=FakeModel), ComputeUnit=units)
    monkeypatch.setitem(sys.modules, "coremltools", fake)
    return lambda device="": CoreMlRunner("x.mlpackage", RunnerOptions(device=device))


def test_a_picture_goes_in_and_out_as_a_bitmap(runner):
    picture = np.random.default_rng(0).integers(0, 256, (1, 5, 4, 3)).astype(np.uint8)
    outputs = runner().run({"target": picture, "embedding": np.float32([[3, 4]])})
    assert outputs["swapped"].dtype == np.uint8
    assert outputs["swapped"].tolist() == (255 - picture).tolist()
    assert outputs["norm"].tolist() == [[5.0]]


@pytest.mark.parametrize(("device", "unit"), [("", "all of them"), ("cpu_only", "cpu"), ("cpu_and_ne", "ne")])
def test_the_compute_unit_is_the_one_asked_for(runner, device, unit):
    assert runner(device)._model.unit == unit
