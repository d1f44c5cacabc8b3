"""A weights file to plain state dicts, without running code from the file.

Takes both torch containers (zip since 1.6, the older pickle), and safetensors.
"""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobileswap.contracts.errors import BadInput

if TYPE_CHECKING:
    from torch import Tensor

SUFFIXES = (".pth", ".pt", ".safetensors")


def read_tensors(path: Path) -> Mapping[str, Any]:
    """Read a .pth/.pt (both torch containers) or .safetensors file without running anything in it.

    Raises:
        BadInput: not there, empty, truncated, not a checkpoint, or a pickle that wants to run code.
    """
    if not path.is_file():
        raise BadInput(
            f"{path}: no such file; --weights takes a checkpoint ({', '.join(SUFFIXES)}), a folder of them, or the "
            "built-in name `seeded`"
        )
    if path.stat().st_size == 0:
        raise BadInput(f"{path}: the file is empty; copy the checkpoint again")
    content = _read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path)
    if not isinstance(content, Mapping) or not content:
        kind = type(content).__name__
        raise BadInput(f"{path}: expected a state dict (names with tensors), came {kind}; save model.state_dict()")
    return content


def _read_safetensors(path: Path) -> object:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise BadInput(f"{path}: not a whole .safetensors file ({_first_line(error)}); copy it again") from error


def _read_torch(path: Path) -> object:
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd pickles and archives; what is refused is told below
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "Weights only load failed" in str(error) and _is_whole(path):
            raise BadInput(
                f"{path}: holds more than tensors, and opening it would run code from the file; nothing was run. "
                "Where it was trained, save model.state_dict() alone, or convert it to .safetensors"
            ) from error
        raise BadInput(_unreadable(path)) from error
    except Exception as error:  # a damaged pickle ends in struct.error, AssertionError, IndexError and more
        raise BadInput(_unreadable(path)) from error


def _unreadable(path: Path) -> str:
    return f"{path}: not a state dict saved by torch.save, or cut short; copy it again, or save model.state_dict() anew"


def _is_whole(path: Path) -> bool:
    """A zip that opens, or a pickle (first byte is its PROTO opcode): then what it holds is refused."""
    return zipfile.is_zipfile(path) or path.read_bytes()[:1] == b"\x80"


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:160] or type(error).__name__


def split(content: Mapping[str, Any], path: Path) -> list[dict[str, Tensor]]:
    """One state dict per component: a file may hold them nested or with the component's name as a prefix.

    Raises:
        BadInput: something in it is neither a tensor nor a dict of tensors.
    """
    import torch

    nested = {key: value for key, value in content.items() if isinstance(value, Mapping) and value}
    if nested and not any(isinstance(value, torch.Tensor) for value in content.values()):
        dicts = {
            key: value for key, value in nested.items() if any(isinstance(v, torch.Tensor) for v in value.values())
        }
        chosen = {key: dicts[key] for key in ("generator", "embedder", "state_dict") if key in dicts} or dicts
        if chosen:
            return [state for value in chosen.values() for state in split(value, path)]
    for key, value in content.items():
        if not isinstance(key, str) or not isinstance(value, torch.Tensor):
            raise BadInput(
                f"{path}: expected names with tensors only, came {key!r} with {type(value).__name__}; "
                "save model.state_dict() alone"
            )
    state = dict(content)
    if _all_start(state, "module."):
        return split({key.removeprefix("module."): value for key, value in state.items()}, path)
    for prefix in ("generator.", "embedder."):
        rest = {key: value for key, value in state.items() if not key.startswith(prefix)}
        own = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
        if own and (not rest or _all_start(rest, "embedder.") or _all_start(rest, "generator.")):
            return [*split(own, path), *(split(rest, path) if rest else [])]
    return [state]


def _all_start(keys: Iterable[str], prefix: str) -> bool:
    return all(key.startswith(prefix) for key in keys)
