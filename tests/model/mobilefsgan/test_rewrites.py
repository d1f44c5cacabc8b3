"""Every exact rewrite in float64 on random statistics: how often it applies, and that the outputs stay."""

import copy

import pytest
import torch
from torch.nn import functional as F

from mobileswap.model.graph.deploy import EXACT, rewrites_of
from mobileswap.model.mobilefsgan.rewrites import bake_identity

PLACES = {
    "generator": {
        "drop-side-heads": 2,
        "fold-norm-into-conv1x1": 21,
        "fold-norm-through-upsample": 5,
        "fold-norm-into-modulation": 9,
        "blend-by-interpolation": 12,
    },
    "embedder": {"fold-conv-norm": 49, "fold-linear-norm": 1},
}
SEEDS = {"generator": (0, 1, 2), "embedder": (0, 1)}
CASES = [(part, name) for part, names in PLACES.items() for name in names]
KEEPS_SIDE_IMAGES = [(part, name) for part, name in CASES if name != "drop-side-heads"]


def inputs(component, seed):
    source = torch.Generator().manual_seed(100 + seed)
    image = torch.rand(1, 3, 64 if component.size_step else 112, 64 if component.size_step else 112, generator=source)
    image = image.double() * 2 - 1
    if component.bake is None:
        return (image,)
    return image, F.normalize(torch.randn(1, 8, generator=source).double(), dim=1)


def outputs(network, tensors):
    """All that the bare network gives, one after the other; not at the ends of tanh, where nothing would show."""
    with torch.no_grad():
        found = network(*tensors)
    flat = [found] if isinstance(found, torch.Tensor) else [*found[:3], *found[3]]
    assert all(x.std() > 0.001 and (x.abs() < 0.95).double().mean() > 0.2 for x in flat)
    return flat


def distance(before, after):
    return max((x - y).abs().max().item() for x, y in zip(before, after, strict=True))


def rewrite_named(component, name):
    return next(rewrite for rewrite in component.rewrites if rewrite.name == name)


@pytest.mark.parametrize(("part", "name"), KEEPS_SIDE_IMAGES)
def test_a_rewrite_alone_keeps_every_output_of_the_bare_network(tiny, random_network, part, name):
    component = tiny[part]
    for seed in SEEDS[part]:
        network, tensors = random_network(component, seed), inputs(component, seed)
        before = outputs(network, tensors)
        assert rewrite_named(component, name).apply(network) == PLACES[part][name]
        assert distance(before, outputs(network, tensors)) <= EXACT


def test_without_side_heads_the_256_image_stays_bit_for_bit(tiny, random_network):
    component = tiny["generator"]
    network, tensors = random_network(component, 0), inputs(component, 0)
    before = component.wrap(network)(*tensors)
    parameters = sum(p.numel() for p in network.parameters())
    assert rewrite_named(component, "drop-side-heads").apply(network) == 2
    assert torch.equal(component.wrap(network)(*tensors), before)
    assert parameters - sum(p.numel() for p in network.parameters()) == 2 * (8 * 3 * 9 + 3)


@pytest.mark.parametrize("part", PLACES)
def test_all_rewrites_together(tiny, random_network, part):
    component = tiny[part]
    for seed in SEEDS[part]:
        network, tensors = random_network(component, seed), inputs(component, seed)
        bare = copy.deepcopy(network)
        counts = {rewrite.name: rewrite.apply(network) for rewrite in rewrites_of(component)}
        assert counts == PLACES[part]
        with torch.no_grad():
            before, after = (x if part == "embedder" else x[0] for x in (bare(*tensors), network(*tensors)))
        assert (before - after).abs().max().item() <= EXACT


@pytest.mark.parametrize("part", PLACES)
def test_rewrites_in_the_reverse_order_give_the_same(tiny, random_network, part):
    component = tiny[part]
    network, tensors = random_network(component, 3), inputs(component, 3)
    bare = copy.deepcopy(network)
    assert {r.name: r.apply(network) for r in reversed(rewrites_of(component))} == PLACES[part]
    with torch.no_grad():
        before, after = (x if part == "embedder" else x[0] for x in (bare(*tensors), network(*tensors)))
    assert (before - after).abs().max().item() <= EXACT


def test_35_of_42_norms_fold_and_the_7_of_the_downsamplings_stay(tiny, random_network):
    network = random_network(tiny["generator"], 0)

    def norms():
        return [name for name, layer in network.named_modules() if isinstance(layer, torch.nn.BatchNorm2d)]

    assert len(norms()) == 42
    for rewrite in rewrites_of(tiny["generator"]):
        rewrite.apply(network)
    left = norms()
    assert len(left) == 7
    assert all(".down" in name for name in left)


def test_no_norm_is_left_in_the_embedder(tiny, random_network):
    network = random_network(tiny["embedder"], 0)
    for rewrite in rewrites_of(tiny["embedder"]):
        rewrite.apply(network)
    assert not any(isinstance(x, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d) for x in network.modules())


def test_a_baked_identity_is_that_of_its_embedding_and_of_no_other(tiny, random_network):
    component = tiny["generator"]
    for seed in SEEDS["generator"]:
        network, (target, embedding) = random_network(component, seed), inputs(component, seed)
        with torch.no_grad():
            before = component.wrap(network)(target, embedding)
            other = component.wrap(network)(target, -embedding)
        assert bake_identity(network, embedding.float()) == 18
        with torch.no_grad():
            after = component.wrap(network)(target)
        # the embedding is stored in float32, so it is rounded to that once
        assert (before - after).abs().max().item() <= 1e-6
        assert (other - after).abs().max().item() > 1e-3
        assert not any(isinstance(layer, torch.nn.Linear) for layer in network.modules())


def test_baking_is_exact_for_the_embedding_as_stored(tiny, random_network):
    component = tiny["generator"]
    for folded_first in (False, True):
        network, (target, embedding) = random_network(component, 5), inputs(component, 5)
        embedding = embedding.float()
        with torch.no_grad():
            before = component.wrap(network)(target, embedding.double())
        if folded_first:
            for rewrite in rewrites_of(component):
                rewrite.apply(network)
        bake_identity(network, embedding)
        with torch.no_grad():
            assert (component.wrap(network)(target) - before).abs().max().item() <= EXACT
