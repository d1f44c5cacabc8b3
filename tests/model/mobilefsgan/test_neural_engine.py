"""The Neural Engine's forms in float64 against the published ones, and what becomes of them in a package."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from mobileswap.contracts.artifact import WeightsRecord
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.format_facts import CoreMlOptions
from mobileswap.contracts.format_options import own_options_of
from mobileswap.contracts.lint_report import TIERS, Verdict
from mobileswap.contracts.spec import TensorSpec
from mobileswap.export.exporters import exporter
from mobileswap.export.request import ExportRequest
from mobileswap.lint.ane import lint
from mobileswap.model.graph.deploy import EXACT, DeployGraph, deploy, rewrites_of
from mobileswap.model.graph.probe import probe
from mobileswap.model.mobilefsgan.blocks import Enlarge, Upsample
from mobileswap.model.mobilefsgan.embedder import FaceCrop, UnitLength
from mobileswap.model.mobilefsgan.neural_engine import (
    CropByMatrices,
    EnlargeByConvolution,
    PixelLinear,
    enlarge_by_convolution,
)
from mobileswap.model.mobilefsgan.rewrites import bake_identity
from mobileswap.runtimes.reference.mil import MilRunner
from mobileswap.runtimes.runner import RunnerOptions

PLACES = {
    "generator": {"enlarge-by-convolution": 5, "modulate-by-convolution": 9},
    "embedder": {"crop-by-matrices": 1, "embed-by-convolution": 1},
}
EMBEDDING = F.normalize(torch.arange(1.0, 9.0)[None], dim=1)


def tensors(component, seed, size=64):
    source = torch.Generator().manual_seed(seed)
    side = size if component.size_step else 256
    image = torch.rand(1, 3, side, side, generator=source, dtype=torch.float64) * 2 - 1
    if component.bake is None:
        return (image,)
    return image, F.normalize(torch.randn(1, 8, generator=source, dtype=torch.float64), dim=1)


def request(ios="iOS16"):
    weights = WeightsRecord("w", "0" * 64, False, "drawn", "own")
    return ExportRequest("fp16", "tensor", weights, "A paper", "MIT", "a notice", CoreMlOptions(ios))


def distance(before, after):
    assert before.shape == after.shape
    return (before - after).abs().max().item()


@pytest.mark.parametrize("height", [1, 2, 3, 8, 21])
@pytest.mark.parametrize("width", [1, 2, 5, 16])
def test_enlarging_is_exact_at_every_size(height, width):
    x = torch.randn(2, 3, height, width, dtype=torch.float64, generator=torch.Generator().manual_seed(height))
    assert distance(Enlarge()(x), EnlargeByConvolution()(x)) <= EXACT


def test_enlarging_by_hand():
    # 0 3 at places 0, 1/3, 2/3, 1 of the axis is 0 1 2 3; with its border 1 0 1 2 3 2
    x = torch.tensor([[[[0.0, 3.0]]]], dtype=torch.float64)
    assert EnlargeByConvolution()(x)[0, 0, 0].tolist() == pytest.approx([1, 0, 1, 2, 3, 2])


def test_the_border_is_the_inside_mirrored():
    y = EnlargeByConvolution()(torch.randn(1, 2, 4, 5, dtype=torch.float64))
    torch.testing.assert_close(y[:, :, 0], y[:, :, 2], rtol=0, atol=EXACT)
    torch.testing.assert_close(y[..., -1], y[..., -3], rtol=0, atol=EXACT)


@pytest.mark.parametrize("bias", [True, False])
def test_a_linear_layer_over_one_pixel(bias):
    linear = torch.nn.Linear(5, 3, bias=bias).double()
    x = torch.randn(2, 5, dtype=torch.float64)
    for given in (x, x[:, :, None, None]):
        assert distance(linear(x)[:, :, None, None], PixelLinear(linear)(given)) <= EXACT


def test_cropping_by_matrices_is_exact():
    x = torch.randn(1, 3, 256, 256, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert distance(FaceCrop()(x), CropByMatrices()(x)) <= EXACT


def test_unit_length_is_over_the_channels_at_any_rank():
    assert UnitLength()(torch.tensor([[3.0, 4.0]])).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)]]
    assert UnitLength()(torch.tensor([3.0, 4.0]).reshape(1, 2, 1, 1)).flatten().tolist() == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize("part", PLACES)
def test_all_rewrites_for_the_engine_are_exact_on_random_statistics(tiny, random_network, part):
    component = tiny[part]
    for seed in (0, 1):
        network, given = random_network(component, seed), tensors(component, seed)
        bare = copy.deepcopy(network)
        counts = {rewrite.name: rewrite.apply(network) for rewrite in rewrites_of(component, target="ane")}
        assert {name: count for name, count in counts.items() if name in PLACES[part]} == PLACES[part]
        with torch.no_grad():
            before, after = component.wrap(bare)(*given), component.wrap(network)(*given)
        assert before.std() > 0.001
        assert distance(before, after) <= EXACT


@pytest.mark.parametrize(("part", "name"), [(part, name) for part, names in PLACES.items() for name in names])
def test_each_rewrite_alone_is_exact(tiny, random_network, part, name):
    component = tiny[part]
    network, given = random_network(component, 2), tensors(component, 2)
    (rewrite,) = (one for one in component.rewrites if one.name == name)
    with torch.no_grad():
        before = component.wrap(network)(*given)
        places = rewrite.apply(network)
        # the embedder's last BN is still there: a 1×1 map has no place in it
        assert places == (0 if name == "embed-by-convolution" else PLACES[part][name])
        assert distance(before, component.wrap(network)(*given)) <= EXACT


def test_they_are_for_the_engine_only(tiny, random_network):
    component = tiny["generator"]
    network = random_network(component, 0).float()
    assert [r.name for r in deploy(component, network, size=32).rewrites] == [r.name for r in rewrites_of(component)]
    for_engine = deploy(component, network, size=32, target="ane").rewrites
    assert [r.name for r in for_engine][-2:] == list(PLACES["generator"])
    assert all(r.max_abs_float64 <= EXACT for r in for_engine)
    assert not set(PLACES["generator"]) & {r.name for r in rewrites_of(component)}
    with pytest.raises(BadInput, match="--target gpu: known are ane, cpu"):
        deploy(component, network, size=32, target="gpu")


@pytest.mark.parametrize("without", [(), ("modulate-by-convolution",), ("fold-norm-into-modulation",)])
def test_an_identity_is_baked_into_this_form_too(tiny, random_network, without):
    component = tiny["generator"]
    network = random_network(component, 4).float()
    graph = deploy(component, network, size=64, target="ane", without=without, baked=EMBEDDING)
    with torch.no_grad():
        before = component.wrap(network)(*graph.examples, EMBEDDING)
        assert distance(before, graph.module(*graph.examples)) < 1e-4  # float32
    shipped = random_network(component, 4)
    for rewrite in rewrites_of(component, target="ane"):
        rewrite.apply(shipped)
    assert bake_identity(shipped, EMBEDDING) == 18


@pytest.fixture(scope="module")
def package(tiny, random_network, tmp_path_factory):
    """``package(part, target)`` is (path, graph) of a float16 CoreML package."""
    made = {}

    def once(part, target):
        if (part, target) not in made:
            size = 64 if part == "generator" else 256
            graph = deploy(tiny[part], random_network(tiny[part], 0).float(), size=size, target=target)
            path = tmp_path_factory.mktemp("engine") / f"{part}-{target}.mlpackage"
            exporter("coreml")(graph, path, request())
            made[part, target] = path, graph
        return made[part, target]

    return once


@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=[pytest.mark.real] if part == "embedder" else []) for part in PLACES]
)
def test_lint_finds_nothing_that_leaves_the_engine_on_any_chip(package, part):
    before, after = (lint(package(part, target)[0]) for target in ("cpu", "ane"))
    worst = {summary.of: summary.operations(Verdict.AT_RISK, Verdict.FALLS_OFF) for summary in before.summaries}
    assert all(worst[tier] for tier in TIERS)
    for summary in after.summaries:
        assert summary.operations(Verdict.AT_RISK, Verdict.FALLS_OFF) == 0
        assert summary.switches == summary.most_switches == 0


def test_no_row_is_cut_and_no_constant_is_lost(package):
    # coremltools joins slices that look like a reflection into a pad by reflection again
    types = {op.type for op in lint(package("generator", "ane")[0]).operations}
    assert not types & {"slice_by_index", "upsample_bilinear", "linear", "resize_bilinear", "gather", "reshape"}


@pytest.mark.parametrize("part", PLACES)
def test_the_package_computes_what_the_graph_does_as_well_as_the_other_form(package, part):
    noise = {target: fp16_noise(*package(part, target)) for target in ("cpu", "ane")}
    assert noise["ane"] < 0.02
    assert noise["ane"] < 1.4 * noise["cpu"]  # 3 dB


def fp16_noise(path, graph, draws=16):
    """Error relative to the spread of the outputs, over several draws: one embedding of 8 numbers is no statistic."""
    source = torch.Generator().manual_seed(0)
    runner = MilRunner(path, RunnerOptions(threads=1), "fp16")
    squares = []
    for _ in range(draws):
        given = [torch.rand(x.shape, generator=source) * 2 - 1 for x in graph.examples]
        (found,) = runner.run({spec.name: x.numpy() for spec, x in zip(graph.inputs, given, strict=True)}).values()
        expected = graph.module(*given).numpy()
        squares.append(np.mean((found - expected) ** 2.0) / np.var(expected))
    runner.close()
    return float(np.sqrt(np.mean(squares)))


@pytest.mark.parametrize("ios", own_options_of(CoreMlOptions)["ios"][1].choices)
def test_every_system_takes_it(tmp_path, ios):
    block = Upsample(4).eval()
    assert enlarge_by_convolution(block) == 1
    spec = TensorSpec("x", (1, 4, 8, 32), "float32", "NCHW", (-1.0, 1.0), 2.0, "features")
    y = replace(spec, name="y", shape=(1, 4, 16, 64))
    graph = DeployGraph("tiny", "block", block.requires_grad_(requires_grad=False), (spec,), (y,), probe((spec,)), ())
    exporter("coreml")(graph, tmp_path / "block.mlpackage", request(ios))
    report = lint(tmp_path / "block.mlpackage")
    assert all(summary.operations(Verdict.AT_RISK, Verdict.FALLS_OFF) == 0 for summary in report.summaries)


def test_the_graph_follows_the_size_it_is_deployed_for(tiny, random_network):
    component = tiny["generator"]
    network = random_network(component, 0).float()
    graph = deploy(component, network, size=96, target="ane")
    other = replace(graph, examples=tuple(x.float() for x in tensors(component, 1, 96)))
    with torch.no_grad():
        assert distance(component.wrap(network)(*other.examples), graph.module(*other.examples)) < 1e-4
