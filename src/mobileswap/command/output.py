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


def warned(artifacts: Sequence[Artifact]) -> bool:
    """Whether one passed with a warning, which is then told: with --strict that is no pass."""
    from mobileswap.contracts.verdict import Outcome

    reports = [
        (artifact, report)
        for artifact in artifacts
        for report in artifact.parity
        if report.outcome is Outcome.PASS_WITH_WARNING or report.waived
    ]
    for artifact, report in reports:
        typer.echo(f"mobileswap: --strict: {artifact.name} in {report.runtime}: {report.sentence}", err=True)
    return bool(reports)


def show(table: Table) -> None:
    from mobileswap.reports.table import show as render

    render(table, sys.stdout)
