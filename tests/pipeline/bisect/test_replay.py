"""A graph that runs on the file's own tensors, with operations that work in place."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mobileswap.contracts.spec import TensorSpec
from mobileswap.model.graph.deploy import DeployGraph
from mobileswap.parity.inside.distance import TOLERANCES
from mobileswap.pipeline.bisect.replay import replay
from mobileswap.runtimes.process.job import Watched

SHAPE = (1, 1, 2, 2)
SCALE, LEAKY, ADD = "scale:mul", ":leaky_relu", ":add"


class Scale(nn.Module):
    def forward(self, x):
        return 2 * x


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = Scale()

    def forward(self, x):
        return F.leaky_relu_(self.scale(x)).add_(1.0)


class Recorded:
    """The file's tensors, as if a runtime had written them down."""

    def __init__(self, tensors):
        self._tensors = tensors

    def entry(self, place):
        return Watched(place, f"node {place}", "Op", "0.npy") if place in self._tensors else None

    def array(self, entry):
        return self._tensors[entry.tensor].copy()


def filled(value):
    return np.full(SHAPE, value, np.float32)


def run(tensors, outputs):
    spec = TensorSpec("x", SHAPE, "float32", "NCHW", (-1.0, 1.0), 2.0, "")
    graph = DeployGraph("", "", Net().eval(), (spec,), (spec,), (torch.ones(SHAPE),), ())
    return replay(graph, Recorded(tensors), TOLERANCES["fp32"], {"x": filled(-1)}, outputs)


def test_a_right_file():
    found = run({SCALE: filled(-2), LEAKY: filled(-0.02), ADD: filled(0.98)}, {"x": filled(0.98)})
    assert [one.place for one in found.operations] == [SCALE, LEAKY, ADD, "~:output"]
    assert not any(one.blamed for one in found.operations)
    assert found.suspect is None


def test_what_follows_a_wrong_one_is_not_accused():
    found = run({SCALE: filled(-3), LEAKY: filled(-0.03), ADD: filled(0.97)}, {"x": filled(0.97)})
    assert [one.place for one in found.operations if one.blamed] == [SCALE]
    assert np.array_equal(found.suspect.expected, filled(-2))
    assert np.array_equal(found.suspect.got, filled(-3))  # and not what the leaky_relu_ made of it


def test_a_wrong_one_that_works_in_place():
    found = run({SCALE: filled(-2), LEAKY: filled(-0.2), ADD: filled(0.8)}, {"x": filled(0.8)})
    assert [one.place for one in found.operations if one.blamed] == [LEAKY]
    assert np.allclose(found.suspect.expected, filled(-0.02))
    assert np.array_equal(found.suspect.got, filled(-0.2))


def test_a_tensor_of_another_shape_is_blamed_and_not_passed_on():
    found = run({SCALE: np.zeros(3, np.float32), LEAKY: filled(-0.02)}, {"x": filled(0.98)})
    assert [one.place for one in found.operations if one.blamed] == [SCALE]


def test_the_outputs_are_the_last():
    for outputs in ({"x": filled(0)}, {"y": filled(0.98)}, {"x": filled(0.98), "y": filled(0.98)}, {}):
        found = run({SCALE: filled(-2), LEAKY: filled(-0.02), ADD: filled(0.98)}, outputs)
        assert [one.place for one in found.operations if one.blamed] == ["~:output"]
