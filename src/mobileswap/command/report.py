"""`mobileswap report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    run_dir: Annotated[Path, typer.Argument(help="Folder written by `release`, `parity check --report` or `export`.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="HTML file to write; default: report.html in the folder.")
    ] = None,
) -> None:
    """Write one HTML file on what a folder holds: verdict, faces, times, sizes; every number links to its JSON."""
    from mobileswap.reports.page import write_report

    typer.echo(f"{write_report(run_dir, out)} is for the person who looks before signing")
