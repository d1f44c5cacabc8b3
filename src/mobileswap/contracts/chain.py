"""How an app uses a family's components: which output feeds which input, and what runs once per person."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

SOURCE = "source"  # picture of the person whose identity is taken
TARGET = "target"  # picture, a frame of a film for instance, that gets it


class Role(StrEnum):
    """What a component is for, whatever its family calls it."""

    EMBEDDER = "embedder"  # face to identity
    SWAPPER = "swapper"  # target and identity to face
    REFINER = "refiner"  # a second stage
    ENCODER = "encoder"  # face to latent
    MIXER = "mixer"  # latents to a latent
    SYNTHESIZER = "synthesizer"  # latent to picture


class Per(StrEnum):
    """How often a step runs."""

    PERSON = "person"
    FRAME = "frame"


@dataclass(frozen=True)
class Step:
    """One pass of one component.

    Attributes:
        name: of the step; a component may stand in several.
        component: that runs.
        feeds: where each of its inputs comes from: SOURCE, TARGET, or ``<step>.<output>`` of an earlier step.
        per: how often.
    """

    name: str
    component: str
    feeds: Mapping[str, str]
    per: Per


@dataclass(frozen=True)
class Chain:
    """The steps in order.

    Attributes:
        result: ``<step>.<output>``, the picture that an app shows.

    Raises:
        ValueError: a step reads what no earlier one gives, one per person reads a frame, or nothing gives the result.
    """

    steps: tuple[Step, ...]
    result: str

    def __post_init__(self) -> None:
        given: dict[str, Per] = {}
        for step in self.steps:
            for name, origin in step.feeds.items():
                maker = origin.partition(".")[0]
                if origin not in (SOURCE, TARGET) and maker not in given:
                    raise ValueError(f"step {step.name}: nothing before it gives {origin} for {name}")
                framed = origin == TARGET or given.get(maker) is Per.FRAME
                if step.per is Per.PERSON and framed:
                    raise ValueError(f"step {step.name}: it runs once per person and reads {origin}")
            given[step.name] = step.per
        if self.result.partition(".")[0] not in given:
            raise ValueError(f"nothing gives the result {self.result}")

    def step(self, name: str) -> Step:
        """The step of that name.

        Raises:
            KeyError: there is none.
        """
        return {step.name: step for step in self.steps}[name]

    def of(self, per: Per) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.per is per)

    def components(self, per: Per) -> tuple[str, ...]:
        """Of the steps that run so often; each once, in order."""
        return tuple(dict.fromkeys(step.component for step in self.of(per)))

    def parts(self) -> tuple[str, ...]:
        """All components that it runs; the one whose output is shown comes last."""
        found = dict.fromkeys(step.component for step in self.steps)
        return (*(name for name in found if name != self.last()), self.last())

    def last(self) -> str:
        """The component whose output is shown."""
        return self.step(self.result.partition(".")[0]).component
