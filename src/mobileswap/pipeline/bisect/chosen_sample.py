"""The input on which an artifact is searched."""

from __future__ import annotations

from pathlib import Path

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.golden_file import Sample, read_golden
from mobileswap.pipeline.golden_files import first_sample
from mobileswap.pipeline.identity_to_bake import Identity
from mobileswap.pipeline.networks import Networks
from mobileswap.pipeline.parity_check import size_of_artifact
from mobileswap.pipeline.progress import Progress
from mobileswap.pipeline.reuse import golden_near


def find_sample(
    artifact: Artifact, file: Path, networks: Networks, identity: Identity | None, progress: Progress
) -> Sample:
    """The sample that the proof found worst; the first one where there was no proof or its golden file is gone.

    Args:
        artifact: what is searched.
        file: its first file; golden files are looked for near it.
        networks: to make the sample from where there is no golden file.
        identity: that was baked in; needed in that case only.
        progress: told where the sample has to be made.

    Raises:
        BadInput: an identity is needed and was not given, or is another one.
    """
    found = golden_near(artifact, file)
    if found is None:
        _require_identity(artifact, file, identity)
        with progress.step(f"run the untouched {artifact.component} on the first sample"):
            return first_sample(networks, artifact.component, size_of_artifact(artifact, networks), identity)
    samples = {sample.name: sample for sample in read_golden(found).samples}
    for report in sorted(artifact.parity, key=lambda report: report.passed):
        if report.worst is not None and report.samples[report.worst].sample in samples:
            return samples[report.samples[report.worst].sample]
    return next(iter(samples.values()))


def _require_identity(artifact: Artifact, file: Path, identity: Identity | None) -> None:
    if artifact.identity is None:
        return
    if identity is None:
        raise BadInput(f"{file}: has an identity baked in and its golden file is gone; give --identity again")
    if identity.record.sha256 != artifact.identity.sha256:
        raise BadInput(f"--identity: another one than was baked into {file} ({artifact.identity.source}); give that")
