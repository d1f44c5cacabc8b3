"""A component as it ships: static shapes, batch 1, dead outputs dropped, exact rewrites applied, identity baked in.

Every rewrite is applied to a copy and held in float64 against what it replaces, on the user's own weights. So when a
file turns out wrong, the rewrites are already out of suspicion.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mobileswap.contracts.artifact import RewriteRecord
from mobileswap.contracts.errors import BadInput, GateFailed
from mobileswap.contracts.spec import TensorSpec
from mobileswap.model.component import DEFAULT_SIZE
from mobileswap.model.rewrite import TARGETS, Rewrite

if TYPE_CHECKING:
    from torch import Tensor, nn

    from mobileswap.model.component import Component

BAKED = "bake-identity"
EXACT = 1e-10  # what float64 may differ by; the algebra itself leaves about 1e-14
_PROBE_SIZE = 32  # the smallest image: every layer runs, and the borders, where padding goes wrong, weigh most


@dataclass(frozen=True)
class DeployGraph:
    """What an exporter is given.

    Attributes:
        module: from the inputs, in order, to the one output; float32, evaluation mode.
        examples: one tensor per input, to trace with.
        root: path of the bare network within ``module``.
    """

    family: str
    component: str
    module: nn.Module
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    examples: tuple[Tensor, ...]
    rewrites: tuple[RewriteRecord, ...]
    root: str = ""


def deploy(
    component: Component,
    network: nn.Module,
    *,
    size: int,
    target: str = "cpu",
    without: tuple[str, ...] = (),
    embedding: Tensor | None = None,
) -> DeployGraph:
    """Turn an untouched network into its deploy graph.

    Args:
        component: what the network is.
        network: as ``component.load`` gave it; it stays as it is.
        size: height and width of the image in pixels.
        target: of TARGETS; rewrites that are for others only are left out.
        without: names of rewrites to leave out.
        embedding: (1, 512), to be baked in; the input ``embedding`` is then gone.

    Raises:
        BadInput: an unknown target or rewrite, a size that does not fit, or an embedding for a component that takes
            none.
        GateFailed: a rewrite moved the outputs by more than EXACT in float64.
    """
    component.require_size(size)
    if target not in TARGETS:
        raise BadInput(f"--target {target}: known are {', '.join(TARGETS)}")
    known = [rewrite.name for rewrite in component.rewrites]
    for name in without:
        if name not in known:
            raise BadInput(f"--no-rewrite {name}: the {component.name} has {', '.join(known)}")
    rewrites = rewrites_of(component, target=target, without=without)
    inputs = component.inputs(size)
    if embedding is not None:
        if component.bake is None:
            raise BadInput(f"--identity: the {component.name} takes no embedding; bake it into the generator")
        rewrites.append(_baking(component.bake, embedding))
        inputs = tuple(spec for spec in inputs if spec.name != "embedding")
    shipped, records = _apply(component, network, rewrites, embedding)
    module = component.wrap(shipped)
    return DeployGraph(
        family=component.family,
        component=component.name,
        module=module.eval().requires_grad_(requires_grad=False),
        inputs=inputs,
        outputs=component.outputs(size),
        examples=probe(inputs),
        rewrites=records,
        root=_path_of(shipped, module),
    )


def rewrites_of(component: Component, *, target: str = "cpu", without: tuple[str, ...] = ()) -> list[Rewrite]:
    """Those that ``deploy`` applies, in order; baking an identity comes after them."""
    return [rewrite for rewrite in component.rewrites if target in rewrite.targets and rewrite.name not in without]


def _path_of(network: nn.Module, module: nn.Module) -> str:
    """The path of ``network`` within ``module``."""
    return next(str(path) for path, one in module.named_modules() if one is network)


def as_image(graph: DeployGraph, layout: str) -> DeployGraph:
    """The same graph with 8-bit RGB images in and out, the scaling inside; tensors that are no images stay.

    Args:
        graph: with float images in [-1, 1].
        layout: ``NHWC`` (uint8 as a bitmap lies in memory) or ``NCHW`` (floats 0–255, which CoreML declares to be a
            picture and fills from the pixel buffer by itself).
    """
    from mobileswap.model.graph.bitmap_border import ImageIO

    inputs = tuple(_image_spec(spec, layout) for spec in graph.inputs)
    outputs = tuple(_image_spec(spec, layout) for spec in graph.outputs)
    module = ImageIO(graph.module, layout, tuple(s.is_image for s in graph.inputs), graph.outputs[0].is_image)
    return replace(
        graph, module=module.eval(), inputs=inputs, outputs=outputs, examples=probe(inputs), root=_inside(graph.root)
    )


def _inside(root: str) -> str:
    """The root of a graph that was wrapped once more, as ``inner``."""
    return f"inner.{root}" if root else "inner"


def probe(inputs: tuple[TensorSpec, ...]) -> tuple[Tensor, ...]:
    """Seeded tensors of these shapes and ranges; an embedding has norm 1."""
    import torch
    from torch.nn import functional as F

    source = torch.Generator().manual_seed(7)
    examples = []
    for spec in inputs:
        low, high = spec.value_range
        x = torch.rand(spec.shape, generator=source) * (high - low) + low
        examples.append(x.to(getattr(torch, spec.dtype)) if spec.is_image else F.normalize(x, dim=1))
    return tuple(examples)


def _image_spec(spec: TensorSpec, layout: str) -> TensorSpec:
    if not spec.is_image:
        return spec
    n, c, h, w = spec.shape
    shape = (n, h, w, c) if layout == "NHWC" else spec.shape
    dtype = "uint8" if layout == "NHWC" else "float32"
    return replace(spec, shape=shape, dtype=dtype, layout=layout, value_range=(0.0, 255.0), data_range=255.0)


def _baking(bake: Callable[[nn.Module, Tensor], int], embedding: Tensor) -> Rewrite:
    reason = "the fully connected layers see nothing but the embedding"
    return Rewrite(BAKED, reason, lambda network: bake(network, embedding))


def _apply(
    component: Component, network: nn.Module, rewrites: list[Rewrite], embedding: Tensor | None
) -> tuple[nn.Module, tuple[RewriteRecord, ...]]:
    """Apply one after the other to a float64 copy, so that folded weights are rounded once, at the end."""
    import torch

    shipped = copy.deepcopy(network).double()
    specs = component.inputs(_PROBE_SIZE if component.size_step else DEFAULT_SIZE)
    examples = [x.double() for x in probe(specs)]
    if embedding is not None:
        examples = [
            embedding.double() if spec.name == "embedding" else x for spec, x in zip(specs, examples, strict=True)
        ]
    records = []
    with torch.no_grad():
        before = component.wrap(shipped).eval()(*examples)
        for rewrite in rewrites:
            places = rewrite.apply(shipped)
            after = component.wrap(shipped).eval()(*examples)
            distance = (after - before).abs().max().item()
            if not distance <= EXACT:
                raise GateFailed(
                    f"rewrite {rewrite.name} moves the {component.name}'s output by {distance:.1e} in float64, "
                    f"allowed is {EXACT:.0e}; leave it out with --no-rewrite {rewrite.name}"
                )
            records.append(RewriteRecord(rewrite.name, places, distance))
            before = after
    return shipped.float(), tuple(records)


def as_half(graph: DeployGraph) -> DeployGraph:
    """The same graph with float16 weights and operations; floats at the border stay float32."""
    from mobileswap.model.graph.half_precision import HalfInside

    return replace(graph, module=HalfInside(graph.module).eval(), root=_inside(graph.root))


def untouched(component: Component, network: nn.Module, *, size: int) -> DeployGraph:
    """The component as it was trained, with its one named output; what a format of reference is made from."""
    component.require_size(size)
    inputs = component.inputs(size)
    module = component.wrap(network).eval().requires_grad_(requires_grad=False)
    return DeployGraph(
        family=component.family,
        component=component.name,
        module=module,
        inputs=inputs,
        outputs=component.outputs(size),
        examples=probe(inputs),
        rewrites=(),
        root=_path_of(network, module),
    )
