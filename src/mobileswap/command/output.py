"""What a command prints."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from mobileswap.contracts.artifact import Artifact
    from mobileswap.reports.table import Table


def explain(artifacts: Sequence[Artifact]) -> None:
    """Why what did not pass did not; the table has no room for it."""
    for artifact in artifacts:
        for report in artifact.parity:
            if not report.passed:
                typer.echo(f"mobileswap: {artifact.name} in {report.runtime}: {report.sentence}", err=True)


def show(table: Table) -> None:
    from mobileswap.reports.table import show as render

    render(table, sys.stdout)
