"""The graph that a file was made from, built again from the weights and artifact.json."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.format_facts import format_named
from mobileswap.contracts.golden_file import Sample
from mobileswap.model.graph.deploy import DeployGraph, as_image, deploy
from mobileswap.model.rewrite import TARGETS
from mobileswap.pipeline.networks import Networks

if TYPE_CHECKING:
    from torch import Tensor

    from mobileswap.contracts.arrays import Array
    from mobileswap.model.component import Component


def baked_value(artifact: Artifact, networks: Networks, sample: Sample) -> Array:
    """What was baked in: the golden sample still has it as an input."""
    bake = networks.component(artifact.component).bake
    assert bake is not None
    return sample.inputs[bake.input]


def deploy_graph(artifact: Artifact, networks: Networks, baked: Array | None, size: int) -> DeployGraph:
    """What the file was made from, before the rounding of its weights and with float pictures.

    Args:
        artifact: tells which rewrites were applied.
        networks: its weights.
        baked: value of the input that was baked in, or None.
        size: in pixels, that it was made with.
    """
    import torch

    component = networks.component(artifact.component)
    applied = {record.name for record in artifact.rewrites}
    return deploy(
        component,
        networks.network(artifact.component),
        size=size,
        target=_target(component, applied),
        without=tuple(rewrite.name for rewrite in component.rewrites if rewrite.name not in applied),
        baked=None if baked is None else torch.from_numpy(baked),
    )


def _target(component: Component, applied: set[str]) -> str:
    """What it was written for: a rewrite that only one target has gives it away."""
    known = {rewrite.targets for rewrite in component.rewrites if rewrite.name in applied}
    return next((target for target in TARGETS if (target,) in known), "cpu")


def as_stored(graph: DeployGraph, artifact: Artifact) -> DeployGraph:
    """With weights as the file stores them, computed in float32, and pictures as it takes them."""
    if artifact.precision != "fp32":
        graph = replace(graph, module=copy.deepcopy(graph.module).half().float())
    layout = format_named(artifact.format).image_layout
    return as_image(graph, layout) if artifact.io == "image" and layout else graph


def arguments(graph: DeployGraph, arrays: Mapping[str, Array]) -> list[Tensor]:
    """Copies of the arrays in the order in which the graph takes them."""
    import torch

    return [torch.from_numpy(np.array(arrays[spec.name])) for spec in graph.inputs]
