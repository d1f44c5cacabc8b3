"""The built-in weights and faces as a table."""

from collections.abc import Sequence

from mobileswap.reports.table import Column, Table
from mobileswap.weights.catalogue import CatalogueRow

_COLUMNS = (
    Column("Name"),
    Column("Component"),
    Column("State"),
    Column("Licence"),
    Column("Source", detail=True),
    Column("SHA-256"),
    Column("Check"),
)


def catalogue_table(rows: Sequence[CatalogueRow]) -> Table:
    """A row per entry; the check is empty where nothing was looked at."""
    return Table("Built in", _COLUMNS, tuple(_row(row) for row in rows), notes=())


def _row(row: CatalogueRow) -> tuple[str, ...]:
    state = {None: row.kind, True: "trained", False: "UNTRAINED"}[row.trained]
    check = "" if row.found is None else "ok" if row.ok else f"DIFFERS: {row.found[:12]}"
    return (row.name, row.component, state, row.licence, row.source, row.expected[:12], check)
