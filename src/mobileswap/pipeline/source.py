"""What every command starts from: the loaded weights, the photographs' embeddings, the golden files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mobileswap.contracts.artifact import IdentityRecord
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import sha256_of
from mobileswap.contracts.golden_file import Sample, read_golden, write_golden
from mobileswap.contracts.publish import publish
from mobileswap.contracts.staging import staging
from mobileswap.model.checkpoint.loading import LoadedWeights, load
from mobileswap.model.component import DEFAULT_SIZE
from mobileswap.model.families import components
from mobileswap.model.golden import embed, embed_photographs, make_golden
from mobileswap.model.inputs.built_in import (
    Array,
    ModelInput,
    for_embedder,
    for_generator,
    for_one_identity,
    photographs,
    to_tensor,
    unit_vector,
)
from mobileswap.model.inputs.identity import is_embedding, read_embedding, read_photo
from mobileswap.model.inputs.user_folder import BUILT_IN, Inputs, UserFiles, read_folder
from mobileswap.pipeline.progress import Progress

if TYPE_CHECKING:
    from torch import nn

    from mobileswap.model.component import Component


@dataclass(frozen=True)
class Identity:
    """The source person that is to be baked in; ``embedding`` is (1, 512)."""

    record: IdentityRecord
    embedding: Array


class Source:
    """Loaded weights of one family and what follows from them. Networks are built once, when first asked for.

    Args:
        family: name of the family.
        weights: as ``--weights`` gave them.

    Raises:
        BadInput: as ``model.checkpoint.load``.
    """

    def __init__(self, family: str, weights: tuple[str, ...]) -> None:
        self.components = components(family)
        self.weights = load(weights, self.components)
        self._networks: dict[str, nn.Module] = {}

    def require(self, component: str) -> LoadedWeights:
        """The weights of one component.

        Raises:
            BadInput: no source held them.
        """
        if component not in self.weights:
            held = ", ".join(self.weights)
            raise BadInput(
                f"--weights: holds {held}, but the {component} is needed; give its file with a second --weights"
            )
        return self.weights[component]

    def component(self, name: str) -> Component:
        """One component of the family, whether there are weights for it or not.

        Raises:
            BadInput: there is none of that name; the message lists those there are.
        """
        for component in self.components:
            if component.name == name:
                return component
        raise BadInput(f"--component {name}: known are {', '.join(component.name for component in self.components)}")

    def network(self, component: str) -> nn.Module:
        """The untouched network of one component."""
        if component not in self._networks:
            loaded = self.require(component)
            self._networks[component] = loaded.component.load(loaded.state)
        return self._networks[component]

    @cached_property
    def embeddings(self) -> dict[str, Array]:
        """Of the built-in photographs; drawn where there is no embedder among the weights."""
        if "embedder" in self.weights:
            return embed_photographs(self.component("embedder"), self.network("embedder"), DEFAULT_SIZE)
        length = self._embedding_size()
        return {name: unit_vector(100 + i, length) for i, name in enumerate(photographs(DEFAULT_SIZE))}

    def _embedding_size(self) -> int:
        specs = self.component("generator").inputs(DEFAULT_SIZE)
        return next(spec.shape[1] for spec in specs if spec.name == "embedding")

    def identity(self, path: Path, option: str = "--identity") -> Identity:
        """Read ``--identity``: an embedding as it is, a photograph through the embedder.

        Args:
            path: of one or the other.
            option: that it was given with, for what is said of it.

        Raises:
            BadInput: see model/inputs/identity.py; or a photograph is given and no embedder's weights.
        """
        if is_embedding(path):
            embedding = read_embedding(path, self._embedding_size(), option)
        else:
            pixels = read_photo(path, option=option)
            if "embedder" not in self.weights:
                raise BadInput(
                    f"{option} {path}: a photograph goes through the embedder, which --weights does not hold; give "
                    "its file with a second --weights, or the embedding as .npy"
                )
            embedding = embed(self.component("embedder"), self.network("embedder"), to_tensor(pixels))
        return Identity(IdentityRecord(path.name, sha256_of(embedding.tobytes())), embedding)

    def golden(
        self,
        component: str,
        size: int,
        identity: Identity | None,
        folder: Path,
        progress: Progress,
        wanted: Inputs = BUILT_IN,
    ) -> Path:
        """The golden file for these weights, from ``folder`` if it is there, else made.

        The name holds a hash of all that the file depends on, so one that is found is the right one.

        Raises:
            BadInput: the user's own inputs cannot be used, or what comes of the weights is not finite.
        """
        inputs = self._inputs(component, size, identity, wanted)
        digest = _digest(inputs, self.require(component).record.sha256)
        path = folder / f"{self.component(component).family}-{component}-{size}-{digest[:12]}.safetensors"
        if path.exists():
            try:
                read_golden(path)
            except BadInput:
                path.unlink()  # damaged; made again below
            else:
                return path
        with progress.step(f"run the untouched {component} on {len(inputs)} samples"):
            golden = make_golden(
                self.component(component),
                self.network(component),
                inputs,
                size,
                self.require(component).record.sha256,
            )
        with staging(folder) as stage:
            write_golden(golden, stage / path.name)
            publish(stage, {stage / path.name: path})
        return path

    def first_sample(self, component: str, size: int, identity: Identity | None) -> Sample:
        """The first sample of the golden file, without the others."""
        made = make_golden(
            self.component(component),
            self.network(component),
            self._inputs(component, size, identity, Inputs(samples=1)),
            size,
            self.require(component).record.sha256,
        )
        return made.samples[0]

    def _inputs(self, component: str, size: int, identity: Identity | None, wanted: Inputs) -> list[ModelInput]:
        mine = self._user_files(component, size, identity, wanted)
        pictures = mine.pictures or None
        if component == "embedder":
            inputs = for_embedder(size, pictures, wanted.samples)
        elif identity is not None:
            inputs = for_one_identity(size, identity.embedding, pictures, wanted.samples)
        else:
            embeddings = mine.embeddings or self.embeddings
            inputs = for_generator(size, embeddings, self._embedding_size(), pictures, wanted.samples)
        names = [entry.name for entry in inputs]
        for name in names:
            if names.count(name) > 1:
                raise BadInput(f"--inputs {wanted.folder}: {name} is the name of a built-in sample; rename that file")
        return inputs

    def _user_files(self, component: str, size: int, identity: Identity | None, wanted: Inputs) -> UserFiles:
        if wanted.folder is None:
            return UserFiles()
        takes_embedding = component == "generator" and identity is None
        return read_folder(wanted.folder, size, self._embedding_size() if takes_embedding else None)


def _digest(inputs: list[ModelInput], weights_sha256: str) -> str:
    import torch

    parts = [str(torch.__version__).encode(), weights_sha256.encode()]
    for entry in inputs:
        parts += [f"{entry.name}\n{entry.description}".encode()]
        parts += [np.ascontiguousarray(array).tobytes() for array in entry.tensors.values()]
    return sha256_of("\n".join(sha256_of(part) for part in parts).encode())
