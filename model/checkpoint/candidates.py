"""Where in a file a component may lie: under whatever prefix most of its names are found. No word is known here.

Lightning, DataParallel, torch.compile, an EMA copy, a wrapper of one's own: each puts something before the names. What
it is does not matter, only that the same stands before all of them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache

from mobileswap.model.checkpoint.names import Tensors, boundaries, some
from mobileswap.model.checkpoint.stored_tensor import StoredTensor
from mobileswap.model.component import Component

_COUNTER = "num_batches_tracked"  # of BatchNorm: inference does not read it, and older PyTorch did not save it
_PROFILED = ("total_ops", "total_params")  # buffers that a profiler of operations leaves in each layer
_HEAD = 3  # tensors that a training head may have, at most

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Candidate:
    """One component at one place of a file, and what keeps it from fitting.

    Attributes:
        component: that it may be.
        prefix: what stands before its names.
        names: full name in the file, by the component's own.
        same: how many of them have the component's shape.
        wrong: sentences on missing, extra and misshapen names; it fits where there is none.
        counters: names that are not there and need not be.
        profiled: names left by a profiler.
        head: names of a training head.
        averaged: a count of averaged models lies beside it.
    """

    component: Component
    prefix: str
    names: dict[str, str]
    same: int
    wrong: tuple[str, ...] = ()
    counters: list[str] = field(default_factory=list)
    profiled: list[str] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    averaged: bool = False

    @property
    def fits(self) -> bool:
        return not self.wrong

    @property
    def place(self) -> str:
        """The prefix without its last dot; "" where nothing stands before the names."""
        return self.prefix.rstrip("./")


@cache
def shapes_of(component: Component) -> Shapes:
    """Building a network on no memory takes longer than reading a file's names."""
    return component.shapes()


def candidates(tensors: Tensors, components: tuple[Component, ...]) -> list[Candidate]:
    """Every place at which more than half of a component's names are, the best first."""
    found = []
    for component in components:
        shapes = shapes_of(component)
        for prefix, names in _places(tensors, shapes).items():
            if len(names) * 2 > len(shapes):
                found.append(_candidate(component, shapes, prefix, names, tensors))
    return sorted(found, key=lambda entry: (entry.fits, entry.same / len(shapes_of(entry.component))), reverse=True)


def nearest(tensors: Tensors, components: tuple[Component, ...]) -> tuple[Component, int, int]:
    """The component of which the largest part is in one place, how many names that are, and of how many."""
    best = [
        (max((len(names) for names in _places(tensors, shapes).values()), default=0), len(shapes), component)
        for component in components
        for shapes in (shapes_of(component),)
    ]
    count, most, component = max(best, key=lambda entry: entry[0] / entry[1])
    return component, count, most


def _places(tensors: Tensors, shapes: Shapes) -> dict[str, dict[str, str]]:
    """By prefix, the component's names that are found behind it, with the full ones."""
    depth = max((key.count(".") + key.count("/") + 1 for key in shapes), default=0)
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for name in tensors:
        for cut in boundaries(name, depth):
            if name[cut:] in shapes:
                found[name[:cut]][name[cut:]] = name
    return found


def _candidate(component: Component, shapes: Shapes, prefix: str, names: dict[str, str], tensors: Tensors) -> Candidate:
    homes = {tensors[name].home for name in names.values()}
    own = set(names.values())
    beside = [
        name.removeprefix(prefix)
        for name, entry in tensors.items()
        if entry.home in homes and name.startswith(prefix) and name not in own
    ]
    profiled = [name for name in beside if name.rsplit(".", 1)[-1] in _PROFILED]
    extra = [name for name in beside if name not in profiled]
    head = _head(component, shapes, {name: tensors[prefix + name].tensor for name in extra})
    missing = [key for key in shapes if key not in names]
    counters = [key for key in missing if key.endswith(_COUNTER)]
    names = {key: names[key] for key in shapes if key in names}
    came = {key: tensors[name].tensor.shape for key, name in names.items()}
    misshapen = [key for key in names if came[key] != shapes[key]]
    sentences = (
        _sentence("missing", [key for key in missing if key not in counters]),
        _sentence("extra", [] if head else extra),
        _sentence("of another shape", [f"{key} {came[key]}, expected {shapes[key]}" for key in misshapen]),
    )
    return Candidate(
        component,
        prefix,
        names,
        len(names) - len(misshapen),
        tuple(sentence for sentence in sentences if sentence),
        counters,
        profiled,
        head,
        averaged=any(f"{home}.n_averaged".lstrip(".") in tensors for home in homes),
    )


def _sentence(what: str, names: list[str]) -> str:
    return f"{len(names)} {what} ({some(names)})" if names else ""


def _head(component: Component, shapes: Shapes, extra: dict[str, StoredTensor]) -> list[str]:
    """The extra names, if all of them are one layer that takes what the component gives out; else none.

    A network that is trained to tell classes has a matrix from its vector to them, with a bias or margins at most.
    """
    lengths = {spec.shape[-1] for spec in component.signature(component.default_size).outputs if len(spec.shape) == 2}
    roots = {name.split(".", 1)[0] for name in extra}
    if not 0 < len(extra) <= _HEAD or len(roots) != 1 or roots & {key.split(".", 1)[0] for key in shapes}:
        return []
    sides = {side for tensor in extra.values() if len(tensor.shape) == 2 for side in tensor.shape}
    fits = any(len(tensor.shape) == 2 and lengths & set(tensor.shape) for tensor in extra.values())
    plain = all(len(tensor.shape) == 2 or set(tensor.shape) <= sides | {1} for tensor in extra.values())
    return list(extra) if fits and plain else []
