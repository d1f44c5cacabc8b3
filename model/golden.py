"""Untouched model to golden file: the outputs that every later step is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.golden_file import Golden, GoldenHeader, Sample, SampleNote
from mobileswap.model.inputs.built_in import Array, ModelInput, photographs, to_tensor

if TYPE_CHECKING:
    from torch import nn

    from mobileswap.model.component import Component


def make_golden(
    component: Component, network: nn.Module, inputs: list[ModelInput], size: int, weights_sha256: str
) -> Golden:
    """Run the untouched network, before any rewrite, on every sample.

    Raises:
        BadInput: an output is not finite; such a reference would prove nothing.
    """
    import torch

    module = component.wrap(network).eval()
    names = [spec.name for spec in component.inputs(size)]
    (output,) = component.outputs(size)
    samples = []
    with torch.inference_mode():
        for entry in inputs:
            result = module(*(torch.from_numpy(entry.tensors[name]) for name in names)).numpy()
            if not np.isfinite(result).all():
                raise BadInput(
                    f"the {component.name} itself gives NaN or infinity on sample {entry.name}, so there is nothing "
                    "to hold a file against; these weights cannot ship"
                )
            samples.append(Sample(entry.name, entry.tensors, {output.name: result}))
    header = GoldenHeader(
        family=component.family,
        component=component.name,
        weights_sha256=weights_sha256,
        torch_version=str(torch.__version__),
        inputs=tuple(names),
        outputs=(output.name,),
        samples=tuple(SampleNote(entry.name, entry.description) for entry in inputs),
        tensors=(*component.inputs(size), output),
    )
    return Golden(header, tuple(samples))


def embed(component: Component, network: nn.Module, source: Array) -> Array:
    """The embedding (1, 512) of an aligned face (1, 3, 256, 256), by the untouched embedder.

    Raises:
        BadInput: it is not finite.
    """
    import torch

    with torch.inference_mode():
        embedding: Array = component.wrap(network).eval()(torch.from_numpy(source)).numpy()
    if not np.isfinite(embedding).all():
        raise BadInput("the embedder gives NaN or infinity on this face; these weights cannot ship")
    return embedding


def embed_photographs(component: Component, network: nn.Module, size: int) -> dict[str, Array]:
    """Embeddings of the built-in faces, by name."""
    return {name: embed(component, network, to_tensor(pixels)) for name, pixels in photographs(size).items()}
