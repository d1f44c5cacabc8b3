"""``lint fp16`` and ``parity growth``: an artifact's samples found, run, and what was seen put into a report."""

from __future__ import annotations

from pathlib import Path

from bench.growth import measure_growth
from bench.job import Job
from bench.ranges import measure_ranges
from bench.watching import WIDE
from contracts import growth, ranges
from contracts.artifact import read_unchanged
from contracts.errors import BadInput
from contracts.golden import Golden, read_golden
from contracts.growth import GrowthReport
from contracts.ranges import RangesReport
from pipeline.check import CheckOptions, golden_for
from pipeline.progress import Progress


def ranges_of(path: Path, options: CheckOptions, scratch: Path, progress: Progress) -> RangesReport:
    """How large every tensor of an artifact gets.

    Args:
        path: the artifact's first file, or its artifact.json.
        options: threads, other inputs, weights to make them with.
        scratch: a folder for a golden file that is made for this.
        progress: told of each step.

    Raises:
        BadInput: the artifact is not as it was exported, or its format cannot be looked into.
    """
    artifact, file = read_unchanged(path)
    if artifact.format not in WIDE:
        raise BadInput(f"{file}: {artifact.format} cannot be looked into; give an artifact of {', '.join(WIDE)}")
    golden = read_golden(golden_for(artifact, file, options, scratch, progress))
    job = Job(WIDE[artifact.format], str(file.resolve()), options.runner, len(golden.samples))
    with progress.step(f"ranges of {file.name} on {len(golden.samples)} samples in {job.runtime}"):
        tensors = measure_ranges(job, golden.samples, artifact.inputs, artifact.taps)
    return RangesReport(ranges.SCHEMA, file.name, artifact.sha256, job.runtime, _names(golden), tensors)


def growth_of(path: Path, options: CheckOptions, scratch: Path, progress: Progress) -> GrowthReport:
    """How far fp16 arithmetic moves every tensor of a CoreML artifact; arguments as ``ranges_of``.

    Raises:
        BadInput: the artifact is not as it was exported, or it does not compute in fp16.
    """
    artifact, file = read_unchanged(path)
    if artifact.format != "coreml" or artifact.precision == "fp32":
        raise BadInput(
            f"{file}: {artifact.format} {artifact.precision} has no fp16 arithmetic to follow here; give an .mlpackage "
            "of `mobileswap export coreml --precision fp16` or mixed"
        )
    golden = read_golden(golden_for(artifact, file, options, scratch, progress))
    with progress.step(f"fp16 beside fp32 in {file.name} on {len(golden.samples)} samples"):
        tensors = measure_growth(
            file,
            golden.samples,
            inputs=artifact.inputs,
            outputs=artifact.outputs,
            taps=artifact.taps,
            options=options.runner,
        )
    return GrowthReport(growth.SCHEMA, file.name, artifact.sha256, _names(golden), tensors)


def _names(golden: Golden) -> tuple[str, ...]:
    return tuple(sample.name for sample in golden.samples)
