"""A component as it ships: static shapes, batch 1, dead outputs dropped, exact rewrites applied, identity baked in.

Every rewrite is applied to a copy and held in float64 against what it replaces, on the user's own weights. So when a
file turns out wrong, the rewrites are already out of suspicion.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mobileswap.contracts.artifact import RewriteRecord
from mobileswap.contracts.errors import BadInput, GateFailed
from mobileswap.contracts.spec import TensorSpec
from mobileswap.model.graph.probe import probe
from mobileswap.model.graph.results import in_order
from mobileswap.model.rewrite import TARGETS, Rewrite

if TYPE_CHECKING:
    from torch import Tensor, nn

    from mobileswap.model.component import Bake, Component

BAKED = "bake-identity"
EXACT = 1e-10  # what float64 may differ by; the algebra itself leaves about 1e-14


@dataclass(frozen=True)
class DeployGraph:
    """What an exporter is given.

    Attributes:
        module: from the inputs, in order, to the outputs: a tensor, or several in a tuple; float32, evaluation mode.
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
    baked: Tensor | None = None,
) -> DeployGraph:
    """Turn an untouched network into its deploy graph.

    Args:
        component: what the network is.
        network: as ``component.load`` gave it; it stays as it is.
        size: in pixels, see ``Component.signature``.
        target: of TARGETS; rewrites that are for others only are left out.
        without: names of rewrites to leave out.
        baked: value of the input that ``component.bake`` names; that input is then gone.

    Raises:
        BadInput: an unknown target or rewrite, a size that does not fit, or a component that nothing can be baked
            into.
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
    inputs = component.signature(size).inputs
    if baked is not None:
        bake = _bake_of(component)
        rewrites.append(_baking(bake, baked))
        inputs = tuple(spec for spec in inputs if spec.name != bake.input)
    shipped, records = _apply(component, network, rewrites, baked)
    module = component.wrap(shipped)
    return DeployGraph(
        family=component.family,
        component=component.name,
        module=module.eval().requires_grad_(requires_grad=False),
        inputs=inputs,
        outputs=component.signature(size).outputs,
        examples=probe(inputs),
        rewrites=records,
        root=_path_of(shipped, module),
    )


def _bake_of(component: Component) -> Bake:
    if component.bake is None:
        raise BadInput(f"--identity: the {component.name} takes no identity; bake it into a component that does")
    return component.bake


def rewrites_of(component: Component, *, target: str = "cpu", without: tuple[str, ...] = ()) -> list[Rewrite]:
    """Those that ``deploy`` applies, in order; baking an identity comes after them."""
    return [rewrite for rewrite in component.rewrites if target in rewrite.targets and rewrite.name not in without]


def _path_of(network: nn.Module, module: nn.Module) -> str:
    """The path of ``network`` within ``module``."""
    return next(str(path) for path, one in module.named_modules() if one is network)


def as_image(graph: DeployGraph, layout: str) -> DeployGraph:
    """The same graph with 8-bit pictures in and out, the scaling inside; tensors that are no pictures stay.

    Args:
        graph: with pictures of floats.
        layout: ``NHWC`` (uint8 as a bitmap lies in memory) or ``NCHW`` (floats 0–255, which CoreML declares to be a
            picture and fills from the pixel buffer by itself).
    """
    from mobileswap.model.graph.bitmap_border import BitmapBorder

    inputs = tuple(_image_spec(spec, layout) for spec in graph.inputs)
    outputs = tuple(_image_spec(spec, layout) for spec in graph.outputs)
    module = BitmapBorder(
        graph.module, tuple(zip(inputs, graph.inputs, strict=True)), tuple(zip(graph.outputs, outputs, strict=True))
    )
    return replace(
        graph, module=module.eval(), inputs=inputs, outputs=outputs, examples=probe(inputs), root=_inside(graph.root)
    )


def _inside(root: str) -> str:
    """The root of a graph that was wrapped once more, as ``inner``."""
    return f"inner.{root}" if root else "inner"


def _image_spec(spec: TensorSpec, layout: str) -> TensorSpec:
    """A picture in that layout; in RGB, whatever the network takes: that is what an app has."""
    if not spec.is_picture:
        return spec
    bitmap = replace(spec.bitmap(), colour="RGB")
    if layout == "NHWC":
        return bitmap
    n, h, w, c = bitmap.shape
    return replace(bitmap, shape=(n, c, h, w), dtype="float32", layout=layout)


def _baking(bake: Bake, value: Tensor) -> Rewrite:
    reason = "the fully connected layers see nothing but the embedding"
    return Rewrite(BAKED, reason, lambda network: bake.apply(network, value))


def _apply(
    component: Component, network: nn.Module, rewrites: list[Rewrite], baked: Tensor | None
) -> tuple[nn.Module, tuple[RewriteRecord, ...]]:
    """Apply one after the other to a float64 copy, so that folded weights are rounded once, at the end."""
    import torch

    shipped = copy.deepcopy(network).double()
    specs = component.signature(component.smallest).inputs
    examples = [x.double() for x in probe(specs)]
    if baked is not None and component.bake:
        name = component.bake.input
        examples = [baked.double() if spec.name == name else x for spec, x in zip(specs, examples, strict=True)]
    records = []
    with torch.no_grad():
        before = in_order(component.wrap(shipped).eval()(*examples))
        for rewrite in rewrites:
            places = rewrite.apply(shipped)
            after = in_order(component.wrap(shipped).eval()(*examples))
            distance = max((a - b).abs().max().item() for a, b in zip(after, before, strict=True))
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
    """The component as it was trained, with its named outputs; what a format of reference is made from."""
    component.require_size(size)
    signature = component.signature(size)
    module = component.wrap(network).eval().requires_grad_(requires_grad=False)
    return DeployGraph(
        family=component.family,
        component=component.name,
        module=module,
        inputs=signature.inputs,
        outputs=signature.outputs,
        examples=probe(signature.inputs),
        rewrites=(),
        root=_path_of(network, module),
    )
