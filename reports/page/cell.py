"""A number with the place in the JSON that it was read from."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mobileswap.reports.figures import NOTHING
from mobileswap.reports.table import Column, Table

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


@dataclass(frozen=True)
class Cell:
    """A text on the page.

    Attributes:
        href: the JSON file that it was read from, relative to the page; "" for what is no figure.
        title: the file, the field in it, and its value in full.
        order: what a column is sorted by; None sorts by the text.
        tone: ``pass``, ``warn``, ``fail`` or "".
    """

    text: str
    href: str = ""
    title: str = ""
    order: float | None = None
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """Cells with their origin: ``measured``, ``predicted``, ``paper`` or ""."""

    cells: tuple[Cell, ...]
    origin: str = ""


@dataclass(frozen=True)
class Grid:
    """A table whose figures are linked; columns and notes as in reports/table.py."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class JsonSpot:
    """A spot in a JSON file and what stands there.

    Attributes:
        name: of the file, relative to the run folder.
        href: of the file, relative to the page.
        value: what was decoded there.
        field: the way to it, as ``runs[0].summary``; "" is the whole file.
    """

    name: str
    href: str
    value: Any
    field: str = ""

    def at(self, path: str) -> JsonSpot:
        """The spot further down, as ``summary.median_ms`` or ``[0].samples[3]``."""
        value = self.value
        for index, name in _STEP.findall(path):
            value = value[int(index)] if index else getattr(value, name)
        joint = "." if self.field and path and not path.startswith("[") else ""
        return JsonSpot(self.name, self.href, value, f"{self.field}{joint}{path}")

    def cell(self, path: str, show: Callable[[Any], str] = str, *, scale: float = 1.0, tone: str = "") -> Cell:
        """The figure at ``path``, shown by a function of reports/figures.py after it was multiplied by ``scale``."""
        spot = self.at(path)
        value = spot.value
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is None:
            return Cell(NOTHING)
        shown = value * scale if number and scale != 1.0 else value
        return Cell(
            show(shown),
            href=self.href,
            title=f"{self.name}: {spot.field} = {value}",
            order=float(value) if number else None,
            tone=tone,
        )

    def length(self) -> Cell:
        """How many entries the list here has."""
        number = len(self.value)
        return self.derived(str(number), f"length of {self.field}", order=number)

    def derived(self, text: str, how: str, *, order: float | None = None, tone: str = "") -> Cell:
        """A figure that was computed from the file; ``how`` says from what."""
        return Cell(text, self.href, f"{self.name}: {how}", order, tone)


def linked(table: Table, place: JsonSpot, how: str) -> Grid:
    """A table of texts, its figures linked to the file that they were counted from."""
    rows = tuple(
        Row(
            tuple(
                place.derived(text, how) if column.figures and text != NOTHING else Cell(text)
                for column, text in zip(table.columns, row, strict=True)
            )
        )
        for row in table.rows
    )
    return Grid(table.title, table.columns, rows, table.notes)
