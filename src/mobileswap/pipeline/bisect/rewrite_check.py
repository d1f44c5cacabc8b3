"""The deploy graph against the untouched network, so that a rewrite is out of suspicion before a file is in it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.bisection import FAR, RewriteCheck
from mobileswap.model.graph.deploy import untouched
from mobileswap.pipeline.bisect.graphs import deploy_graph
from mobileswap.pipeline.networks import Networks

if TYPE_CHECKING:
    from torch import Tensor, nn

    from mobileswap.contracts.arrays import Array
    from mobileswap.model.graph.deploy import DeployGraph
    from mobileswap.model.graph.taps import Tap

_MOVED = 1e-5  # relative; what means the same differs by the folded weights' rounding to float32, about 1e-7


def compare_rewrites(artifact: Artifact, networks: Networks, baked: Array | None) -> RewriteCheck:
    """Every place of the deploy graph against the same place of the untouched network, in float64.

    Args:
        artifact: tells which rewrites were applied.
        networks: its weights.
        baked: value of the input that was baked in, or None.
    """
    import torch

    from mobileswap.model.graph.taps import watch

    component = networks.component(artifact.component)
    size = component.smallest
    plain = untouched(component, networks.network(artifact.component), size=size)
    rewritten = deploy_graph(artifact, networks, baked, size)
    examples = {spec.name: x.double() for spec, x in zip(plain.inputs, plain.examples, strict=True)}
    if baked is not None and component.bake:
        examples[component.bake.input] = torch.from_numpy(baked).double()
    before: dict[str, Tensor] = {}
    distances: dict[str, float] = {}

    def keep(tap: Tap, value: Tensor) -> None:
        before[tap.place] = value.clone()  # the next operation may work in place

    def compare(tap: Tap, value: Tensor) -> None:
        if tap.place in before:
            distances[tap.place] = _relative(before[tap.place], value)

    expected = watch(_doubled(plain), plain.root, list(examples.values()), keep)
    got = watch(_doubled(rewritten), rewritten.root, [examples[spec.name] for spec in rewritten.inputs], compare)
    moved = tuple(place for place, far in distances.items() if not far <= _MOVED)
    far = max(_relative(a.value, b.value) for a, b in zip(expected, got, strict=True))
    return RewriteCheck(len(distances), moved, far)


def _doubled(graph: DeployGraph) -> nn.Module:
    return copy.deepcopy(graph.module).double()


def _relative(expected: Tensor, got: Tensor) -> float:
    if expected.shape != got.shape:
        return FAR
    return float((got - expected).norm() / expected.norm().clamp_min(1e-30))
