"""Golden files: found in a folder by what they depend on, else made."""

from __future__ import annotations

from dataclasses import replace as changed
from pathlib import Path

import numpy as np

from mobileswap.contracts.chain import SOURCE, TARGET, Per, Step
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import sha256_of
from mobileswap.contracts.golden_file import Sample, read_golden, write_golden
from mobileswap.contracts.publish import publish
from mobileswap.contracts.signature import Signature
from mobileswap.contracts.staging import staging
from mobileswap.model.golden import make_golden
from mobileswap.model.inputs.model_input import Array, ModelInput, Pixels
from mobileswap.model.inputs.pictures import photographs
from mobileswap.model.inputs.samples import Material, samples_of
from mobileswap.model.inputs.user_folder import BUILT_IN, Inputs, UserFiles, read_folder
from mobileswap.pipeline.identity_to_bake import Identity
from mobileswap.pipeline.networks import Networks
from mobileswap.pipeline.progress import Progress
from mobileswap.pipeline.untouched_chain import (
    built_in_persons,
    can_run_before,
    first_step,
    inputs_from,
    inputs_of_step,
    person_inputs,
)


def golden_file(
    networks: Networks,
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
    inputs = _inputs(networks, component, size, identity, wanted)
    part, weights = networks.component(component), networks.require(component).record.sha256
    path = folder / f"{part.family}-{component}-{size}-{_digest(inputs, weights)[:12]}.safetensors"
    if path.exists():
        try:
            read_golden(path)
        except BadInput:
            path.unlink()  # damaged; made again below
        else:
            return path
    with progress.step(f"run the untouched {component} on {len(inputs)} samples"):
        golden = make_golden(part, networks.network(component), inputs, size, weights)
    with staging(folder) as stage:
        write_golden(golden, stage / path.name)
        publish(stage, {stage / path.name: path})
    return path


def first_sample(networks: Networks, component: str, size: int, identity: Identity | None) -> Sample:
    """The first sample of the golden file, without the others."""
    inputs = _inputs(networks, component, size, identity, Inputs(samples=1))
    part, weights = networks.component(component), networks.require(component).record.sha256
    return make_golden(part, networks.network(component), inputs, size, weights).samples[0]


def _inputs(
    networks: Networks, component: str, size: int, identity: Identity | None, wanted: Inputs
) -> list[ModelInput]:
    signature = networks.component(component).signature(size)
    mine = _user_files(networks, component, signature, identity, wanted)
    material = _material(networks, component, size, identity, mine)
    inputs = samples_of(signature, material, wanted.samples)
    names = [entry.name for entry in inputs]
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"--inputs {wanted.folder}: {name} is the name of a built-in sample; rename that file")
    return inputs


def _user_files(
    networks: Networks, component: str, signature: Signature, identity: Identity | None, wanted: Inputs
) -> UserFiles:
    if wanted.folder is None:
        return UserFiles()
    lead = next((spec for spec in signature.inputs if spec.is_picture), None)
    if lead is None:
        raise BadInput(f"--inputs {wanted.folder}: the {component} takes no picture; leave --inputs out")
    names = () if identity else person_inputs(networks, component)
    return read_folder(wanted.folder, lead, signature.input(names[0]) if len(names) == 1 else None)


def _material(networks: Networks, component: str, size: int, identity: Identity | None, mine: UserFiles) -> Material:
    signature = networks.component(component).signature(size)
    step = first_step(networks.family.chain, component)
    leads = tuple(name for name, origin in step.feeds.items() if origin in (SOURCE, TARGET)) if step else ()
    lead = next((spec for spec in signature.inputs if spec.is_picture), None)
    shown = mine.pictures or (photographs(lead.height, lead.width) if lead else {})
    before = _Before(networks, component, size, shown)
    if identity:
        return Material(shown, leads, fixed={identity.input: identity.value}, before=before.values)
    if mine.embeddings:
        (name,) = person_inputs(networks, component)
        persons: dict[str, dict[str, Array]] = {person: {name: x} for person, x in mine.embeddings.items()}
    else:
        persons = built_in_persons(networks, component, size)
    return Material(shown, leads, persons, before=before.values)


class _Before:
    """What the steps of each frame before a component give, where there are weights for them."""

    def __init__(self, networks: Networks, component: str, size: int, shown: dict[str, Pixels]) -> None:
        self._networks, self._size, self._shown = networks, size, shown
        self._step = self._part(component) if can_run_before(networks, component, Per.FRAME) else None

    def _part(self, component: str) -> Step | None:
        chain = self._networks.family.chain
        step = first_step(chain, component)
        names = inputs_from(chain, step, Per.FRAME) if step else ()
        return changed(step, feeds={name: step.feeds[name] for name in names}) if step and names else None

    def values(self, target: str, person: str) -> dict[str, Array]:
        if self._step is None:
            return {}
        source = self._shown.get(person, self._shown[target])
        return inputs_of_step(self._networks, self._step, {SOURCE: source, TARGET: self._shown[target]}, self._size)


def _digest(inputs: list[ModelInput], weights_sha256: str) -> str:
    import torch

    parts = [str(torch.__version__).encode(), weights_sha256.encode()]
    for entry in inputs:
        parts += [f"{entry.name}\n{entry.description}".encode()]
        parts += [np.ascontiguousarray(array).tobytes() for array in entry.tensors.values()]
    return sha256_of("\n".join(sha256_of(part) for part in parts).encode())
