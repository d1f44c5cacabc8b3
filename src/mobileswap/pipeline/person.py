"""Whose face it is to be: what a person decides of a frame's inputs, and what computes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mobileswap.bench.swap_scenario import Link, forms_of, run_persons, wanted_of
from mobileswap.contracts.arrays import Array
from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.chain import SOURCE, Step
from mobileswap.contracts.errors import BadInput, GateFailed, MobileswapError, Unavailable
from mobileswap.contracts.spec import TensorSpec
from mobileswap.contracts.verdict import Outcome
from mobileswap.model.inputs.identity import is_embedding, read_embedding, read_photo
from mobileswap.pipeline.chain_files import ChainFiles, person_files
from mobileswap.pipeline.networks import load_networks
from mobileswap.pipeline.untouched_chain import outputs_of, spec_of
from mobileswap.runtimes.process.job import Answer
from mobileswap.runtimes.runner import RunnerOptions, VendorProgram
from mobileswap.runtimes.runtime_entries import RUNTIMES, Runtime, missing_device, require_device, unavailable_reason

_OPTION = "--source"
_ADVICE = "give one with --embedder, its checkpoint with --weights, or the embedding as .npy"


@dataclass(frozen=True)
class Person:
    """``--source`` and what is to compute its values; all but the source may be left out.

    Attributes:
        source: aligned photograph, or an embedding as .npy.
        embedder: an artifact; else the one beside the frames'.
        weights: of the steps per person, that PyTorch runs.
    """

    source: Path | None = None
    embedder: Path | None = None
    weights: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decided:
    """What a person decides, by ``<step>.<output>``, and the form that it has."""

    values: Mapping[str, Array]
    forms: Mapping[str, TensorSpec]


def runtime_of(artifact: Artifact, program: VendorProgram | None, device: str = "") -> tuple[Runtime, str]:
    """What can run an artifact on this machine, the vendor's runtime before our own executor, and on which device.

    Raises:
        BadInput: that runtime has no such device.
        Unavailable: nothing here can run it, or the device is not there.
    """
    for runtime in RUNTIMES:
        fits = (artifact.format, artifact.precision) in runtime.proves
        if fits and unavailable_reason(runtime.name, program) is None:
            chosen = require_device(runtime.name, device)
            if reason := missing_device(runtime.name, chosen):
                raise Unavailable(reason)
            return runtime, chosen
    raise Unavailable(f"{artifact.name}: nothing on this machine runs {artifact.format} {artifact.precision}")


def decided_by(person: Person, files: ChainFiles, options: RunnerOptions, timeout_s: float) -> Decided:
    """What goes into the frames beside pictures; nothing where the identity is baked in.

    Args:
        person: as given.
        files: of the frames.
        options: threads and program for the steps per person.
        timeout_s: seconds for them.

    Raises:
        BadInput: no source where one is needed, one where none is, or one that cannot be used.
        GateFailed: the process of the steps per person failed.
        Unavailable: nothing here runs them.
    """
    wanted, name = wanted_of(files.frames), files.last.artifact.name
    if not wanted or files.person_input is None:
        if person != Person():
            raise BadInput(f"{_OPTION}: {name} has its identity baked in; leave {_OPTION} out")
        return Decided({}, {})
    if person.source is None:
        raise BadInput(f"{_OPTION}: {name} takes an embedding; give a photograph, or an embedding as .npy")
    if is_embedding(person.source):
        link, spec = files.person_input
        origin = link.step.feeds[spec.name]
        return Decided({origin: read_embedding(person.source, spec, _OPTION)}, {origin: spec})
    if person.weights:
        if person.embedder:
            raise BadInput("--embedder and --weights exclude each other: one of them computes the embedding")
        return _by_networks(person.source, files, wanted, person.weights)
    links = person_files(files, _ADVICE, person.embedder)
    return _by_artifacts(person.source, links, wanted, options, timeout_s)


def failure(file: Path, runtime: Runtime, answer: Answer) -> MobileswapError:
    """What a job that was not done is to the user."""
    kind = Unavailable if answer.outcome is Outcome.UNAVAILABLE else GateFailed
    return kind(f"{file} in {runtime.name}: {answer.outcome}: {answer.detail}")


def source_picture(steps: Sequence[tuple[Step, Sequence[TensorSpec]]]) -> TensorSpec:
    """The input that the source's photograph goes into.

    Args:
        steps: per person, each with the inputs of its component.
    """
    return next(spec for step, inputs in steps for spec in inputs if step.feeds.get(spec.name) == SOURCE)


def _by_networks(photo: Path, files: ChainFiles, wanted: Sequence[str], weights: tuple[str, ...]) -> Decided:
    networks = load_networks(files.last.artifact.family, weights)
    makers = {one.partition(".")[0] for one in wanted}
    steps = [step for step in files.chain.steps if step.name in makers]
    parts = [networks.component(step.component) for step in steps]
    inputs = [part.signature(part.default_size).inputs for part in parts]
    pixels = read_photo(photo, source_picture(list(zip(steps, inputs, strict=True))), _OPTION)
    values = outputs_of(networks, steps, {SOURCE: pixels}, None)
    return Decided({one: values[one] for one in wanted}, {one: spec_of(networks, one, None) for one in wanted})


def _by_artifacts(
    photo: Path, links: Sequence[Link], wanted: Sequence[str], options: RunnerOptions, timeout_s: float
) -> Decided:
    last = links[-1]
    runtime, device = runtime_of(last.artifact, options.program)
    pixels = read_photo(photo, source_picture([(link.step, link.artifact.inputs) for link in links]), _OPTION)
    own = RunnerOptions(options.threads, device, options.program)
    answer, values = run_persons(links, wanted, pixels, runtime.name, own, timeout_s)
    if not values:
        raise failure(last.file, runtime, answer)
    return Decided(values, forms_of(links, wanted, runtime.name))
