"""The size table: the paper's table 4, and what lies on our disk next to the row it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.chain import Role
from mobileswap.contracts.format_facts import FORMATS
from mobileswap.reports.caveats import UNTRAINED, marks_of_artifact
from mobileswap.reports.display_names import framework_name
from mobileswap.reports.figures import MB_NOTE, NOTHING, count, megabytes
from mobileswap.reports.papers import CITATION, SIZES, PaperSize
from mobileswap.reports.table import Column, Table
from mobileswap.reports.whole_systems import WholeSystem, whole_systems

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
MEASURED_NOTE = (
    "Measured rows are the parts that an app needs, from the bytes on disk; a package folder counts with all its files."
)
OURS = "MobileFSGAN"
_FRAMEWORKS = tuple(  # the paper's own come first, in its order
    dict.fromkeys([*(row.framework for row in SIZES if row.model == OURS), *(entry.title for entry in FORMATS)])
)


@dataclass(frozen=True)
class CheckpointFile:
    """A component's weights alone, as a file on disk: what the paper's PyTorch row holds."""

    family: str
    component: str
    size_bytes: int
    suffix: str
    trained: bool
    role: Role


def size_table(artifacts: Sequence[Artifact], checkpoints: Sequence[CheckpointFile] = ()) -> Table:
    """The paper's other systems, then by framework the paper's row and every system of ours, see whole_systems.py."""
    others = [_paper_row(row) for row in SIZES if row.model != OURS]
    keyed = [(rank_of(row.framework), 0, _paper_row(row)) for row in SIZES if row.model == OURS]
    keyed += [
        (rank_of(framework_name(system.main.format)), 1, _measured_row(system)) for system in whole_systems(artifacts)
    ]
    if checkpoints:
        keyed.append((rank_of("PyTorch"), 1, _checkpoint_row(checkpoints)))
    keyed.sort(key=lambda row: row[:2])  # stable: our artifacts stay in the order given
    notes = (
        f"{CITATION} Their sums are ours, and some are MiB (2²⁰ bytes), not MB. {MB_NOTE}",
        MEASURED_NOTE,
    )
    return Table("Model size", _COLUMNS, (*others, *(row for _, _, row in keyed)), notes)


def rank_of(framework: str) -> int:
    """The place of a framework's rows."""
    return _FRAMEWORKS.index(framework) if framework in _FRAMEWORKS else len(_FRAMEWORKS)


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


def _measured_row(system: WholeSystem) -> tuple[str, ...]:
    figures = " + ".join([megabytes(part.size_bytes) for part in system.parts] + ([] if system.complete else ["?"]))
    marks = sorted({mark for part in system.parts for mark in marks_of_artifact(part)})
    return (
        "measured, bytes on disk",
        system.main.family,
        framework_name(system.main.format),
        system.main.precision,
        figures,
        megabytes(system.size_bytes) if system.complete else NOTHING,
        count(system.size_bytes) if system.complete else NOTHING,
        "; ".join([holds(system), *marks]),
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


def holds(system: WholeSystem) -> str:
    """What a measured row is the size of."""
    parts = system.parts
    suffixes = dict.fromkeys(Path(record.name).suffix for part in parts for record in part.files)
    pictures = ", pictures in and out" if parts[0].io == "image" else ""
    files = f"{' and '.join(suffixes)} of {' + '.join(part.component for part in parts)}{pictures}"
    if not system.complete:
        return f"{files}; what gives its embedding is not here"
    return f"{files}, identity baked in: nothing gives it an embedding" if system.main.identity else files
