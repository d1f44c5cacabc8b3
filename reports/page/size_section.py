"""Sizes: the paper's table 4 beside the bytes on disk, and what each figure holds."""

from __future__ import annotations

from dataclasses import dataclass

from mobileswap.contracts.artifact import Artifact
from mobileswap.reports.caveats import UNTRAINED, marks_of_artifact
from mobileswap.reports.display_names import framework_name
from mobileswap.reports.figures import MB_NOTE, NOTHING, count, megabytes
from mobileswap.reports.page.axis import Axis
from mobileswap.reports.page.cell import Cell, Grid, Row
from mobileswap.reports.page.run_folder import Run, Subject
from mobileswap.reports.papers import CITATION, SIZES, PaperSize
from mobileswap.reports.size_table import FRAMEWORKS, OURS, embedder_of, holds
from mobileswap.reports.table import Column

_COLUMNS = (
    Column("Model"),
    Column("Framework"),
    Column("Precision"),
    Column("generator MB", figures=True),
    Column("embedder MB", figures=True),
    Column("Sum MB", figures=True),
    Column("Sum bytes", figures=True),
    Column("What each figure holds"),
)


@dataclass(frozen=True)
class Bar:
    """A system on the axis of MB: its parts one after the other, as (from, length) in percent."""

    title: str
    subtitle: str
    origin: str
    parts: tuple[tuple[float, float], ...]
    figure: Cell


@dataclass(frozen=True)
class Sizes:
    """The section; ``bars`` hold MobileFSGAN alone, as the other systems are up to 260 times as large."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    grid: Grid


@dataclass(frozen=True)
class _Entry:
    """A row before it is drawn; ``megabytes`` are its summands."""

    framework: str
    subtitle: str
    origin: str
    megabytes: tuple[float, ...]
    figure: Cell
    row: Row


def sizes(run: Run) -> Sizes:
    """By framework the paper's row and ours below it; the paper's other systems come first in the table."""
    others = [_paper(row) for row in SIZES if row.model != OURS]
    mine = [_paper(row) for row in SIZES if row.model == OURS]
    mine += [_measured(one, run) for one in run.subjects if one.artifact and one.artifact.component == "generator"]
    mine += [_weights(run)] if run.checkpoints else []
    mine.sort(key=lambda one: (_rank(one.framework), one.origin != "paper"))  # stable: ours stay in their order
    axis = Axis(0.0, 1.04 * max(sum(one.megabytes) for one in mine))
    notes = (
        f"{CITATION} Their sums are ours, and some are MiB (2²⁰ bytes), not MB. {MB_NOTE}",
        "Measured rows are generator + embedder, from the bytes on disk; a package folder counts with all its files.",
    )
    return Sizes(
        tuple(_bar(one, axis) for one in mine),
        tuple(axis.ticks(8)),
        Grid("Size, beside the paper's table 4", _COLUMNS, tuple(one.row for one in (*others, *mine)), notes),
    )


def _rank(framework: str) -> int:
    return FRAMEWORKS.index(framework) if framework in FRAMEWORKS else len(FRAMEWORKS)


def _bar(one: _Entry, axis: Axis) -> Bar:
    parts, start = [], 0.0
    for part in one.megabytes:
        parts.append((axis.place(start), round(axis.place(start + part) - axis.place(start), 2)))
        start += part
    return Bar(one.framework, one.subtitle, one.origin, tuple(parts), one.figure)


def _paper(row: PaperSize) -> _Entry:
    def printed(value: float) -> Cell:
        return Cell(f"{value:.1f}", title=row.source, order=value)

    total = printed(sum(row.megabytes))
    two = row.model == OURS and len(row.megabytes) == 2
    parts = [printed(part) for part in row.megabytes] if two else [Cell(NOTHING), Cell(NOTHING)]
    summands = "" if two or len(row.megabytes) == 1 else f"{' + '.join(f'{part:.1f}' for part in row.megabytes)}: "
    cells = (
        Cell(row.model),
        Cell(row.framework),
        Cell(NOTHING),
        *parts,
        total,
        Cell(NOTHING),
        Cell(f"{summands}{row.holds}"),
    )
    return _Entry(row.framework, "as printed in table 4", "paper", row.megabytes, total, Row(cells, "paper"))


def _measured(subject: Subject, run: Run) -> _Entry:
    assert subject.artifact
    generator = subject.artifact
    embedder = embedder_of(generator, run.artifacts)
    parts = [generator] if embedder is None else [generator, embedder]
    complete = len(parts) == 2 or generator.identity is not None
    total = sum(part.size_bytes for part in parts)
    files = ", ".join(record.name for part in parts for record in part.files)
    how = f"files[*].size_bytes of {files}"
    marks = sorted({mark for part in parts for mark in marks_of_artifact(part)})
    whole = _cell(subject, megabytes(total), f"{how}: {total}", total) if complete else Cell(NOTHING)
    cells = (
        Cell(generator.family),
        Cell(framework_name(generator.format)),
        Cell(generator.precision),
        _size(subject, generator),
        _size(next(one for one in run.subjects if one.artifact is embedder), embedder) if embedder else Cell(NOTHING),
        whole,
        _cell(subject, count(total), how, total) if complete else Cell(NOTHING),
        Cell("; ".join([holds(parts, complete=complete), *marks])),
    )
    shown = whole if complete else _size(subject, generator)
    subtitle = f"{generator.precision}{', identity baked in' if generator.identity else ''}"
    subtitle += "" if complete else ", without its embedder"
    return _Entry(
        framework_name(generator.format),
        subtitle,
        "measured",
        tuple(part.size_bytes / 1e6 for part in parts),
        shown,
        Row(cells, "measured"),
    )


def _size(subject: Subject, artifact: Artifact) -> Cell:
    size = artifact.size_bytes
    return _cell(subject, megabytes(size), f"sum of files[*].size_bytes = {size}", size)


def _cell(subject: Subject, text: str, how: str, order: float) -> Cell:
    assert subject.place
    return subject.place.derived(text, how, order=order)


def _weights(run: Run) -> _Entry:
    files = run.checkpoints
    total = sum(file.size_bytes for file in files)
    untrained = [] if all(file.trained for file in files) else [UNTRAINED]
    by_part = {file.component: file for file in files}

    def size(component: str) -> Cell:
        file = by_part.get(component)
        name = f"weights/{file.family}-{component}{file.suffix}" if file else ""
        return (
            Cell(megabytes(file.size_bytes), "", f"{name}: bytes on disk", file.size_bytes) if file else Cell(NOTHING)
        )

    whole = Cell(megabytes(total), "", "weights/*.safetensors: bytes on disk", total)
    holding = f"weights alone ({files[0].suffix}) of {' + '.join(file.component for file in files)}"
    cells = (
        Cell(files[0].family),
        Cell("PyTorch"),
        Cell("fp32"),
        size("generator"),
        size("embedder"),
        whole,
        Cell(count(total), "", "weights/*.safetensors: bytes on disk", total),
        Cell("; ".join([holding, *untrained])),
    )
    parts = tuple(file.size_bytes / 1e6 for file in files)
    return _Entry("PyTorch", "fp32, weights alone", "measured", parts, whole, Row(cells, "measured"))
