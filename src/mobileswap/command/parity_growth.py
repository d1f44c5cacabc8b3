"""`mobileswap parity growth`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mobileswap.command.grouping import grouped
from mobileswap.command.options import JsonOption, SampleOptions, ThreadsOption
from mobileswap.command.output import show
from mobileswap.contracts.errors import BadInput


@grouped
def growth(
    artifact: Annotated[Path, typer.Argument(help="An fp16 or mixed .mlpackage made by `mobileswap export`.")],
    on: SampleOptions,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Folder for growth.md and the plot, as .svg and .png.")
    ] = None,
    json: JsonOption = None,
    threads: ThreadsOption = None,
) -> None:
    """Follow the error of fp16 arithmetic through a CoreML file, operation by operation."""
    from tempfile import TemporaryDirectory

    from mobileswap.contracts.files import write_json
    from mobileswap.pipeline.inside import growth_of
    from mobileswap.pipeline.progress import Spoken
    from mobileswap.reports.growth_tables import growth_table, write_growth_folder

    if out and out.exists() and not out.is_dir():
        raise BadInput(f"-o {out}: expected a folder, this is a file; name another")
    options = on.for_looking(threads)
    with TemporaryDirectory(prefix="mobileswap-") as scratch:
        report = growth_of(artifact, options, Path(scratch), Spoken())
    show(growth_table(report))
    if json:
        write_json(json, report)
    if out:
        for path in write_growth_folder(report, out):
            typer.echo(f"wrote {path}")
