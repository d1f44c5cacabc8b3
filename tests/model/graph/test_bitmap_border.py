"""Pictures at the border of a graph; all numbers by hand."""

import pytest
import torch
from torch import nn

from mobileswap.contracts.spec import TensorSpec
from mobileswap.model.graph.deploy import DeployGraph, as_image
from mobileswap.model.graph.probe import probe

FACE = TensorSpec("target", (1, 3, 2, 4), "float32", "NCHW", (-1.0, 1.0), 2.0, "face")
VECTOR = TensorSpec("embedding", (1, 5), "float32", "NC", (-1.0, 1.0), 2.0, "identity")
RED_FIRST = [[255, 0, 51], [0, 255, 102]]  # two pixels, R G B


class Recorder(nn.Module):
    """Keeps what comes in, gives ``result``."""

    def __init__(self, result=None):
        super().__init__()
        self.result = result

    def forward(self, image, *rest):
        self.seen = image
        self.rest = rest
        return image if self.result is None else self.result


def graph(module, outputs=(FACE,), inputs=(FACE, VECTOR)):
    return DeployGraph("tiny", "generator", module, inputs, outputs, probe(inputs), ())


def bitmap():
    """(1, 2, 4, 3): the two pixels, then black, white; second row grey."""
    first = [*RED_FIRST, [0, 0, 0], [255, 255, 255]]
    return torch.tensor([[first, [[127, 128, 1]] * 4]], dtype=torch.uint8)


def test_bitmap_goes_in_as_rgb_planes_between_minus_one_and_one():
    inner = Recorder()
    shipped = as_image(graph(inner), "NHWC")
    embedding = torch.ones(1, 5)
    shipped.module(bitmap(), embedding)
    assert inner.seen.shape == (1, 3, 2, 4)
    assert inner.seen.dtype == torch.float32
    assert inner.seen[0, :, 0, 0].tolist() == pytest.approx([1, -1, -0.6])  # 255 0 51: 51/127.5 − 1 = −0.6
    assert inner.seen[0, :, 0, 1].tolist() == pytest.approx([-1, 1, -0.2])
    assert inner.seen[0, :, 1, 0].tolist() == pytest.approx([-1 / 255, 1 / 255, 2 / 255 - 1], abs=1e-6)
    assert inner.rest[0] is embedding


def test_float_picture_goes_in_as_it_is_laid_out():
    inner = Recorder()
    shipped = as_image(graph(inner), "NCHW")
    shipped.module(bitmap().permute(0, 3, 1, 2).float(), torch.ones(1, 5))
    assert inner.seen[0, :, 0, 0].tolist() == pytest.approx([1, -1, -0.6])


@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
def test_every_level_survives_the_way_in_and_out(layout):
    face = TensorSpec("target", (1, 3, 16, 16), "float32", "NCHW", (-1.0, 1.0), 2.0, "face")
    shipped = as_image(graph(Recorder(), (face,), (face,)), layout)
    levels = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16, 1).repeat(1, 1, 1, 3)
    if layout == "NHWC":
        assert torch.equal(shipped.module(levels), levels)
    else:
        planes = levels.permute(0, 3, 1, 2).float()
        assert (shipped.module(planes) - planes).abs().max() < 1e-4


@pytest.mark.parametrize(
    ("value", "level"), [(-1.0, 0), (1.0, 255), (0.0, 128), (0.5, 191), (-0.5, 64), (0.9999, 255), (-0.9961, 0)]
)
def test_output_is_rounded_to_the_nearest_level(value, level):
    # 0.0 → 127.5 → 128 and -0.5 → 63.75 → 64; 127.5 is a tie and goes to the even 128
    shipped = as_image(graph(Recorder(torch.full((1, 3, 2, 4), value))), "NHWC")
    picture = shipped.module(bitmap(), torch.ones(1, 5))
    assert picture.dtype == torch.uint8
    assert picture.shape == (1, 2, 4, 3)
    assert picture.unique().tolist() == [level]


def test_output_channels_come_last_in_a_bitmap():
    planes = torch.tensor([1.0, -1.0, 0.2]).reshape(1, 3, 1, 1).repeat(1, 1, 2, 4)
    picture = as_image(graph(Recorder(planes)), "NHWC").module(bitmap(), torch.ones(1, 5))
    assert picture[0, 1, 3].tolist() == [255, 0, 153]


def test_specs_say_what_goes_over_the_border():
    nhwc, nchw = as_image(graph(Recorder()), "NHWC"), as_image(graph(Recorder()), "NCHW")
    for spec in (nhwc.inputs[0], nhwc.outputs[0]):
        assert (spec.shape, spec.dtype, spec.layout) == ((1, 2, 4, 3), "uint8", "NHWC")
        assert (spec.value_range, spec.data_range) == ((0.0, 255.0), 255.0)
    for spec in (nchw.inputs[0], nchw.outputs[0]):
        assert (spec.shape, spec.dtype, spec.layout) == ((1, 3, 2, 4), "float32", "NCHW")
        assert (spec.value_range, spec.data_range) == ((0.0, 255.0), 255.0)
    assert nhwc.inputs[1] == nchw.inputs[1] == VECTOR


def test_examples_fit_the_border():
    picture, embedding = as_image(graph(Recorder()), "NHWC").examples
    assert (picture.dtype, tuple(picture.shape)) == (torch.uint8, (1, 2, 4, 3))
    assert picture.float().std() > 40
    assert embedding.norm().item() == pytest.approx(1, abs=1e-6)


def test_an_output_that_is_no_image_stays():
    vector = torch.ones(1, 5)
    shipped = as_image(graph(Recorder(vector), (VECTOR,), (FACE,)), "NHWC")
    assert shipped.outputs == (VECTOR,)
    assert shipped.module(bitmap()) is vector
