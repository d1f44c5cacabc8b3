"""The source person that is baked into an artifact: an embedding as it is, a photograph through the networks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mobileswap.contracts.artifact import IdentityRecord
from mobileswap.contracts.chain import SOURCE, Per, Step
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import sha256_of
from mobileswap.contracts.spec import TensorSpec
from mobileswap.model.inputs.identity import is_embedding, read_embedding, read_photo
from mobileswap.model.inputs.model_input import Array
from mobileswap.pipeline.networks import Networks
from mobileswap.pipeline.untouched_chain import first_step, inputs_of_step


@dataclass(frozen=True)
class Identity:
    """A person, as the value of one input.

    Attributes:
        record: where it came from.
        input: name of the input that it is for.
        value: of that input's shape.
    """

    record: IdentityRecord
    input: str
    value: Array


def read_identity(networks: Networks, path: Path, component: str, option: str = "--identity") -> Identity:
    """Read ``--identity``.

    Args:
        networks: with weights of what a photograph goes through.
        path: of an embedding (.npy) or a photograph.
        component: that it is for.
        option: that it was given with, for what is said of it.

    Raises:
        BadInput: see model/inputs/identity.py; the component takes no identity; or a photograph is given and what it
            goes through has no weights.
    """
    step = first_step(networks.family.chain, component)
    name = identity_input(networks, component)
    if step is None or name is None:
        raise BadInput(f"{option}: the {component} takes no identity; give it to a component that does")
    spec = networks.component(component).signature(networks.component(component).default_size).input(name)
    if is_embedding(path):
        value = read_embedding(path, spec, option)
    else:
        value = _through_networks(networks, step, name, path, option)
    return Identity(IdentityRecord(path.name, sha256_of(value.tobytes())), name, value)


def identity_input(networks: Networks, component: str) -> str | None:
    """The input that a person decides; the one that can be baked in where there are several."""
    part = networks.component(component)
    if part.bake:
        return part.bake.input
    step = first_step(networks.family.chain, component)
    origins = {} if step is None else step.feeds
    return next((n for n, o in origins.items() if o.partition(".")[0] in _per_person(networks)), None)


def _per_person(networks: Networks) -> set[str]:
    return {step.name for step in networks.family.chain.of(Per.PERSON)}


def _through_networks(networks: Networks, step: Step, name: str, path: Path, option: str) -> Array:
    """The photograph goes into the first component of the chain that reads it."""
    chain = networks.family.chain
    reader = next(one for one in chain.of(Per.PERSON) if SOURCE in one.feeds.values())
    pixels = read_photo(path, _picture_of(networks, reader), option)
    missing = [one for one in chain.components(Per.PERSON) if one not in networks.weights]
    if missing:
        raise BadInput(
            f"{option} {path}: a photograph goes through the {missing[0]}, which --weights does not hold; give its "
            "file with a second --weights, or the embedding as .npy"
        )
    part = Step(step.name, step.component, {name: step.feeds[name]}, step.per)
    return inputs_of_step(networks, part, {SOURCE: pixels}, None)[name]


def _picture_of(networks: Networks, reader: Step) -> TensorSpec:
    component = networks.component(reader.component)
    name = next(name for name, origin in reader.feeds.items() if origin == SOURCE)
    return component.signature(component.default_size).input(name)
