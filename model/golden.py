"""Untouched model to golden file: the outputs that every later step is held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.golden_file import Golden, GoldenHeader, Sample, SampleNote
from mobileswap.model.graph.results import in_order
from mobileswap.model.inputs.model_input import Array, ModelInput

if TYPE_CHECKING:
    from torch import nn

    from mobileswap.model.component import Component


def make_golden(
    component: Component, network: nn.Module, inputs: Sequence[ModelInput], size: int, weights_sha256: str
) -> Golden:
    """Run the untouched network, before any rewrite, on every sample.

    Raises:
        BadInput: an output is not finite; such a reference would prove nothing.
    """
    import torch

    signature = component.signature(size)
    specs = {spec.name: spec for spec in signature.tensors}
    samples = tuple(
        Sample(
            entry.name,
            entry.tensors,
            run_untouched(component, network, entry.tensors, size, f"sample {entry.name}"),
            specs,
        )
        for entry in inputs
    )
    header = GoldenHeader(
        family=component.family,
        component=component.name,
        weights_sha256=weights_sha256,
        torch_version=str(torch.__version__),
        inputs=tuple(spec.name for spec in signature.inputs),
        outputs=tuple(spec.name for spec in signature.outputs),
        samples=tuple(SampleNote(entry.name, entry.description) for entry in inputs),
        tensors=signature.tensors,
    )
    return Golden(header, samples)


def run_untouched(
    component: Component, network: nn.Module, tensors: Mapping[str, Array], size: int, where: str
) -> dict[str, Array]:
    """The untouched network's outputs by name.

    Args:
        component: what the network is.
        network: bare, see ``Component.load``.
        tensors: every input by name, as the signature says.
        size: in pixels.
        where: what the tensors are, for what is said of them.

    Raises:
        BadInput: an output is not finite.
    """
    import torch

    signature = component.signature(size)
    module = component.wrap(network).eval()
    with torch.inference_mode():
        given = in_order(module(*(torch.from_numpy(tensors[spec.name]) for spec in signature.inputs)))
    outputs = {spec.name: array.numpy() for spec, array in zip(signature.outputs, given, strict=True)}
    if not all(np.isfinite(array).all() for array in outputs.values()):
        raise BadInput(
            f"the {component.name} itself gives NaN or infinity on {where}, so there is nothing to hold a file "
            "against; these weights cannot ship"
        )
    return outputs
