"""A swap as a user meets it: what a person decides once, then frames, 8-bit pictures on both sides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mobileswap.bench.benchmark import Entry, Prepared
from mobileswap.contracts.arrays import Array
from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.bench_result import Scenario
from mobileswap.contracts.chain import SOURCE, TARGET, Step
from mobileswap.contracts.spec import TensorSpec
from mobileswap.contracts.verdict import Outcome
from mobileswap.runtimes.border import at_border
from mobileswap.runtimes.process.frames import Frames, FrameStage
from mobileswap.runtimes.process.isolation import run_job
from mobileswap.runtimes.process.job import Answer, Job
from mobileswap.runtimes.runner import RunnerOptions


@dataclass(frozen=True)
class Link:
    """A step of a chain with the artifact that runs it."""

    step: Step
    artifact: Artifact
    file: Path

    def spec(self, output: str) -> TensorSpec:
        return next(spec for spec in self.artifact.outputs if spec.name == output)


def frames_job(
    links: Sequence[Link],
    results: Sequence[str],
    given: Mapping[str, TensorSpec],
    runtime: str,
    options: RunnerOptions,
    samples: int,
) -> Job:
    """A job that runs steps one after the other, with 8-bit pictures, (H, W, 3) RGB, on both sides.

    Args:
        links: the steps in order.
        results: ``<step>.<output>`` that are wanted.
        given: form of what is passed in beside pictures, by name.
        runtime: of all of them.
        options: of the runtime.
        samples: how many frames.
    """
    stages = tuple(
        FrameStage(
            link.step.name,
            str(link.file.resolve()),
            link.step.feeds,
            at_border(link.artifact.inputs, runtime),
            at_border(link.artifact.outputs, runtime),
        )
        for link in links
    )
    last = stages[-1].artifact
    return Job(runtime, last, options, samples, frames=Frames(stages, tuple(results), given))


def wanted_of(links: Sequence[Link]) -> tuple[str, ...]:
    """``<step>.<output>`` that the steps read and none of them gives."""
    own = {link.step.name for link in links}
    origins = (
        origin
        for link in links
        for name, origin in link.step.feeds.items()
        if any(spec.name == name for spec in link.artifact.inputs)
    )
    return tuple(dict.fromkeys(one for one in origins if "." in one and one.partition(".")[0] not in own))


def forms_of(persons: Sequence[Link], names: Sequence[str], runtime: str) -> dict[str, TensorSpec]:
    """How the outputs of the steps per person are handed on."""
    found = {}
    for name in names:
        maker, _, output = name.partition(".")
        link = next(one for one in persons if one.step.name == maker)
        found[name] = next(spec for spec in at_border(link.artifact.outputs, runtime) if spec.name == output)
    return found


def run_persons(
    persons: Sequence[Link], names: Sequence[str], source: Array, runtime: str, options: RunnerOptions, timeout_s: float
) -> tuple[Answer, Mapping[str, Array]]:
    """What a person decides, by the artifacts in a process of their own.

    Args:
        persons: the steps per person, in order.
        names: ``<step>.<output>`` that are wanted.
        source: (H, W, 3) uint8, an aligned face of the size that the first step takes.
        runtime: of all of them.
        options: of the runtime.
        timeout_s: seconds for it.

    Returns:
        The answer, and the values by name; none where the answer is no PASS.
    """
    job = frames_job(persons, names, {}, runtime, options, 1)
    reply = run_job(job, [{SOURCE: source}], timeout_s)
    return reply.answer, reply.outputs[0] if reply.answer.outcome is Outcome.PASS else {}


def as_swap(
    frames: Sequence[tuple[Link, Entry]],
    persons: Sequence[tuple[Link, Entry]],
    result: str,
    source: Array,
    target: Array,
    timeout_s: float,
) -> Entry:
    """The entry of what is shown, to time frames in place of bare passes.

    The steps per person run now, once, in the same backend with the same settings. Where they cannot, the entry is
    refused.

    Args:
        frames: the steps of each frame with the entry of each, as ``prepare`` made it; the last one's is returned.
        persons: the steps per person, likewise; empty where the identity is baked in.
        result: ``<step>.<output>`` that is shown.
        source: the photograph for the steps per person, (H, W, 3) uint8.
        target: the frame, of the size that the steps take.
        timeout_s: seconds for the steps per person.
    """
    entry = replace(frames[-1][1], scenario=Scenario.SWAP)
    if refused := next((one.refusal for _, one in frames if one.refusal), None):
        return replace(entry, refusal=refused)
    links, runtime, options = [link for link, _ in frames], entry.job.runtime, entry.job.options
    names = wanted_of(links)
    values: Mapping[str, Array] = {}
    prepared = None
    if names:
        before = [link for link, _ in persons]
        answer = next((one.refusal for _, one in persons if one.refusal), None)
        if answer is None:
            answer, values = run_persons(before, names, source, runtime, options, timeout_s)
        if not values:
            of = " and the ".join(link.artifact.component for link in before)
            return replace(entry, refusal=replace(answer, detail=f"the {of}: {answer.detail}"))
        prepared = Prepared(before[-1].artifact, answer.passes_ms, all(link.artifact.verified for link in before))
    given = forms_of([link for link, _ in persons], names, runtime)
    job = frames_job(links, [result], given, runtime, options, 1)
    doubts = [(link, one.doubt) for link, one in (*frames, *persons) if one.doubt]
    own = next((doubt for link, doubt in doubts if link is links[-1]), "")
    other = next((f"the {link.artifact.component}: {doubt}" for link, doubt in doubts), "")
    return replace(
        entry,
        job=replace(job, plan=entry.job.plan),
        inputs={TARGET: target, **values},
        doubt=own or other,
        prepared=prepared,
        flops=sum(link.artifact.flops for link in links),
        size_bytes=sum({link.file: link.artifact.size_bytes for link in links}.values()),
    )
