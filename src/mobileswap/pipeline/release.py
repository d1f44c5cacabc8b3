"""The whole job into one folder, for the person who signs."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from mobileswap.bench.environment import commit
from mobileswap.contracts.artifact import json_beside, record_file
from mobileswap.contracts.bench_result import BENCH, write_result
from mobileswap.contracts.chain import Per
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import write_text
from mobileswap.contracts.format_facts import contents_of_a_release
from mobileswap.contracts.golden_file import read_golden
from mobileswap.contracts.leftovers import open_to_all
from mobileswap.contracts.publish import publish
from mobileswap.contracts.release_manifest import SCHEMA as MANIFEST_SCHEMA
from mobileswap.contracts.release_manifest import ReleaseManifest, list_files, write_manifest
from mobileswap.contracts.release_verdict import ReleaseVerdict
from mobileswap.contracts.staging import staging
from mobileswap.contracts.tool_version import tool_version
from mobileswap.pipeline.bench_options import BenchOptions
from mobileswap.pipeline.evidence import kept_files, write_evidence
from mobileswap.pipeline.export import GOLDEN, REJECTED, Exported, ExportOptions, export_one
from mobileswap.pipeline.measure import measure
from mobileswap.pipeline.networks import Networks
from mobileswap.pipeline.progress import Progress
from mobileswap.pipeline.release_statements import listing
from mobileswap.pipeline.reuse import current_times, find_current, find_golden
from mobileswap.pipeline.signing import sign_manifest
from mobileswap.pipeline.workplace import empty_but, workplace
from mobileswap.reports.page import write_report
from mobileswap.reports.parity_folder import Evidence
from mobileswap.reports.release_judgement import OtherFile, Release, release_table
from mobileswap.reports.release_readme import release_readme
from mobileswap.reports.size_table import CheckpointFile, size_table
from mobileswap.reports.speed_table import speed_table
from mobileswap.reports.table import Table, markdown
from mobileswap.runtimes.runtime_entries import RUNTIMES, unavailable_reason

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ARTIFACTS = "artifacts"
WEIGHTS = "weights"
CONTENTS = contents_of_a_release()
OUTPUTS = "outputs"


@dataclass(frozen=True)
class Released:
    """Where the folder is, the verdict on it, and the tables to show: speed, size, and the summary last."""

    folder: Path
    verdict: ReleaseVerdict
    tables: tuple[Table, ...]

    @property
    def passed(self) -> bool:
        return self.verdict.passed


def release(
    networks: Networks,
    folder: Path,
    options: BenchOptions,
    progress: Progress,
    command: str,
    *,
    key: Ed25519PrivateKey | None = None,
    fresh: bool = False,
) -> Released:
    """Export, prove, time and report every component that the weights hold.

    The folder is put together under a hidden name beside its final one, where an interrupted release goes on the next
    time. One that did not pass is named ``<folder>-rejected``, and an earlier release stays where it was.

    Args:
        networks: with the weights.
        folder: for the release.
        options: how to time; its threads are the proofs' too.
        progress: told of each step.
        command: as typed.
        key: to sign the manifest with.
        fresh: do everything again, also what an earlier or interrupted release holds already.

    Raises:
        BadInput: ``folder`` holds something that is no release, cannot be written to, or is being released to.
    """
    _require_replaceable(folder)
    with workplace(folder) as stage:
        _take_over(folder, stage, fresh=fresh)
        exported, kept = _exported(networks, stage, options, progress, command)
        artifacts = tuple(entry.artifact for entry in exported)
        pairs = _timed(networks, exported, options)
        earlier = current_times(stage / BENCH, pairs, options) if kept else None
        bench = earlier or measure(pairs, options, stage / ARTIFACTS, progress, command)
        empty_but(stage, {ARTIFACTS, OUTPUTS})
        checkpoints = _checkpoints(networks, stage / WEIGHTS)
        sizes = size_table(artifacts, checkpoints)
        write_result(bench, stage / BENCH)
        evidence = [Evidence(one.artifact, one.golden, one.kept) for one in exported if one.golden]
        with progress.step("draw pictures, lint the Core ML packages"):
            write_evidence(stage, evidence, stage / ARTIFACTS, command)
        write_text(stage / "speed.md", markdown(speed_table(bench)))
        write_text(stage / "sizes.md", markdown(sizes))
        summary = Release(
            version=version("mobileswap"),
            created=_now(),
            command=command,
            artifacts=artifacts,
            bench=bench,
            folder=f"{ARTIFACTS}/",
        )
        final = folder if summary.passed else folder.with_name(f"{folder.name}-rejected")
        with progress.step("write the report"):
            write_report(stage, name=final.resolve().name)
        summary = replaced(summary, others=_others(stage))
        write_text(stage / "README.md", release_readme(summary))
        write_manifest(_manifest(summary, networks, exported, stage), stage)
        if key:
            sign_manifest(stage, key)
        _require_replaceable(final)
        open_to_all(stage)
        with staging(final.parent) as journal:
            publish(journal, {stage: final})
    return Released(final, summary.verdict, (speed_table(bench), sizes, release_table(summary)))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _require_replaceable(folder: Path) -> None:
    if folder.name in ("", ".."):
        raise BadInput(f"-o {folder}: expected a folder that can be replaced as a whole; give its name")
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder}: expected a folder for the release, this is a file; choose another folder with -o")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / BENCH).exists():
        raise BadInput(f"{folder}: holds something that is no earlier release; choose another folder with -o")


def _take_over(folder: Path, stage: Path, *, fresh: bool) -> None:
    """Leave in ``stage`` what may be reused: of an interrupted release, else of the finished one."""
    empty_but(stage, set() if fresh else {ARTIFACTS, OUTPUTS, BENCH})
    shutil.rmtree(stage / ARTIFACTS / REJECTED, ignore_errors=True)
    if fresh or any(stage.iterdir()) or not (folder / BENCH).exists():
        return
    for name in (ARTIFACTS, OUTPUTS):
        if (folder / name).is_dir():
            shutil.copytree(folder / name, stage / name, symlinks=True)
    shutil.copy2(folder / BENCH, stage / BENCH)


def _exported(
    networks: Networks, stage: Path, options: BenchOptions, progress: Progress, command: str
) -> tuple[list[Exported], bool]:
    """Everything in CONTENTS, and whether all of it was there already; nothing else is left of artifacts."""
    wanted = [
        ExportOptions(
            format=name,
            component=component,
            precision=precision,
            threads=options.threads,
            program=options.program,
            device=options.program_device,
            command=command,
        )
        for name, precision in CONTENTS
        for component in networks.weights
    ]
    found = [_found(networks, one, stage, progress) for one in wanted]
    exported = [
        entry or export_one(networks, one, stage / ARTIFACTS, progress, keep=stage / OUTPUTS)
        for entry, one in zip(found, wanted, strict=True)
    ]
    _remove_others(exported, stage)
    return exported, all(found)


def _found(networks: Networks, options: ExportOptions, stage: Path, progress: Progress) -> Exported | None:
    """An artifact of an earlier release, with its golden file and the outputs that its pictures are made of."""
    found = find_current(networks, options, stage / ARTIFACTS)
    if found is None:
        return None
    golden = find_golden(found.artifact, (stage / ARTIFACTS / GOLDEN,))
    kept = kept_files(found.artifact, stage / OUTPUTS, options.program)
    if golden is None or not all(_whole(path) for path in kept.values()):
        return None
    with progress.step(f"keep {found.path.name}, proven already"):
        pass
    return replaced(found, golden=golden, kept=kept)


def _whole(path: Path) -> bool:
    """A process that died may have left half of it."""
    try:
        read_golden(path)
    except BadInput:
        return False
    return True


def _remove_others(exported: Sequence[Exported], stage: Path) -> None:
    """What an earlier release held beside these: of other weights, or of other names."""
    folder = stage / ARTIFACTS
    golden = {entry.golden.name for entry in exported if entry.golden}
    files = {file.name for entry in exported if entry.accepted for file in entry.artifact.files}
    records = {json_beside(entry.path).name for entry in exported if entry.accepted}
    empty_but(folder / GOLDEN, golden)
    empty_but(folder, {GOLDEN, REJECTED, *files, *records})
    empty_but(stage / OUTPUTS, {entry.artifact.files[0].name for entry in exported})


def _timed(networks: Networks, exported: Sequence[Exported], options: BenchOptions) -> list[tuple[str, Path]]:
    """Every backend of this machine with every component that runs for each frame."""
    backends = [
        entry for entry in RUNTIMES if entry.benchmarkable and unavailable_reason(entry.name, options.program) is None
    ]
    return [
        (backend.name, entry.path)
        for entry in exported
        if entry.artifact.component in networks.family.chain.components(Per.FRAME)
        for backend in backends
        if (entry.artifact.format, entry.artifact.precision) in backend.proves
    ]


def _checkpoints(networks: Networks, folder: Path) -> list[CheckpointFile]:
    """The weights that everything was made from, without code, so that the folder can be made again."""
    from safetensors.torch import save_file

    folder.mkdir()
    files = []
    for name, loaded in networks.weights.items():
        path = folder / f"{loaded.component.family}-{name}.safetensors"
        save_file(dict(loaded.state), path, metadata={"sha256": loaded.record.sha256})
        path.chmod(0o644)  # safetensors makes it private to the user
        part, trained = loaded.component, loaded.record.trained
        size = path.stat().st_size
        files.append(CheckpointFile(part.family, name, size, path.suffix, trained=trained, role=part.role))
    return files


def _manifest(summary: Release, networks: Networks, exported: Sequence[Exported], stage: Path) -> ReleaseManifest:
    records = [json_beside(entry.path).relative_to(stage).as_posix() for entry in exported]
    return ReleaseManifest(
        schema=MANIFEST_SCHEMA,
        created=summary.created,
        command=summary.command,
        edition=tool_version(),
        commit=commit(),
        versions=dict(sorted({k: v for one in summary.artifacts for k, v in one.versions.items()}.items())),
        weights={name: loaded.record.sha256 for name, loaded in networks.weights.items()},
        trained=summary.trained,
        passed=summary.passed,
        artifacts=tuple(listing(one, record) for one, record in zip(summary.artifacts, records, strict=True)),
        files=list_files(stage),
    )


def _others(stage: Path) -> tuple[OtherFile, ...]:
    purposes = {
        "report.html": "all of it on one page: verdict, pictures, distances, times, sizes",
        BENCH: "every timed pass and the machine it ran on",
        "parity.json": "every distance, limit and verdict",
        "parity.md": "how far each artifact is from PyTorch, sample by sample",
        "speed.md": "the paper's speed table beside ours",
        "sizes.md": "the paper's size table beside ours",
        f"{WEIGHTS}/*.safetensors": "the weights that everything here was made from",
        f"{ARTIFACTS}/{GOLDEN}/*.safetensors": "inputs with the untouched model's outputs; a phone can be fed with it",
        f"{OUTPUTS}/*/*.safetensors": "what each file gave for the samples that the pictures show",
    }
    return tuple(
        OtherFile(replaced(record_file(path), name=path.relative_to(stage).as_posix()), purpose)
        for pattern, purpose in purposes.items()
        for path in sorted(stage.glob(pattern))
    )
