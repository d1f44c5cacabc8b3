"""``lint fp16`` and ``parity growth``: an artifact's samples found, run, and what was seen put into a report."""

from __future__ import annotations

from pathlib import Path

from mobileswap.contracts import growth_report, range_report
from mobileswap.contracts.artifact import read_unchanged
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.format_facts import format_named
from mobileswap.contracts.golden_file import Golden, read_golden
from mobileswap.contracts.growth_report import GrowthReport
from mobileswap.contracts.range_report import RangesReport
from mobileswap.parity.inside.growth import measure_growth
from mobileswap.parity.inside.ranges import measure_ranges
from mobileswap.pipeline.parity_check import CheckOptions, golden_for
from mobileswap.pipeline.progress import Progress
from mobileswap.runtimes.process.job import Job
from mobileswap.runtimes.runtime_entries import RUNTIMES, wide_runtime


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
    runtime = wide_runtime(artifact.format)
    if runtime is None:
        known = sorted({name for one in RUNTIMES if one.wide for name in one.formats})
        raise BadInput(f"{file}: {artifact.format} cannot be looked into; give an artifact of {', '.join(known)}")
    golden = read_golden(golden_for(artifact, file, options, scratch, progress))
    job = Job(runtime.name, str(file.resolve()), options.runner, len(golden.samples))
    with progress.step(f"ranges of {file.name} on {len(golden.samples)} samples in {job.runtime}"):
        tensors = measure_ranges(job, golden.samples, artifact.inputs, artifact.taps)
    return RangesReport(range_report.SCHEMA, file.name, artifact.sha256, job.runtime, _names(golden), tensors)


def growth_of(path: Path, options: CheckOptions, scratch: Path, progress: Progress) -> GrowthReport:
    """How far fp16 arithmetic moves every tensor of a CoreML artifact; arguments as ``ranges_of``.

    Raises:
        BadInput: the artifact is not as it was exported, or it does not compute in fp16.
    """
    artifact, file = read_unchanged(path)
    if not format_named(artifact.format).mil or artifact.precision == "fp32":
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
    return GrowthReport(growth_report.SCHEMA, file.name, artifact.sha256, _names(golden), tensors)


def _names(golden: Golden) -> tuple[str, ...]:
    return tuple(sample.name for sample in golden.samples)
