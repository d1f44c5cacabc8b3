"""What a network computes on the way, and what happens to it when something else is put in its place."""

import torch
from torch import nn
from torch.nn import functional as F

from mobileswap.contracts.place import Place, parse_place
from mobileswap.model.graph.taps import operation_name, path_within, watch


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 1, bias=False)

    def forward(self, x):
        return F.leaky_relu_(self.conv(x)) + x


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()
        self.norm = nn.BatchNorm2d(1)

    def forward(self, x):
        return self.norm(self.block(self.block(x)))


def run(visit, net=None):
    wrapped = nn.Sequential(net or Net()).eval()
    return watch(wrapped, "0", [torch.ones(1, 1, 2, 2)], visit)


def test_places_are_counted_within_a_module():
    seen = []
    run(lambda tap, value: seen.append(tap.place))
    assert seen == [
        "block.conv:convolution",
        "block:leaky_relu",
        "block:add",
        "block.conv:convolution#2",
        "block:leaky_relu#2",
        "block:add#2",
        "norm:batch_norm",
    ]


def test_inputs_are_the_nearest_places_that_were_taken():
    taps = {}

    def visit(tap, value):
        taps[tap.place] = tap
        return value if "convolution" in tap.place or "norm" in tap.place else None

    run(visit)
    assert taps["block.conv:convolution"].inputs == ("input",)
    last = taps["norm:batch_norm"]
    assert set(last.inputs) == {"input", "block.conv:convolution", "block.conv:convolution#2"}
    assert set(last.through) == {"block:leaky_relu", "block:add", "block:leaky_relu#2", "block:add#2"}


def test_what_is_put_in_its_place_goes_on():
    def visit(tap, value):
        return torch.full_like(value, 5.0) if tap.place == "block:add#2" else None

    net = Net()
    expected = net.eval().norm(torch.full((1, 1, 2, 2), 5.0))
    assert torch.equal(run(visit, net)[0].value, expected)


def test_also_for_what_works_in_place_or_gives_several():
    def visit(tap, value):
        assert value.shape == (1, 1, 2, 2)
        if "leaky_relu" in tap.place:
            return torch.full_like(value, 3.0)
        return torch.zeros_like(value) if "norm" in tap.place else None

    assert torch.equal(run(visit)[0].value, torch.zeros(1, 1, 2, 2))


def test_nothing_is_left_on_the_modules():
    net = Net()
    run(lambda tap, value: None, net)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in net.modules())


def test_one_name_for_one_operation():
    names = ("aten::_convolution", "aten.conv2d.default", "aten::convolution")
    assert {operation_name(name) for name in names} == {"convolution"}
    assert operation_name("aten::leaky_relu_") == "leaky_relu"


def test_paths_are_the_bare_networks():
    assert path_within("inner.generator.decoder", "inner.generator") == "decoder"
    assert path_within("inner.generator", "inner.generator") == ""
    assert path_within("inner", "inner.generator") == "~"
    assert path_within("decoder", "") == "decoder"


def test_a_place_is_read_as_it_is_written():
    for place in (Place("a.b", "conv"), Place("", "add", 3)):
        assert parse_place(str(place)) == place
