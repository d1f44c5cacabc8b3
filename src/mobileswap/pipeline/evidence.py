"""What is kept of a proof for the person who looks: pictures of a few samples, and what the lint says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.format_facts import format_named
from mobileswap.contracts.golden_file import Golden, read_golden
from mobileswap.contracts.lint_report import write_lint
from mobileswap.contracts.publish import publish
from mobileswap.contracts.staging import staging
from mobileswap.parity.kept_outputs import Keep
from mobileswap.reports.page.run_folder import LINT
from mobileswap.reports.parity_folder import Evidence, write_parity_folder
from mobileswap.runtimes.runner import VendorProgram
from mobileswap.runtimes.runtime_entries import proving


def kept_files(artifact: Artifact, folder: Path, program: VendorProgram | None) -> dict[str, Path]:
    """By runtime, where the outputs of an artifact are written down below ``folder``; always the same names."""
    home = folder / artifact.files[0].name
    return {
        proof.runtime: home / f"{proof.runtime}.safetensors"
        for proof in proving(artifact.format, artifact.precision, program)
    }


def keeping(files: dict[str, Path], golden: Path) -> dict[str, Keep]:
    """What ``prove`` is to write down; the worst sample is kept as well."""
    for path in files.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    shown = shown_samples(read_golden(golden))
    return {runtime: Keep(path, shown) for runtime, path in files.items()}


def shown_samples(golden: Golden) -> tuple[str, ...]:
    """The first sample, and the next that shares an input with it: one face with two identities tells most."""
    first, *others = golden.samples
    alike = (
        other.name
        for other in others
        if any(np.array_equal(array, other.inputs[name]) for name, array in first.inputs.items())
    )
    return (first.name, *([second] if (second := next(alike, None)) else []))


def write_evidence(folder: Path, evidence: Sequence[Evidence], artifacts: Path, command: str) -> None:
    """Write parity.json, parity.md, pictures/ and lint/ into a release's folder.

    Args:
        folder: of the release.
        evidence: every artifact with what was kept of it.
        artifacts: where their files lie.
        command: as typed.
    """
    from mobileswap.lint.ane import lint

    write_parity_folder(folder, evidence, command)
    with staging(folder) as stage:
        for one in evidence:
            name = one.artifact.files[0].name
            if format_named(one.artifact.format).mil and (artifacts / name).exists():
                (stage / LINT).mkdir(exist_ok=True)
                write_lint(lint(artifacts / name), stage / LINT / f"{name}.json")
        if any(stage.iterdir()):
            publish(stage, {stage / LINT: folder / LINT})
