"""The deploy graph: which rewrites were applied, that deploy itself catches a wrong one, sizes, identity."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from mobileswap.contracts.errors import BadInput, GateFailed
from mobileswap.model.graph.deploy import EXACT, as_half, deploy, untouched
from mobileswap.model.graph.probe import probe
from mobileswap.model.mobilefsgan.blocks import BasicBlock, DecoderBlock, Downsample
from mobileswap.model.mobilefsgan.rewrites import _fold_before, _scale_and_shift
from mobileswap.model.rewrite import Rewrite

NAMES = (
    "drop-side-heads",
    "fold-norm-into-conv1x1",
    "fold-norm-through-upsample",
    "fold-norm-into-modulation",
    "blend-by-interpolation",
)
EMBEDDING = F.normalize(torch.arange(1.0, 9.0)[None], dim=1)


@pytest.fixture
def generator(tiny):
    return tiny["generator"]


@pytest.fixture
def network(generator, random_network):
    return random_network(generator, 0).float()


def test_all_rewrites_are_recorded_with_their_places_and_distance(generator, network):
    graph = deploy(generator, network, size=64)
    assert [(r.name, r.places) for r in graph.rewrites] == list(zip(NAMES, (2, 21, 5, 9, 12), strict=True))
    assert all(0 <= r.max_abs_float64 <= EXACT for r in graph.rewrites)
    assert [spec.name for spec in graph.inputs] == ["target", "embedding"]
    assert [spec.name for spec in graph.outputs] == ["swapped"]
    assert (graph.family, graph.component) == ("mobilefsgan", "generator")


def test_embedder_has_its_two(tiny, random_network):
    graph = deploy(tiny["embedder"], random_network(tiny["embedder"], 0).float(), size=256)
    assert [(r.name, r.places) for r in graph.rewrites] == [("fold-conv-norm", 49), ("fold-linear-norm", 1)]
    assert graph.inputs[0].shape == (1, 3, 256, 256)
    assert graph.outputs[0].shape == (1, 8)


@pytest.mark.parametrize("name", NAMES)
def test_a_rewrite_is_switched_off_by_name(generator, network, name):
    graph = deploy(generator, network, size=64, without=(name,))
    assert [r.name for r in graph.rewrites] == [other for other in NAMES if other != name]


def test_without_any_rewrite_the_graph_is_the_network(generator, network):
    graph = deploy(generator, network, size=64, without=NAMES)
    assert graph.rewrites == ()
    assert torch.equal(graph.module(*graph.examples), generator.wrap(network)(*graph.examples))


def test_an_unknown_rewrite_is_told_which_there_are(generator, network):
    with pytest.raises(BadInput, match=r"--no-rewrite fold-all: the generator has drop-side-heads, fold-norm-into"):
        deploy(generator, network, size=64, without=("fold-all",))


def test_the_network_that_was_given_stays_as_it_was(generator, network):
    before = {key: value.clone() for key, value in network.state_dict().items()}
    deploy(generator, network, size=64, baked=EMBEDDING)
    after = network.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[key], before[key]) for key in before)


def test_graph_computes_in_float32_what_the_network_does(generator, network):
    graph = deploy(generator, network, size=64)
    assert {value.dtype for value in graph.module.state_dict().values() if value.is_floating_point()} == {torch.float32}
    before = generator.wrap(network)(*graph.examples)
    assert (graph.module(*graph.examples) - before).abs().max() < 1e-5


@pytest.mark.parametrize("size", [32, 64, 128, 224, 256])
def test_sizes_are_multiples_of_32(generator, network, size):
    graph = deploy(generator, network, size=size)
    assert graph.inputs[0].shape == graph.outputs[0].shape == (1, 3, size, size)
    assert graph.module(*graph.examples).shape == (1, 3, size, size)


@pytest.mark.parametrize("size", [0, -32, 16, 33, 100, 250])
def test_other_sizes_are_refused(generator, network, size):
    with pytest.raises(BadInput, match=rf"--size {size}: .*multiple of 32"):
        deploy(generator, network, size=size)


def test_the_embedder_takes_256_only(tiny, random_network):
    with pytest.raises(BadInput, match=r"--size 128: the mobilefsgan embedder only takes 256"):
        deploy(tiny["embedder"], random_network(tiny["embedder"], 0).float(), size=128)


def test_a_baked_identity_takes_the_place_of_the_input(generator, network):
    graph = deploy(generator, network, size=64, baked=EMBEDDING)
    assert [spec.name for spec in graph.inputs] == ["target"]
    assert (graph.rewrites[-1].name, graph.rewrites[-1].places) == ("bake-identity", 18)
    (target,) = graph.examples
    expected = generator.wrap(network)(target, EMBEDDING)
    assert (graph.module(target) - expected).abs().max() < 1e-5
    other = generator.wrap(network)(target, -EMBEDDING)
    assert (graph.module(target) - other).abs().max() > 1e-3


def test_an_identity_for_the_embedder_is_refused(tiny, random_network):
    with pytest.raises(BadInput, match="the embedder takes no identity"):
        deploy(tiny["embedder"], random_network(tiny["embedder"], 0).float(), size=256, baked=EMBEDDING)


def fold_downsample(network):
    """What looks right and is not: the convolution pads with zeros after the normalisation."""
    for block in network.modules():
        if isinstance(block, Downsample):
            _fold_before(block.normalize, block.conv)
            block.normalize = nn.Identity()
    return 7


def forget_the_shift(network):
    for block in network.modules():
        if isinstance(block, BasicBlock):
            scale, _ = _scale_and_shift(block.normalize)
            block.conv1x1.weight = nn.Parameter(block.conv1x1.weight * scale[None, :, None, None])
            block.normalize = nn.Identity()
    return 21


def blend_the_other_way(network):
    class Swapped(nn.Module):
        def forward(self, mask, x, attribute):
            return x + mask * (attribute - x)

    for block in network.modules():
        if isinstance(block, DecoderBlock):
            block.blend = Swapped()
    return 12


def make_a_nan(network):
    network.decoder.image256_output.conv.bias = nn.Parameter(torch.full((3,), float("nan"), dtype=torch.float64))
    return 1


def move_by_a_hair(network):
    """What float32 would not show."""
    network.decoder.image256_output.conv.bias = nn.Parameter(network.decoder.image256_output.conv.bias + 1e-9)
    return 1


@pytest.mark.parametrize("wrong", [fold_downsample, forget_the_shift, blend_the_other_way, make_a_nan, move_by_a_hair])
def test_a_wrong_rewrite_does_not_get_through(generator, network, wrong):
    rewrites = (*generator.rewrites[:1], Rewrite("wrong-one", "it is not", wrong), *generator.rewrites[1:])
    with pytest.raises(GateFailed, match=r"rewrite wrong-one moves the generator's output by .*--no-rewrite wrong-one"):
        deploy(replace(generator, rewrites=rewrites), network, size=64)


def test_a_wrong_baking_does_not_get_through(generator, network):
    def bake_another(given, embedding):
        return generator.bake.apply(given, -embedding)

    with pytest.raises(GateFailed, match="bake-identity"):
        deploy(replace(generator, bake=replace(generator.bake, apply=bake_another)), network, size=64, baked=EMBEDDING)


def test_untouched_is_the_network_itself(generator, network):
    graph = untouched(generator, network, size=64)
    assert graph.rewrites == ()
    assert graph.module.generator is network


def test_half_computes_in_float16_between_float32_borders(generator, network):
    graph = deploy(generator, network, size=64)
    half = as_half(graph)
    assert {x.dtype for x in half.module.parameters()} == {torch.float16}
    assert {x.dtype for x in graph.module.parameters()} == {torch.float32}
    assert half.inputs == graph.inputs
    exact, rounded = graph.module(*graph.examples), half.module(*half.examples)
    assert rounded.dtype == torch.float32
    assert 0 < (rounded - exact).abs().max() < 0.05


def test_probe_is_the_same_every_time_and_within_the_ranges(generator):
    first, second = probe(generator.signature(64).inputs), probe(generator.signature(64).inputs)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    target, embedding = first
    assert -1 <= target.min() < -0.9
    assert 0.9 < target.max() <= 1
    assert embedding.norm().item() == pytest.approx(1, abs=1e-6)
    assert np.abs(embedding.numpy()).max() < 1
