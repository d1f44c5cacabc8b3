"""A swap as a user meets it: the embedding of the source person once, then frames, 8-bit pictures on both sides."""

from dataclasses import replace
from pathlib import Path

from mobileswap.bench.benchmark import Embedded, Entry
from mobileswap.contracts.arrays import Array
from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.bench_result import Scenario
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.spec import TensorSpec
from mobileswap.contracts.verdict import Outcome
from mobileswap.parity.conversion import at_border
from mobileswap.runtimes.process.bitmaps import pictures_of
from mobileswap.runtimes.process.isolation import run_job
from mobileswap.runtimes.process.job import Answer, Job
from mobileswap.runtimes.runner import RunnerOptions
from mobileswap.runtimes.runtime_entries import find_runtime


def picture_job(artifact: Artifact, file: Path, runtime: str, options: RunnerOptions, samples: int) -> Job:
    """A job that takes and gives 8-bit pictures, (H, W, 3), by the names of the artifact's tensors."""
    bitmaps = find_runtime(runtime).bitmaps
    pictures = pictures_of(at_border(artifact.inputs, bitmaps=bitmaps), at_border(artifact.outputs, bitmaps=bitmaps))
    return Job(runtime, str(file.resolve()), options, samples, pictures=pictures)


def picture_input(artifact: Artifact) -> TensorSpec:
    """The one picture that goes in.

    Raises:
        BadInput: there is none, or more than one.
    """
    pictures = [spec for spec in artifact.inputs if spec.is_image]
    if len(pictures) != 1:
        raise BadInput(f"{artifact.name}: expected one picture as input, it takes {len(pictures)}")
    return pictures[0]


def embed(artifact: Artifact, job: Job, source: Array, timeout_s: float) -> tuple[Answer, Embedded | None]:
    """The embedding of a picture, by an embedder's artifact in a process of its own.

    Args:
        artifact: the embedder's.
        job: a picture_job of one sample.
        source: (256, 256, 3) uint8, an aligned face.
        timeout_s: seconds for it.
    """
    reply = run_job(job, [{picture_input(artifact).name: source}], timeout_s)
    if reply.answer.outcome is not Outcome.PASS:
        return reply.answer, None
    embedding = reply.outputs[0][artifact.outputs[0].name]
    return reply.answer, Embedded(artifact, embedding, reply.answer.passes_ms)


def as_swap(generator: Entry, embedder: Entry | None, source: Array, target: Array, timeout_s: float) -> Entry:
    """The generator's entry, to time frames in place of bare passes.

    The embedder runs now, once, in the same backend with the same settings. Where it cannot, the entry is refused.

    Args:
        generator: as ``prepare`` made it.
        embedder: likewise; None where the identity is baked into the generator.
        source: the photograph to embed, (256, 256, 3) uint8.
        target: the frame, of the generator's size.
        timeout_s: seconds for the embedder.
    """
    artifact = generator.artifact
    frames = replace(generator, scenario=Scenario.SWAP)
    if generator.refusal:
        return frames
    inputs = {picture_input(artifact).name: target}
    embedded = None
    if embedder:
        answer = embedder.refusal
        if not answer:
            options = embedder.job.options
            job = picture_job(embedder.artifact, Path(embedder.job.artifact), embedder.job.runtime, options, 1)
            answer, embedded = embed(embedder.artifact, job, source, timeout_s)
        if embedded is None:
            return replace(frames, refusal=replace(answer, detail=f"the embedder: {answer.detail}"))
        inputs |= {spec.name: embedded.embedding for spec in artifact.inputs if not spec.is_image}
    job = picture_job(artifact, Path(generator.job.artifact), generator.job.runtime, generator.job.options, 1)
    of_embedder = f"the embedder: {embedder.doubt}" if embedder and embedder.doubt else ""
    return replace(
        frames,
        job=replace(job, plan=generator.job.plan),
        inputs=inputs,
        doubt=generator.doubt or of_embedder,
        embedded=embedded,
    )
