"""The artifacts of a chain: what an artifact needs beside it, before a picture comes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mobileswap.bench.swap_scenario import Link
from mobileswap.contracts.artifact import json_beside, read_unchanged
from mobileswap.contracts.chain import SOURCE, TARGET, Chain, Per, Step
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.spec import TensorSpec
from mobileswap.model.families import family
from mobileswap.pipeline.untouched_chain import first_step, inputs_from


@dataclass(frozen=True)
class ChainFiles:
    """The steps of each frame up to one artifact, which gives the picture.

    Attributes:
        chain: of the family.
        frames: in order; the last one is the artifact that was named.
        result: ``<step>.<output>`` that is shown.
    """

    chain: Chain
    frames: tuple[Link, ...]
    result: str

    @property
    def last(self) -> Link:
        return self.frames[-1]

    @property
    def picture(self) -> TensorSpec:
        """The input that the frame goes into."""
        return next(
            spec for link in self.frames for spec in link.artifact.inputs if link.step.feeds.get(spec.name) == TARGET
        )

    @property
    def person_input(self) -> tuple[Link, TensorSpec] | None:
        """The first input of a frame that a person decides; None where the identity is baked in."""
        for link in self.frames:
            decided = inputs_from(self.chain, link.step, Per.PERSON)
            for spec in link.artifact.inputs:
                if spec.name in decided:
                    return link, spec
        return None


def chain_files(path: Path) -> ChainFiles:
    """What a frame goes through before the artifact at ``path`` gives its picture.

    Raises:
        BadInput: the artifact gives no picture from a frame, or one that it needs is not beside it.
    """
    artifact, file = read_unchanged(path)
    chain = family(artifact.family).chain
    step = first_step(chain, artifact.component)
    shown = next((spec.name for spec in artifact.outputs if spec.is_picture), None)
    if step is None or step.per is not Per.FRAME or shown is None:
        able = " or the ".join(chain.components(Per.FRAME))
        raise BadInput(f"--artifact {path}: expected the {able}, this is the {artifact.component}")
    link = Link(step, artifact, file)
    before = [_beside(one, link, "export it there too") for one in _needed(chain, link, Per.FRAME)]
    links = (*before, link)
    _require_fed(links)
    return ChainFiles(chain, links, f"{step.name}.{shown}")


def _require_fed(links: tuple[Link, ...]) -> None:
    taken = [(link, spec.name) for link in links for spec in link.artifact.inputs]
    for link, name in taken:
        if name not in link.step.feeds:
            raise BadInput(f"{link.file}: nothing gives its input {name}; export it with that baked in")
    if not any(link.step.feeds[name] == TARGET for link, name in taken):
        raise BadInput(f"{links[-1].file}: no step of it takes a frame; give one that does")


def person_files(files: ChainFiles, advice: str, named: Path | None = None) -> tuple[Link, ...]:
    """The steps per person that the frames need, in order.

    Args:
        files: of the frames.
        advice: what to do where an artifact is not there.
        named: the artifact of the last of them, as the user gave it; else the one beside the frames'.

    Raises:
        BadInput: one is not there, or ``named`` is another component's.
    """
    needed = list(dict.fromkeys(step.name for link in files.frames for step in _needed(files.chain, link, Per.PERSON)))
    steps = [step for step in files.chain.steps if step.name in needed]
    links = []
    for step in steps:
        if named and step is steps[-1]:
            artifact, file = read_unchanged(named)
            if artifact.component != step.component:
                raise BadInput(f"--embedder {named}: expected the {step.component}, the {artifact.component} came")
            links.append(Link(step, artifact, file))
        else:
            links.append(_beside(step, files.last, advice))
    return tuple(links)


def _needed(chain: Chain, link: Link, per: Per) -> Iterator[Step]:
    """Steps of one kind that an artifact's inputs come from, in order; what is baked in needs none."""
    taken = {spec.name for spec in link.artifact.inputs}
    waiting = [replace(link.step, feeds={name: o for name, o in link.step.feeds.items() if name in taken})]
    needed: set[str] = set()
    while waiting:
        names = {origin.partition(".")[0] for origin in waiting.pop().feeds.values()} - {SOURCE, TARGET} - needed
        needed |= names
        waiting += [chain.step(name) for name in names]
    return (step for step in chain.steps if step.name in needed and step.per is per)


def _beside(step: Step, link: Link, advice: str) -> Link:
    """The artifact of that step in the same folder, of the same format; of its precision if there are several."""
    artifact, file = link.artifact, link.file
    stem = f"{artifact.family}-{step.component}-"
    known = [
        file.parent / f"{stem}{artifact.precision}{file.suffix}",
        *sorted(file.parent.glob(f"{stem}*{file.suffix}")),
    ]
    for path in known:
        if path.exists() and json_beside(path).exists():
            return Link(step, *read_unchanged(path))
    taken = next((spec for spec in artifact.inputs if link.step.feeds.get(spec.name, "").startswith(step.name)), None)
    what = f"it takes {_article(taken.name)}" if taken else f"it needs the {step.component}"
    raise BadInput(f"{file}: {what}, and no {stem}*{file.suffix} lies beside it; {advice}")


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
