"""Whose face it is to be: the embedding that a generator is given, and what computes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mobileswap.bench.swap_scenario import embed, picture_input, picture_job
from mobileswap.contracts.artifact import Artifact, json_beside, read_unchanged
from mobileswap.contracts.errors import BadInput, GateFailed, MobileswapError, Unavailable
from mobileswap.contracts.spec import TensorSpec
from mobileswap.contracts.verdict import Outcome
from mobileswap.model.inputs.built_in import Array
from mobileswap.model.inputs.identity import is_embedding, read_embedding, read_photo
from mobileswap.pipeline.source import Source
from mobileswap.runtimes.process.job import Answer
from mobileswap.runtimes.runner import RunnerOptions, VendorProgram
from mobileswap.runtimes.runtime_entries import RUNTIMES, Runtime, missing_device, require_device, unavailable_reason

_OPTION = "--source"


@dataclass(frozen=True)
class Person:
    """``--source`` and what is to compute its embedding; all but the source may be left out.

    Attributes:
        source: aligned photograph, or an embedding as .npy.
        embedder: an artifact; else the one beside the generator's.
        weights: with an embedder among them, that PyTorch runs.
    """

    source: Path | None = None
    embedder: Path | None = None
    weights: tuple[str, ...] = ()


def picture_size(spec: TensorSpec) -> int:
    """Height and width of a square picture."""
    return spec.shape[1 if spec.layout == "NHWC" else 2]


def embedder_beside(path: Path, artifact: Artifact) -> Path | None:
    """The embedder in the generator's folder, of its family and format; of its precision if there are several."""
    stem = f"{artifact.family}-embedder-"
    known = [
        path.parent / f"{stem}{artifact.precision}{path.suffix}",
        *sorted(path.parent.glob(f"{stem}*{path.suffix}")),
    ]
    return next((embedder for embedder in known if embedder.exists() and json_beside(embedder).exists()), None)


def require_embedder_beside(path: Path, artifact: Artifact, advice: str) -> Path:
    """As ``embedder_beside``.

    Raises:
        BadInput: there is none.
    """
    if found := embedder_beside(path, artifact):
        return found
    raise BadInput(
        f"{path}: it takes an embedding, and no {artifact.family}-embedder-*{path.suffix} lies beside it; {advice}"
    )


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


def embedding_of(
    person: Person, path: Path, artifact: Artifact, options: RunnerOptions, timeout_s: float
) -> dict[str, Array]:
    """What goes into a generator beside the picture, by name; nothing where the identity is baked in.

    Args:
        person: as given.
        path: of the generator's file.
        artifact: the generator's.
        options: threads and program for the embedder.
        timeout_s: seconds for it.

    Raises:
        BadInput: no source where one is needed, one where none is, or one that cannot be used.
        GateFailed: the embedder's process failed.
        Unavailable: nothing here runs it.
    """
    vectors = [spec for spec in artifact.inputs if not spec.is_image]
    if not vectors:
        if person != Person():
            raise BadInput(f"{_OPTION}: {artifact.name} has its identity baked in; leave {_OPTION} out")
        return {}
    if person.source is None:
        raise BadInput(f"{_OPTION}: {artifact.name} takes an embedding; give a photograph, or an embedding as .npy")
    (spec,) = vectors
    if is_embedding(person.source):
        return {spec.name: read_embedding(person.source, spec.shape[1], _OPTION)}
    if person.weights:
        if person.embedder:
            raise BadInput("--embedder and --weights exclude each other: one of them computes the embedding")
        return {spec.name: Source(artifact.family, person.weights).identity(person.source, _OPTION).embedding}
    advice = "give one with --embedder, its checkpoint with --weights, or the embedding as .npy"
    embedder = person.embedder or require_embedder_beside(path, artifact, advice)
    return {spec.name: _embedded(person.source, embedder, spec, options, timeout_s)}


def failure(file: Path, runtime: Runtime, answer: Answer) -> MobileswapError:
    """What a job that was not done is to the user."""
    kind = Unavailable if answer.outcome is Outcome.UNAVAILABLE else GateFailed
    return kind(f"{file} in {runtime.name}: {answer.outcome}: {answer.detail}")


def _embedded(photo: Path, path: Path, spec: TensorSpec, options: RunnerOptions, timeout_s: float) -> Array:
    artifact, file = read_unchanged(path)
    picture, given = picture_input(artifact), artifact.outputs[0]
    if artifact.component != "embedder" or given.shape != spec.shape:
        raise BadInput(
            f"--embedder {path}: expected one that gives {spec.shape}, {artifact.component} {given.shape} came"
        )
    runtime, device = runtime_of(artifact, options.program)
    pixels = read_photo(photo, picture_size(picture), _OPTION)
    job = picture_job(artifact, file, runtime.name, RunnerOptions(options.threads, device, options.program), 1)
    answer, embedded = embed(artifact, job, pixels, timeout_s)
    if embedded is None:
        raise failure(path, runtime, answer)
    return np.asarray(embedded.embedding, dtype=np.float32)
