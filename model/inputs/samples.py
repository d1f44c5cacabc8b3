"""The inputs that every artifact is held against, put together from pictures, persons and drawn numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count, islice, product, zip_longest

import numpy as np

from mobileswap.contracts.signature import Signature
from mobileswap.contracts.spec import TensorSpec
from mobileswap.model.inputs.drawn import drawn
from mobileswap.model.inputs.model_input import Array, ModelInput, Pixels
from mobileswap.model.inputs.pictures import as_input, further, patterns

MOST_PAIRS = 16  # every one of them is a pass of the untouched model and one of each runtime
_NOBODY_SEED, _NOBODY_NORM = 200, 0.001  # no embedder gives such a one; what is left is biases
_DRAWN_SEED = 201
_WITHOUT_PICTURE = 16  # samples of a component that takes no picture
Values = Mapping[str, Array]


def _nothing(_target: str, _person: str) -> Values:
    return {}


@dataclass(frozen=True)
class Material:
    """What samples are put together from.

    Attributes:
        shown: pictures by name, (H, W, 3) RGB, of the size of the first picture that goes in; may be empty where none
            does.
        leads: names of the inputs that a sample's picture goes into; empty is the first picture that goes in.
        persons: by name, the inputs that a person decides; empty where there are none.
        fixed: inputs that are the same in all samples, as an identity that is to be baked in.
        before: for a picture and a person, the inputs that components before this one give.
    """

    shown: Mapping[str, Pixels]
    leads: tuple[str, ...] = ()
    persons: Mapping[str, Values] = field(default_factory=dict)
    fixed: Values = field(default_factory=dict)
    before: Callable[[str, str], Values] = _nothing


def samples_of(signature: Signature, material: Material, samples: int | None = None) -> list[ModelInput]:
    """Photographs in turn with the patterns, and with every input that is neither drawn by its kind.

    Where a person decides an input, every picture goes with every person if those are MOST_PAIRS pairs at most; else
    each of the longer list with one of the other, in turn. One picture more goes with a person that says nothing, and
    one with a drawn one.

    Args:
        signature: of the component.
        material: what there is.
        samples: how many; None is all there are. More than there are is filled with other pictures.
    """
    return _Composer(signature, material).samples(samples)


class _Composer:
    """Puts one component's samples together."""

    def __init__(self, signature: Signature, material: Material) -> None:
        self._specs = signature.inputs
        self._material = material
        named = [spec for spec in signature.inputs if spec.name in material.leads]
        self._leads = named or [spec for spec in signature.inputs if spec.is_picture][:1]

    def samples(self, wanted: int | None) -> list[ModelInput]:
        if not self._leads:
            return list(islice(self._numbers(), wanted or _WITHOUT_PICTURE))
        known = self._patterns(self._leads[0])
        others = (self._of_pattern(seed, *entry) for seed, entry in enumerate(known))
        mine = list(self._pairs() if self._material.persons else self._alone())
        return _in_turn(mine, list(islice(others, len(patterns(1, 1)))), others, wanted)

    def _patterns(self, lead: TensorSpec) -> Iterator[tuple[str, str, Pixels]]:
        named = patterns(lead.height, lead.width)
        return chain(((name, *entry) for name, entry in named.items()), further(self._material.shown))

    def _pairs(self) -> Iterator[ModelInput]:
        shown, persons = self._material.shown, self._material.persons
        for target, person in _paired(list(shown), list(persons)):
            values = {**persons[person], **self._material.before(target, person)}
            yield self._sample(
                f"{target}-as-{person}", f"photograph of {target}, identity of {person}", shown[target], values, 0
            )
        first, *_, last = *shown, *shown
        yield self._sample(
            f"{first}-as-nobody",
            f"photograph of {first}, embedding of norm {_NOBODY_NORM}",
            shown[first],
            {name: (x * _NOBODY_NORM).astype(np.float32) for name, x in self._drawn_person(_NOBODY_SEED).items()},
            _NOBODY_SEED,
        )
        yield self._sample(
            f"{last}-as-drawn",
            f"photograph of {last}, identity drawn, seed {_DRAWN_SEED}",
            shown[last],
            self._drawn_person(_DRAWN_SEED),
            _DRAWN_SEED,
        )

    def _alone(self) -> Iterator[ModelInput]:
        for seed, (name, pixels) in enumerate(self._material.shown.items()):
            yield self._sample(name, f"photograph of {name}", pixels, self._material.before(name, name), seed)

    def _of_pattern(self, seed: int, name: str, purpose: str, pixels: Pixels) -> ModelInput:
        if not self._material.persons:
            return self._sample(name, purpose, pixels, {}, seed)
        words = f"{purpose}; identity drawn, seed {seed}"
        return self._sample(name, words, pixels, self._drawn_person(seed), seed)

    def _numbers(self) -> Iterator[ModelInput]:
        """What the persons give, the ends and the middle of every range, then drawn ones without end."""
        for name, values in self._material.persons.items():
            yield ModelInput(name, f"as of the photograph of {name}", self._filled(values, 0))
        for name, share in (("lowest", 0.0), ("middle", 0.5), ("highest", 1.0)):
            flat = {spec.name: _flat(spec, share) for spec in self._specs if not spec.norm}
            yield ModelInput(name, f"every value the {name} of its range", self._filled(flat, 0))
        for seed in count():
            yield ModelInput(f"drawn-{seed}", f"drawn, seed {seed}", self._filled({}, seed))

    def _drawn_person(self, seed: int) -> Values:
        decided = next(iter(self._material.persons.values()))
        return {spec.name: drawn(spec, seed) for spec in self._specs if spec.name in decided}

    def _sample(self, name: str, description: str, pixels: Pixels, values: Values, seed: int) -> ModelInput:
        leads = {spec.name: as_input(pixels, spec) for spec in self._leads}
        return ModelInput(name, description, self._filled({**leads, **values}, seed))

    def _filled(self, values: Values, seed: int) -> dict[str, Array]:
        """In the signature's order; what nobody gave is drawn."""
        given = {**values, **self._material.fixed}
        return {spec.name: given[spec.name] if spec.name in given else drawn(spec, seed) for spec in self._specs}


def _flat(spec: TensorSpec, share: float) -> Array:
    low, high = spec.value_range
    return np.full(spec.shape, low + share * (high - low), np.float32)


def _paired(targets: Sequence[str], persons: Sequence[str]) -> list[tuple[str, str]]:
    pairs = list(product(targets, persons))
    if len(pairs) <= MOST_PAIRS:
        return pairs
    longer = max(len(targets), len(persons))
    return [(targets[i % len(targets)], persons[i % len(persons)]) for i in range(longer)]


def _in_turn(
    mine: list[ModelInput], patterned: list[ModelInput], others: Iterator[ModelInput], samples: int | None
) -> list[ModelInput]:
    """Photographs and patterns in turn, so that the first few are of every kind; then others, as many as asked for."""
    turns = [entry for pair in zip_longest(mine, patterned) for entry in pair if entry is not None]
    return list(islice(chain(turns, others), len(turns) if samples is None else samples))
