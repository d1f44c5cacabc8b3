"""A family's chain with its untouched networks: what goes into a component is what those before it really give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from mobileswap.contracts.chain import SOURCE, TARGET, Chain, Per, Step
from mobileswap.contracts.conversion import convert
from mobileswap.contracts.spec import TensorSpec
from mobileswap.model.golden import run_untouched
from mobileswap.model.inputs.drawn import drawn
from mobileswap.model.inputs.model_input import Array, Pixels
from mobileswap.model.inputs.pictures import as_input
from mobileswap.pipeline.networks import Networks
from mobileswap.weights.catalogue import faces

_FIRST_DRAWN = 100  # seed of the first person where nothing computes one
Values = dict[str, Array]


def first_step(chain: Chain, component: str) -> Step | None:
    """Where the chain runs a component first."""
    return next((step for step in chain.steps if step.component == component), None)


def inputs_from(chain: Chain, step: Step, per: Per) -> tuple[str, ...]:
    """Inputs of a step that earlier steps of this kind give."""
    return tuple(
        name
        for name, origin in step.feeds.items()
        if origin not in (SOURCE, TARGET) and chain.step(origin.partition(".")[0]).per is per
    )


def person_inputs(networks: Networks, component: str) -> tuple[str, ...]:
    """Inputs of a component that are the same in all frames of one person."""
    step = first_step(networks.family.chain, component)
    return inputs_from(networks.family.chain, step, Per.PERSON) if step else ()


def can_run_before(networks: Networks, component: str, per: Per) -> bool:
    """Whether there are weights for all steps of that kind that the component needs."""
    chain = networks.family.chain
    step = first_step(chain, component)
    return step is not None and all(one.component in networks.weights for one in _before(chain, step, per))


def _before(chain: Chain, step: Step, per: Per | None = None) -> Iterator[Step]:
    """The steps that one needs, of one kind or all, each once, in order."""
    needed: set[str] = set()
    waiting = [step]
    while waiting:
        origins = {origin.partition(".")[0] for origin in waiting.pop().feeds.values()} - {SOURCE, TARGET} - needed
        needed |= origins
        waiting += [chain.step(name) for name in origins]
    return (one for one in chain.steps if one.name in needed and per in (None, one.per))


def inputs_of_step(networks: Networks, step: Step, pictures: Mapping[str, Pixels], size: int | None) -> Values:
    """What goes into a step, by running all that it needs.

    Args:
        networks: with weights for all of that.
        step: of the family's chain.
        pictures: SOURCE and TARGET, as far as they are needed, (H, W, 3) RGB.
        size: that was asked for; a component that has only one takes that.

    Raises:
        BadInput: a network gives what is not finite, or has no weights.
    """
    given = outputs_of(networks, tuple(_before(networks.family.chain, step)), pictures, size)
    return _fed(networks, step, pictures, given, size)


def outputs_of(networks: Networks, steps: Sequence[Step], pictures: Mapping[str, Pixels], size: int | None) -> Values:
    """What steps give, by ``<step>.<output>``; arguments and errors as ``inputs_of_step``."""
    given: Values = {}
    for one in steps:
        component = networks.component(one.component)
        fed = _fed(networks, one, pictures, given, size)
        outputs = run_untouched(
            component, networks.network(one.component), fed, component.fitting(size), f"the picture of step {one.name}"
        )
        given |= {f"{one.name}.{name}": array for name, array in outputs.items()}
    return given


def spec_of(networks: Networks, origin: str, size: int | None) -> TensorSpec:
    """Of ``<step>.<output>``, as the untouched network gives it."""
    maker, _, output = origin.partition(".")
    component = networks.component(networks.family.chain.step(maker).component)
    return next(spec for spec in component.signature(component.fitting(size)).outputs if spec.name == output)


def _fed(
    networks: Networks, step: Step, pictures: Mapping[str, Pixels], given: Mapping[str, Array], size: int | None
) -> Values:
    component = networks.component(step.component)
    signature = component.signature(component.fitting(size))
    fed: Values = {}
    for name, origin in step.feeds.items():
        spec = signature.input(name)
        if origin in pictures:
            fed[name] = as_input(pictures[origin], spec)
        elif origin in given:
            fed[name] = convert(given[origin], spec_of(networks, origin, size), spec)
    return fed


@lru_cache(maxsize=4)
def built_in_persons(networks: Networks, component: str, size: int) -> dict[str, Values]:
    """What the built-in photographs give for the inputs that a person decides, by their names.

    Drawn where there are no weights that compute it.
    """
    names = person_inputs(networks, component)
    if not names:
        return {}
    signature = networks.component(component).signature(size)
    step = first_step(networks.family.chain, component)
    assert step is not None
    known = can_run_before(networks, component, Per.PERSON)
    persons = {}
    for number, face in enumerate(faces()):
        if known:
            values = inputs_of_step(networks, _persons_part(step, names), {SOURCE: face.pixels()}, size)
        else:
            values = {name: drawn(signature.input(name), _FIRST_DRAWN + number) for name in names}
        persons[face.name] = values
    return persons


def _persons_part(step: Step, names: tuple[str, ...]) -> Step:
    return Step(step.name, step.component, {name: step.feeds[name] for name in names}, step.per)
