"""Sizes: the paper's table 4 beside the bytes on disk, and what each figure holds."""

from __future__ import annotations

from dataclasses import dataclass

from mobileswap.contracts.chain import Role
from mobileswap.reports.caveats import UNTRAINED, marks_of_artifact
from mobileswap.reports.display_names import framework_name
from mobileswap.reports.figures import MB_NOTE, NOTHING, count, megabytes
from mobileswap.reports.page.axis import Axis
from mobileswap.reports.page.cell import Cell, Grid, Row
from mobileswap.reports.page.run_folder import Run, Subject
from mobileswap.reports.papers import CITATION, SIZES, PaperSize
from mobileswap.reports.size_table import MEASURED_NOTE, OURS, holds, rank_of
from mobileswap.reports.table import Column
from mobileswap.reports.whole_systems import WholeSystem, whole_systems

_COLUMNS = (
    Column("Model"),
    Column("Framework"),
    Column("Precision"),
    Column("each frame MB", figures=True),
    Column("once per person MB", figures=True),
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
    by_artifact = {id(one.artifact): one for one in run.subjects if one.artifact}
    mine += [_measured(by_artifact[id(one.main)], one) for one in whole_systems(run.artifacts)]
    mine += [_weights(run)] if run.checkpoints else []
    mine.sort(key=lambda one: (rank_of(one.framework), one.origin != "paper"))  # stable: ours stay in their order
    axis = Axis(0.0, 1.04 * max(sum(one.megabytes) for one in mine))
    notes = (
        f"{CITATION} Their sums are ours, and some are MiB (2²⁰ bytes), not MB. {MB_NOTE}",
        MEASURED_NOTE,
    )
    return Sizes(
        tuple(_bar(one, axis) for one in mine),
        tuple(axis.ticks(8)),
        Grid("Size, beside the paper's table 4", _COLUMNS, tuple(one.row for one in (*others, *mine)), notes),
    )


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


def _measured(subject: Subject, system: WholeSystem) -> _Entry:
    main, total = system.main, system.size_bytes
    files = ", ".join(record.name for part in system.parts for record in part.files)
    how = f"files[*].size_bytes of {files}"
    marks = sorted({mark for part in system.parts for mark in marks_of_artifact(part)})
    whole = _cell(subject, megabytes(total), f"{how}: {total}", total) if system.complete else Cell(NOTHING)
    cells = (
        Cell(main.family),
        Cell(framework_name(main.format)),
        Cell(main.precision),
        _size(subject, system.frame_bytes),
        _size(subject, system.person_bytes) if system.person_bytes else Cell(NOTHING),
        whole,
        _cell(subject, count(total), how, total) if system.complete else Cell(NOTHING),
        Cell("; ".join([holds(system), *marks])),
    )
    subtitle = f"{main.precision}{', identity baked in' if main.identity else ''}"
    subtitle += "" if system.complete else ", without what gives its embedding"
    return _Entry(
        framework_name(main.format),
        subtitle,
        "measured",
        tuple(size / 1e6 for size in (system.frame_bytes, system.person_bytes) if size),
        whole if system.complete else _size(subject, main.size_bytes),
        Row(cells, "measured"),
    )


def _size(subject: Subject, size: int) -> Cell:
    return _cell(subject, megabytes(size), f"sum of files[*].size_bytes = {size}", size)


def _cell(subject: Subject, text: str, how: str, order: float) -> Cell:
    assert subject.place
    return subject.place.derived(text, how, order=order)


def _weights(run: Run) -> _Entry:
    files = run.checkpoints
    total = sum(file.size_bytes for file in files)
    untrained = [] if all(file.trained for file in files) else [UNTRAINED]

    def size(*, of_person: bool) -> Cell:
        those = [file for file in files if (file.role is Role.EMBEDDER) is of_person]
        names = ", ".join(f"weights/{file.family}-{file.component}{file.suffix}" for file in those)
        size = sum(file.size_bytes for file in those)
        return Cell(megabytes(size), "", f"{names}: bytes on disk", size) if those else Cell(NOTHING)

    whole = Cell(megabytes(total), "", "weights/*.safetensors: bytes on disk", total)
    holding = f"weights alone ({files[0].suffix}) of {' + '.join(file.component for file in files)}"
    cells = (
        Cell(files[0].family),
        Cell("PyTorch"),
        Cell("fp32"),
        size(of_person=False),
        size(of_person=True),
        whole,
        Cell(count(total), "", "weights/*.safetensors: bytes on disk", total),
        Cell("; ".join([holding, *untrained])),
    )
    parts = tuple(file.size_bytes / 1e6 for file in files)
    return _Entry("PyTorch", "fp32, weights alone", "measured", parts, whole, Row(cells, "measured"))
