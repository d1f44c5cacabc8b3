"""A table of finished texts, and its two faces: Markdown for files, rich for the terminal."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from tabulate import tabulate

from mobileswap.contracts.shown import shown

if TYPE_CHECKING:
    from rich.table import Table as RichTable

_LONGEST_WORD = 16  # a column is not made narrower than its words, unless they are file names


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        name: with the unit, for instance ``mean ms``.
        figures: right-aligned and never broken over lines.
        detail: left out on a terminal that is too narrow for the whole table; Markdown always has it.
    """

    name: str
    figures: bool = False
    detail: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of texts under columns; the notes stand below.

    Raises:
        ValueError: a row is longer or shorter than the columns.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{self.title}: {len(self.columns)} columns, {len(row)} cells in {row}")

    def without_details(self) -> "Table":
        """The same rows under the columns that a narrow terminal has room for."""
        kept = [index for index, column in enumerate(self.columns) if not column.detail]
        return Table(
            self.title,
            tuple(self.columns[index] for index in kept),
            tuple(tuple(row[index] for index in kept) for row in self.rows),
            self.notes,
        )


def markdown(table: Table, *, level: int = 2) -> str:
    """The table as Markdown under a heading of that level, its notes as a list; ends with a line feed."""
    body = tabulate(
        [[_cell(text) for text in row] for row in table.rows],
        headers=[_cell(column.name) for column in table.columns],
        tablefmt="pipe",
        colalign=["right" if column.figures else "left" for column in table.columns],
        disable_numparse=True,  # 10.10 would become 10.1
    )
    parts = [f"{'#' * level} {table.title}", body]
    if table.notes:
        parts.append("\n".join(f"- {note}" for note in table.notes))
    return "\n\n".join(parts) + "\n"


def show(table: Table, stream: TextIO, *, width: int | None = None) -> None:
    """Print the table for a person.

    Args:
        table: what to print.
        stream: where to; a stream that is no terminal gets the whole table, however wide.
        width: columns of the terminal; found out where it is None.
    """
    from rich.console import Console

    console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
    whole = _rich(table)
    needed = console.measure(whole, options=console.options.update(max_width=10_000)).maximum
    if width is None and not console.is_terminal:
        console.width = max(needed, console.width)
    if needed <= console.width:
        console.print(whole)
    else:
        console.print(_rich(table.without_details()))
        if hidden := ", ".join(column.name for column in table.columns if column.detail):
            console.print(f"not shown at this width: {hidden}")
    for note in table.notes:
        console.print(note)


def _rich(table: Table) -> "RichTable":
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(
        title=Text(_printable(table.title)), box=box.SIMPLE_HEAD, title_justify="left", collapse_padding=True
    )
    for index, column in enumerate(table.columns):
        words = " ".join([column.name, *(row[index] for row in table.rows)]).split()
        drawn.add_column(
            Text(column.name),
            justify="right" if column.figures else "left",
            no_wrap=column.figures,
            overflow="fold",
            min_width=min(max(len(word) for word in words), _LONGEST_WORD),
        )
    for row in table.rows:
        drawn.add_row(*(Text(_printable(text)) for text in row))
    return drawn


def _printable(text: str) -> str:
    return "\n".join(map(shown, text.split("\n")))


def _cell(text: str) -> str:
    """A text that stays inside its cell: a bar would end it, a line feed the row."""
    return " ".join(text.split()).replace("|", "\\|")
