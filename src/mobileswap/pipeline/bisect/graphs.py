"""The graph that a file was made from, built again from the weights and artifact.json."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mobileswap.contracts.artifact import Artifact
from mobileswap.export.format_entries import format_named
from mobileswap.model.component import DEFAULT_SIZE
from mobileswap.model.graph.deploy import DeployGraph, as_image, deploy
from mobileswap.model.rewrite import TARGETS
from mobileswap.pipeline.source import Source

if TYPE_CHECKING:
    from torch import Tensor

    from mobileswap.contracts.arrays import Array
    from mobileswap.model.component import Component


def picture_size(artifact: Artifact) -> int:
    """Height and width in pixels; the released ones where the artifact takes no picture."""
    picture = next((spec for spec in artifact.inputs if spec.is_image), None)
    return picture.shape[picture.layout.index("H")] if picture else DEFAULT_SIZE


def deploy_graph(artifact: Artifact, source: Source, embedding: Array | None, size: int) -> DeployGraph:
    """What the file was made from, before the rounding of its weights and with float pictures.

    Args:
        artifact: tells which rewrites were applied.
        source: its weights.
        embedding: (1, 512), of the identity that was baked in, or None.
        size: height and width of the picture.
    """
    import torch

    component = source.component(artifact.component)
    applied = {record.name for record in artifact.rewrites}
    return deploy(
        component,
        source.network(artifact.component),
        size=size,
        target=_target(component, applied),
        without=tuple(rewrite.name for rewrite in component.rewrites if rewrite.name not in applied),
        embedding=None if embedding is None else torch.from_numpy(embedding),
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
