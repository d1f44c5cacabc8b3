"""What a network computes on the way: every operation's result with the place it comes from.

The same places are written into artifact.json by the exporters (export/traced_places.py), so that a tensor of a file
and one of PyTorch can be laid side by side without guessing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakIdKeyDictionary

from mobileswap.contracts.place import OUTSIDE, Numbering
from mobileswap.model.graph.results import in_order

_ONE_NAME = {  # an operation is called otherwise by the tracer, by torch.export and by the dispatcher
    "conv2d": "convolution",
    "conv_transpose2d": "convolution",
    "native_batch_norm": "batch_norm",
    "native_batch_norm_legit_no_training": "batch_norm",
    "addmm": "linear",
    "reflection_pad2d": "pad",
    "replication_pad2d": "pad",
    "constant_pad_nd": "pad",
    "prelu_kernel": "prelu",
    "linalg_vector_norm": "norm",
    "rsub": "sub",
}


@dataclass(frozen=True)
class Tap:
    """One operation of a pass.

    Attributes:
        place: where it stands, as text.
        inputs: the nearest taken places that its arguments come from, ``input`` for what was passed in.
        through: operations between those and this one that were not taken.
    """

    place: str
    inputs: tuple[str, ...]
    through: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """An output of a pass, and the nearest taken places that it comes from."""

    value: Tensor
    inputs: tuple[str, ...]


INPUT = "input"
Visit = Callable[[Tap, Tensor], Tensor | None]


def operation_name(aten: str) -> str:
    """One name for what ``aten::_convolution``, ``aten.conv2d.default`` and others mean."""
    name = aten.removeprefix("aten::").removeprefix("aten.").partition(".")[0]
    name = name.strip("_")  # leaky_relu_ works in place, _to_copy is internal
    return _ONE_NAME.get(name, name)


def path_within(path: str, root: str) -> str:
    """A module's path from the bare network, which has the path ``root``."""
    if not root or path == root:
        return path.removeprefix(root)
    return path.removeprefix(root + ".") if path.startswith(root + ".") else OUTSIDE


def watch(module: nn.Module, root: str, inputs: Sequence[Tensor], visit: Visit) -> tuple[Result, ...]:
    """Run ``module`` once and show every operation's result.

    Args:
        module: in evaluation mode.
        root: path of the bare network in it.
        inputs: in order.
        visit: told of every operation in the order of execution. What it returns takes the result's place in all that
            follows; None leaves the result as it is and the operation out of the others' ``inputs``.

    Returns:
        The module's outputs in order.
    """
    with torch.no_grad(), _entered(module) as entered, _Watch(entered, root, inputs, visit) as watching:
        results = in_order(module(*inputs))
    return tuple(Result(value, watching.places_of(value)) for value in results)


@contextmanager
def _entered(module: nn.Module) -> Iterator[list[str]]:
    """The paths of the modules whose ``forward`` is running, the innermost last."""
    stack = [""]

    def enter(path: str) -> Callable[..., None]:
        return lambda *_: stack.append(path)

    def leave(*_: object) -> None:
        stack.pop()

    hooks = []
    for path, one in module.named_modules():
        if path:
            hooks += [one.register_forward_pre_hook(enter(path)), one.register_forward_hook(leave, always_call=True)]
    try:
        yield stack
    finally:
        for hook in hooks:
            hook.remove()


@dataclass(frozen=True)
class _Origin:
    places: tuple[str, ...]
    through: tuple[str, ...]


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self, entered: list[str], root: str, inputs: Sequence[Tensor], visit: Visit) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._entered, self._root, self._visit = entered, root, visit
        self._numbering = Numbering()
        self._origins: Any = WeakIdKeyDictionary()
        for tensor in inputs:
            self._origins[tensor] = _Origin((INPUT,), ())

    def places_of(self, tensor: Tensor) -> tuple[str, ...]:
        return self._origins[tensor].places if tensor in self._origins else (INPUT,)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        result = func(*args, **(kwargs or {}))
        place = str(
            self._numbering.next(path_within(self._entered[-1], self._root), operation_name(func.name().lower()))
        )
        origins = [self._origins[one] for one in _tensors(args) if one in self._origins]
        if not origins:  # made of weights alone
            return result
        sources = tuple(dict.fromkeys(name for one in origins for name in one.places))
        through = tuple(dict.fromkeys(name for one in origins for name in one.through))
        value = result[0] if isinstance(result, tuple | list) else result
        if not isinstance(value, Tensor):
            return result
        replacement = self._visit(Tap(place, sources, through), value)
        origin = _Origin((place,), ()) if replacement is not None else _Origin(sources, (*through, place))
        if replacement is not None and replacement is not value:
            value, result = _replaced(func, args, result, replacement)
        for one in _tensors(result if isinstance(result, tuple | list) else [value]):
            self._origins[one] = origin
        return result


def _replaced(func: Any, args: Any, result: Any, replacement: Tensor) -> tuple[Tensor, Any]:  # noqa: ANN401
    if func._schema.is_mutable and args and result is args[0]:  # x.add_(…) gives x itself
        args[0].copy_(replacement)
        return args[0], result
    if isinstance(result, tuple | list):
        return replacement, type(result)([replacement, *result[1:]])
    return replacement, replacement


def _tensors(values: Any) -> Iterator[Tensor]:  # noqa: ANN401
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, tuple | list):
            yield from _tensors(value)
