"""A run's state on disk, whole or not at all, and read without running code from the file."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from mobileswap.contracts.errors import BadInput

RECIPE_VERSION = 1


@dataclass(frozen=True)
class Checkpoint:
    """Everything that a run goes on from.

    Attributes:
        kind: which networks these are, such as ``generator`` or ``embedder``.
        step: steps that are done.
        networks, averages, optimizer: their state_dicts.
        options: those the run was started with.
        spent: seconds of training so far.
    """

    kind: str
    step: int
    networks: dict[str, Any]
    averages: dict[str, Any]
    optimizer: dict[str, Any]
    options: dict[str, Any]
    spent: float
    recipe: int = RECIPE_VERSION


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write under a name of its own, then rename: a power cut leaves the old checkpoint or the new one.

    Raises:
        BadInput: the disk is full or the folder cannot be written.
    """
    begun = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        torch.save(asdict(checkpoint), begun)
        begun.replace(path)
    except (OSError, RuntimeError) as error:
        begun.unlink(missing_ok=True)
        raise BadInput(f"{path}: the checkpoint could not be written, {error}; the one before is untouched") from error


def load_checkpoint(path: Path, kind: str) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        BadInput: it is none, of another network, or of a newer recipe than this.
    """
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
        checkpoint = Checkpoint(**found)
    except Exception as error:
        raise BadInput(f"{path}: expected a checkpoint of mobileswap train, {type(error).__name__}: {error}") from error
    if checkpoint.recipe > RECIPE_VERSION:
        raise BadInput(
            f"{path}: made by recipe {checkpoint.recipe}, this is {RECIPE_VERSION}; install a newer mobileswap"
        )
    if checkpoint.kind != kind:
        raise BadInput(f"{path}: expected a checkpoint of {kind}, it is of {checkpoint.kind}; give another folder")
    return checkpoint
