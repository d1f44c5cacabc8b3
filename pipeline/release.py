"""The whole job into one folder, for the person who signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.runtimes import RUNTIMES, unavailable_reason
from contracts.artifact import record_file
from contracts.errors import BadInput
from contracts.files import replace, staging, write_text
from contracts.result import write_result
from pipeline.export import GOLDEN, Exported, ExportOptions, export_one
from pipeline.measure import BenchOptions, measure
from pipeline.progress import Progress
from pipeline.source import Source
from reports.parity import parity_markdown
from reports.readme import release_readme
from reports.release import OtherFile, Release, release_table
from reports.sizes import CheckpointFile, size_table
from reports.speed import speed_table
from reports.table import Table, markdown

ARTIFACTS = "artifacts"
WEIGHTS = "weights"
# What a release holds, in the order of its tables: format and precision.
CONTENTS = (
    ("pytorch", "fp32"),
    ("onnx", "fp32"),
    ("coreml", "fp16"),
    ("coreml", "fp32"),
    ("tnn", "fp32"),
    ("tnn", "fp16"),
)


@dataclass(frozen=True)
class Released:
    """Where the folder is, whether all passed, and the tables to show: speed, size, and the summary last."""

    folder: Path
    passed: bool
    tables: tuple[Table, ...]


def release(source: Source, folder: Path, options: BenchOptions, progress: Progress, command: str) -> Released:
    """Export, prove, time and report every component that the weights hold.

    The folder is put together under a temporary name beside its final one. One that did not pass is named
    ``<folder>-rejected``, and an earlier release stays where it was.

    Raises:
        BadInput: ``folder`` holds something that is no release, or cannot be written to.
    """
    _require_replaceable(folder)
    with staging(folder.absolute().parent) as outer:
        stage = outer / folder.name
        stage.mkdir()
        exported = _exported(source, stage / ARTIFACTS, options, progress, command)
        artifacts = tuple(entry.artifact for entry in exported)
        bench = measure(_timed(exported, options), options, stage / ARTIFACTS, progress, command)
        checkpoints = _checkpoints(source, stage / WEIGHTS)
        sizes = size_table(artifacts, checkpoints)
        write_result(bench, stage / "bench.json")
        write_text(stage / "parity.md", parity_markdown(artifacts))
        write_text(stage / "speed.md", markdown(speed_table(bench)))
        write_text(stage / "sizes.md", markdown(sizes))
        summary = Release(
            version=version("mobileswap"),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            command=command,
            artifacts=artifacts,
            bench=bench,
            others=_others(stage),
            folder=f"{ARTIFACTS}/",
        )
        write_text(stage / "README.md", release_readme(summary))
        final = folder if summary.passed else folder.with_name(f"{folder.name}-rejected")
        _require_replaceable(final)
        replace(stage, final)
    return Released(final, summary.passed, (speed_table(bench), sizes, release_table(summary)))


def _require_replaceable(folder: Path) -> None:
    if folder.name in ("", ".."):
        raise BadInput(f"-o {folder}: expected a folder that can be replaced as a whole; give its name")
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder}: expected a folder for the release, this is a file; choose another with -o")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "bench.json").exists():
        raise BadInput(f"{folder}: holds something that is no earlier release; choose another folder with -o")


def _exported(source: Source, folder: Path, options: BenchOptions, progress: Progress, command: str) -> list[Exported]:
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
        for component in source.weights
    ]
    return [export_one(source, one, folder, progress) for one in wanted]


def _timed(exported: Sequence[Exported], options: BenchOptions) -> list[tuple[str, Path]]:
    """Every backend of this machine with every generator that it opens; the face net is not part of a pass."""
    backends = [
        entry for entry in RUNTIMES if entry.benchmarkable and unavailable_reason(entry.name, options.program) is None
    ]
    return [
        (backend.name, entry.path)
        for entry in exported
        if entry.artifact.component == "generator"
        for backend in backends
        if (entry.artifact.format, entry.artifact.precision) in backend.proves
    ]


def _checkpoints(source: Source, folder: Path) -> list[CheckpointFile]:
    """The weights that everything was made from, without code, so that the folder can be made again."""
    from safetensors.torch import save_file

    folder.mkdir()
    files = []
    for name, loaded in source.weights.items():
        path = folder / f"{loaded.component.family}-{name}.safetensors"
        save_file(dict(loaded.state), path, metadata={"weights": loaded.record.name, "sha256": loaded.record.sha256})
        path.chmod(0o644)  # safetensors makes it private to the user
        record = loaded.record
        files.append(
            CheckpointFile(loaded.component.family, name, path.stat().st_size, path.suffix, trained=record.trained)
        )
    return files


def _others(stage: Path) -> tuple[OtherFile, ...]:
    purposes = {
        "bench.json": "every timed pass and the machine it ran on",
        "parity.md": "how far each artifact is from PyTorch, sample by sample",
        "speed.md": "the paper's speed table beside ours",
        "sizes.md": "the paper's size table beside ours",
        f"{WEIGHTS}/*.safetensors": "the weights that everything here was made from",
        f"{ARTIFACTS}/{GOLDEN}/*.safetensors": "inputs with the untouched model's outputs; a phone can be fed with it",
    }
    return tuple(
        OtherFile(replaced(record_file(path), name=path.relative_to(stage).as_posix()), purpose)
        for pattern, purpose in purposes.items()
        for path in sorted(stage.glob(pattern))
    )
