"""Which artifacts an app needs together: one that gives the picture, and what feeds it."""

from collections.abc import Sequence
from dataclasses import dataclass

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.chain import Role
from mobileswap.contracts.spec import Kind

_GIVES_PERSON = (Role.EMBEDDER, Role.ENCODER)
_MAIN = (Role.SWAPPER, Role.SYNTHESIZER, Role.REFINER, Role.MIXER, Role.ENCODER)  # of a family, the first that is there


@dataclass(frozen=True)
class WholeSystem:
    """One artifact of a family's main component with the others of the same format and precision.

    Attributes:
        main: what the system is known by.
        others: that an app ships beside it, each component once; of several the one with the same kind of input.
        complete: nothing is missing that the main one takes.
    """

    main: Artifact
    others: tuple[Artifact, ...]
    complete: bool

    @property
    def parts(self) -> tuple[Artifact, ...]:
        return (self.main, *self.others)

    @property
    def frame_bytes(self) -> int:
        """Of what runs for each frame."""
        return sum(part.size_bytes for part in self.parts if role_of(part) is not Role.EMBEDDER)

    @property
    def person_bytes(self) -> int:
        """Of what runs once per person."""
        return sum(part.size_bytes for part in self.parts if role_of(part) is Role.EMBEDDER)

    @property
    def size_bytes(self) -> int:
        return self.frame_bytes + self.person_bytes


def role_of(artifact: Artifact) -> Role:
    """What its component is for; of a file of an older mobileswap, which does not say, by what comes out."""
    if artifact.role:
        return artifact.role
    return Role.EMBEDDER if artifact.outputs[0].kind is Kind.VECTOR else Role.SWAPPER


def whole_systems(artifacts: Sequence[Artifact]) -> list[WholeSystem]:
    """One for every artifact of a family's main component, in the order given."""
    main = {
        family: min((role_of(one) for one in artifacts if one.family == family), key=_rank)
        for family in {one.family for one in artifacts}
    }
    return [_system(one, artifacts) for one in artifacts if role_of(one) is main[one.family] is not Role.EMBEDDER]


def _rank(role: Role) -> int:
    return _MAIN.index(role) if role in _MAIN else len(_MAIN)


def _system(main: Artifact, artifacts: Sequence[Artifact]) -> WholeSystem:
    others: dict[str, Artifact] = {}
    for one in sorted(artifacts, key=lambda one: one.io != main.io):  # stable
        alike = (one.family, one.format, one.precision) == (main.family, main.format, main.precision)
        baked = main.identity is not None and role_of(one) is Role.EMBEDDER
        if alike and not baked and one.component != main.component:
            others.setdefault(one.component, one)
    takes_person = any(spec.kind in (Kind.VECTOR, Kind.LATENT) for spec in main.inputs)
    complete = bool(main.identity) or not takes_person or any(role_of(one) in _GIVES_PERSON for one in others.values())
    return WholeSystem(main, tuple(others.values()), complete)
