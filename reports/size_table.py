"""The size table: the paper's table 4, and what lies on our disk next to the row it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mobileswap.contracts.artifact import Artifact
from mobileswap.reports.caveats import UNTRAINED, marks_of_artifact
from mobileswap.reports.display_names import framework_name
from mobileswap.reports.figures import MB_NOTE, NOTHING, count, megabytes
from mobileswap.reports.papers import CITATION, SIZES, PaperSize
from mobileswap.reports.table import Column, Table

_COLUMNS = (
    Column("Source"),
    Column("Model"),
    Column("Framework"),
    Column("Precision"),
    Column("MB", figures=True),
    Column("Sum MB", figures=True, detail=True),
    Column("Sum bytes", figures=True, detail=True),
    Column("What each figure holds"),
)
FRAMEWORKS = ("PyTorch", "CoreML", "TNN", "ONNX")
OURS = "MobileFSGAN"


@dataclass(frozen=True)
class CheckpointFile:
    """A component's weights alone, as a file on disk: what the paper's PyTorch row holds."""

    family: str
    component: str
    size_bytes: int
    suffix: str
    trained: bool


def size_table(artifacts: Sequence[Artifact], checkpoints: Sequence[CheckpointFile] = ()) -> Table:
    """The paper's other systems, then by framework the paper's row and every generator of ours with its embedder.

    A generator with the identity baked in needs no embedder. One whose embedder is not there has no sum.
    """
    others = [_paper_row(row) for row in SIZES if row.model != OURS]
    keyed = [(_rank(row.framework), 0, _paper_row(row)) for row in SIZES if row.model == OURS]
    generators = [artifact for artifact in artifacts if artifact.component == "generator"]
    keyed += [
        (_rank(framework_name(generator.format)), 1, _measured_row(generator, embedder_of(generator, artifacts)))
        for generator in generators
    ]
    if checkpoints:
        keyed.append((_rank("PyTorch"), 1, _checkpoint_row(checkpoints)))
    keyed.sort(key=lambda row: row[:2])  # stable: our artifacts stay in the order given
    notes = (
        f"{CITATION} Their sums are ours, and some are MiB (2²⁰ bytes), not MB. {MB_NOTE}",
        "Measured rows are generator + embedder, from the bytes on disk; a package folder counts with all its files.",
    )
    return Table("Model size", _COLUMNS, (*others, *(row for _, _, row in keyed)), notes)


def _rank(framework: str) -> int:
    return FRAMEWORKS.index(framework) if framework in FRAMEWORKS else len(FRAMEWORKS)


def embedder_of(generator: Artifact, artifacts: Sequence[Artifact]) -> Artifact | None:
    """The embedder of the same family, format and precision; of several, the one with the same kind of input.

    None for a generator whose identity is baked in: it needs none.
    """
    if generator.identity:
        return None
    fitting = [
        artifact
        for artifact in artifacts
        if artifact.component == "embedder"
        and (artifact.family, artifact.format, artifact.precision)
        == (generator.family, generator.format, generator.precision)
    ]
    return next((artifact for artifact in fitting if artifact.io == generator.io), fitting[0] if fitting else None)


def _paper_row(row: PaperSize) -> tuple[str, ...]:
    return (
        row.source,
        row.model,
        row.framework,
        NOTHING,
        " + ".join(f"{part:.1f}" for part in row.megabytes),
        f"{sum(row.megabytes):.1f}",
        NOTHING,
        row.holds,
    )


def _measured_row(generator: Artifact, embedder: Artifact | None) -> tuple[str, ...]:
    parts = [generator] if embedder is None else [generator, embedder]
    complete = len(parts) == 2 or generator.identity is not None
    total = sum(part.size_bytes for part in parts)
    figures = " + ".join([megabytes(part.size_bytes) for part in parts] + ([] if complete else ["?"]))
    marks = sorted({mark for part in parts for mark in marks_of_artifact(part)})
    return (
        "measured, bytes on disk",
        generator.family,
        framework_name(generator.format),
        generator.precision,
        figures,
        megabytes(total) if complete else NOTHING,
        count(total) if complete else NOTHING,
        "; ".join([holds(parts, complete=complete), *marks]),
    )


def _checkpoint_row(checkpoints: Sequence[CheckpointFile]) -> tuple[str, ...]:
    total = sum(file.size_bytes for file in checkpoints)
    names = " + ".join(file.component for file in checkpoints)
    untrained = [] if all(file.trained for file in checkpoints) else [UNTRAINED]
    return (
        "measured, bytes on disk",
        checkpoints[0].family,
        "PyTorch",
        "fp32",
        " + ".join(megabytes(file.size_bytes) for file in checkpoints),
        megabytes(total),
        count(total),
        "; ".join([f"weights alone ({checkpoints[0].suffix}) of {names}", *untrained]),
    )


def holds(parts: Sequence[Artifact], *, complete: bool) -> str:
    suffixes = dict.fromkeys(Path(record.name).suffix for part in parts for record in part.files)
    pictures = ", pictures in and out" if parts[0].io == "image" else ""
    files = f"{' and '.join(suffixes)} of {' + '.join(part.component for part in parts)}{pictures}"
    if not complete:
        return f"{files}; its embedder is not here"
    return f"{files}, identity baked in: no embedder needed" if len(parts) == 1 else files
