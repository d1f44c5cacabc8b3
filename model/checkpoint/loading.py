"""A checkpoint: state dict to component, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mobileswap.contracts.artifact import WeightsRecord
from mobileswap.contracts.errors import BadInput
from mobileswap.model.checkpoint.container import SUFFIXES, read_tensors, split
from mobileswap.model.checkpoint.recognise import looks_like
from mobileswap.model.component import Component, State
from mobileswap.weights.catalogue import find_weights, manifest, state_hash
from mobileswap.weights.seeded import seeded_state

if TYPE_CHECKING:
    from torch import Tensor

_SHOWN = 3  # keys named in a message


@dataclass(frozen=True)
class LoadedWeights:
    """One component's weights and where they came from; ``path`` is None for built-in ones."""

    component: Component
    state: State
    record: WeightsRecord
    path: Path | None


def load(sources: tuple[str, ...], components: tuple[Component, ...]) -> dict[str, LoadedWeights]:
    """Load what ``--weights`` named: files, one folder, or names of the manifest.

    Returns:
        By component name; a component that no source held is absent.

    Raises:
        BadInput: as ``read_tensors`` and ``match``, or two sources hold the same component.
    """
    found: dict[str, LoadedWeights] = {}
    for source in sources:
        for loaded in _load_one(source, components):
            name = loaded.component.name
            if name in found:
                first, second = (entry.path or entry.record.name for entry in (found[name], loaded))
                raise BadInput(f"--weights: {first} and {second} both hold the {name}; give one")
            found[name] = loaded
    return found


def _load_one(source: str, components: tuple[Component, ...]) -> list[LoadedWeights]:
    path = Path(source)
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.suffix in SUFFIXES)
        if not files:
            raise BadInput(f"{path}: a folder with none of {', '.join(SUFFIXES)} in it; give the checkpoint's file")
        return [loaded for file in files for loaded in _load_file(file, components)]
    if path.exists():
        return _load_file(path, components)
    if source not in {entry.name for entry in manifest().weights}:
        read_tensors(path)  # raises: there is no such file
    return [_built_in(source, component) for component in components]


def _built_in(name: str, component: Component) -> LoadedWeights:
    import torch

    entry = find_weights(name, component.name)
    arrays = seeded_state(component.shapes(), component.gains)
    found = state_hash(arrays)
    if found != entry.sha256:
        raise BadInput(
            f"weights {name}: made {found[:12]}…, the manifest says {entry.sha256[:12]}…; this numpy draws other "
            "numbers than the one they were pinned with, so give a checkpoint with --weights"
        )
    state = {key: torch.from_numpy(array) for key, array in arrays.items()}
    return LoadedWeights(
        component, state, WeightsRecord(name, found, entry.trained, entry.source, entry.licence), path=None
    )


def _load_file(path: Path, components: tuple[Component, ...]) -> list[LoadedWeights]:
    loaded = []
    for state in split(read_tensors(path), path):
        component = match(state, components, path)
        checked = check(state, component, path)
        digest = state_hash({key: value.numpy() for key, value in checked.items()})
        record = WeightsRecord(path.name, digest, trained=True, source=f"user's file {path.name}", licence="user's own")
        loaded.append(LoadedWeights(component, checked, record, path))
    return loaded


def match(state: State, components: tuple[Component, ...], path: Path) -> Component:
    """The component whose key names these mostly are.

    Raises:
        BadInput: of none; the message says what the file looks like.
    """
    best = max(components, key=lambda component: len(component.shapes().keys() & state.keys()))
    if len(best.shapes().keys() & state.keys()) * 2 <= len(best.shapes()):
        expected = " or ".join(component.name for component in components)
        raise BadInput(
            f"{path}: expected a {best.family} {expected}, this looks like {looks_like(state)}; "
            "give another file or --family"
        )
    return best


def check(state: State, component: Component, path: Path) -> dict[str, Tensor]:
    """Names, shapes, types and values must all be right; then everything is float32.

    Raises:
        BadInput: missing, extra or misshapen keys (the first of each), a type that is not float, a NaN or an infinity.
    """
    import torch

    shapes = component.shapes()
    wrong = [
        _sentence("missing", [key for key in shapes if key not in state]),
        _sentence("extra", [key for key in state if key not in shapes]),
        _sentence(
            "of another shape",
            [
                f"{key} {tuple(state[key].shape)}, expected {shape}"
                for key, shape in shapes.items()
                if key in state and tuple(state[key].shape) != shape
            ],
        ),
    ]
    if any(wrong):
        raise BadInput(
            f"{path}: looks like {looks_like(state)}, but does not fit the {component.family} {component.name}: "
            f"{'; '.join(sentence for sentence in wrong if sentence)}. Give a checkpoint of that network, whole"
        )
    checked = {}
    for key in shapes:
        tensor = state[key]
        if key.endswith("num_batches_tracked"):
            checked[key] = tensor.to(torch.int64)
            continue
        if not tensor.is_floating_point():
            raise BadInput(f"{path}: {key} is {tensor.dtype}, expected floats; give the checkpoint before quantisation")
        if tensor.layout is not torch.strided or tensor.is_meta:
            kind = "without values" if tensor.is_meta else tensor.layout
            raise BadInput(f"{path}: {key} is {kind}, expected dense values; save it with .to_dense(), on the CPU")
        values = tensor.detach().to(torch.float32).contiguous()
        bad = int((~torch.isfinite(values)).sum())
        if bad:
            raise BadInput(f"{path}: {key} holds {bad} NaN or infinite values; training diverged, give an earlier one")
        if key.endswith("running_var") and bool((values < 0).any()):
            raise BadInput(f"{path}: {key} is negative, a variance cannot be; give an earlier checkpoint")
        checked[key] = values
    return checked


def _sentence(what: str, keys: list[str]) -> str:
    if not keys:
        return ""
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return f"{len(keys)} {what} ({', '.join(keys[:_SHOWN])}{more})"
