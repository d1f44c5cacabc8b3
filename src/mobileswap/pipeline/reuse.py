"""What is proven already is not made again: an artifact is reused where it is what would be made now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mobileswap.bench.environment import is_this_machine
from mobileswap.contracts.artifact import Artifact, read_artifact, require_unchanged
from mobileswap.contracts.bench_result import BenchResult, read_result
from mobileswap.contracts.errors import BadInput, GateFailed
from mobileswap.contracts.files import sha256_of
from mobileswap.contracts.format_facts import format_named
from mobileswap.contracts.format_options import recorded
from mobileswap.contracts.verdict import Limits
from mobileswap.model.graph.deploy import BAKED, rewrites_of
from mobileswap.parity.limits import find_limits
from mobileswap.pipeline.export import (
    GOLDEN,
    Exported,
    ExportOptions,
    artifact_name,
    export_one,
    own_options,
    target_of,
    versions_of,
)
from mobileswap.pipeline.networks import Networks
from mobileswap.pipeline.progress import Progress
from mobileswap.runtimes.runtime_entries import proving, require_device

if TYPE_CHECKING:
    from mobileswap.pipeline.bench_options import BenchOptions


def found_or_exported(networks: Networks, options: ExportOptions, folder: Path, progress: Progress) -> Path:
    """The proven artifact in ``folder`` if it is what would be made now, else a new one.

    Raises:
        GateFailed: a new one was made and did not pass.
    """
    if found := find_current(networks, options, folder):
        return found.path
    exported = export_one(networks, options, folder, progress)
    if not exported.accepted:
        sentences = "; ".join(report.sentence for report in exported.artifact.parity)
        raise GateFailed(f"{exported.path}: not timed, because it is not proven: {sentences}")
    return exported.path


def find_current(networks: Networks, options: ExportOptions, folder: Path) -> Exported | None:
    """The proven artifact in ``folder`` if it is of these weights, options, tools and limits, and whole."""
    chosen = format_named(options.format)
    path = folder / f"{artifact_name(networks, options)}{chosen.suffix}"
    if not path.exists():
        return None
    try:
        artifact = read_artifact(path)
        require_unchanged(artifact, path.parent)
    except BadInput:
        return None
    current = (
        artifact.verified
        and artifact.weights.sha256 == networks.require(options.component).record.sha256
        and artifact.versions == versions_of(options)
        and artifact.io == options.io
        and artifact.identity == (options.identity.record if options.identity else None)
        and [record.name for record in artifact.rewrites] == _rewrites(networks, options)
        and artifact.options == recorded(own_options(options))
        and _proofs(artifact) == _proofs_asked(artifact, options)
    )
    return Exported(artifact, path, accepted=True) if current else None


def _rewrites(networks: Networks, options: ExportOptions) -> list[str]:
    if format_named(options.format).untouched:
        return []
    component = networks.component(options.component)
    names = [entry.name for entry in rewrites_of(component, target=target_of(options), without=options.without)]
    return [*names, *([BAKED] if options.identity else [])]


def _proofs(artifact: Artifact) -> dict[str, Limits]:
    return {report.runtime: report.limits for report in artifact.parity}


def _proofs_asked(artifact: Artifact, options: ExportOptions) -> dict[str, Limits]:
    proofs = proving(artifact.format, artifact.precision, options.program)
    return {proof.runtime: find_limits(proof.limits, artifact.outputs) for proof in proofs}


def find_golden(artifact: Artifact, folders: Sequence[Path]) -> Path | None:
    """The golden file that the artifact was proven with, by its hash."""
    wanted = {report.golden_sha256 for report in artifact.parity}
    candidates = (path for folder in dict.fromkeys(folders) for path in sorted(folder.glob("*.safetensors")))
    return next((path for path in candidates if sha256_of(path) in wanted), None)


def golden_near(artifact: Artifact, file: Path) -> Path | None:
    """The same, where ``file`` is the artifact's, in its folder or in the ``rejected`` one below."""
    return find_golden(artifact, (file.parent / GOLDEN, file.parent.parent / GOLDEN))


def current_times(path: Path, pairs: Sequence[tuple[str, Path]], options: BenchOptions) -> BenchResult | None:
    """The times in a bench.json if they are what would be taken now: of these files, so many, on this machine."""
    if not path.exists():
        return None
    try:
        result = read_result(path)
    except BadInput:
        return None
    wanted = [
        (backend, read_artifact(file).sha256, options.threads, require_device(backend, options.device_of(backend)))
        for backend, file in pairs
    ]
    taken = [
        (run.backend, run.artifact_sha256, run.threads, run.device)
        for run in result.runs
        if run.outcome.passed and len(run.samples_ms) >= options.runs and run.warmup >= options.warmup
    ]
    return result if is_this_machine(result.environment) and taken == wanted else None
