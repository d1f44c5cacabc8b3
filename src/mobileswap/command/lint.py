"""`mobileswap lint ane` and `lint fp16`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mobileswap.command.grouping import grouped
from mobileswap.command.options import JsonOption, SampleOptions, ThreadsOption, require_known
from mobileswap.command.output import show

app = typer.Typer(no_args_is_help=True, help="Predict from a file how a device will run it.")


@app.command("ane")
def ane(
    artifact: Annotated[Path, typer.Argument(help="A CoreML package (.mlpackage).")],
    tier: Annotated[
        str | None, typer.Option(help="Only this chip: A13, A14, A15 or A16+; default: all of them.")
    ] = None,
    plan: Annotated[
        Path | None, typer.Option(help="A device's own compute plan as JSON; it overrules the prediction.")
    ] = None,
    dump: Annotated[
        bool, typer.Option("--dump", help="Print the script that makes such a plan on a Mac, and end.")
    ] = False,
    json: JsonOption = None,
) -> None:
    """Predict for each operation whether Apple's Neural Engine runs it, and name the rule and its source."""
    if dump:
        from mobileswap.lint.ane.device_plan import DUMP

        typer.echo(DUMP)
        return
    from mobileswap.contracts.lint_report import TIERS, write_lint
    from mobileswap.lint.ane import lint
    from mobileswap.reports.lint_tables import lint_tables

    if tier is not None:
        require_known("--tier", tier, list(TIERS))
    report = lint(artifact, tier, plan)
    for table in lint_tables(report):
        show(table)
    if json:
        write_lint(report, json)


@app.command("fp16")
@grouped
def fp16(
    artifact: Annotated[Path, typer.Argument(help="A file made by `mobileswap export`, of any precision.")],
    on: SampleOptions,
    json: JsonOption = None,
    threads: ThreadsOption = None,
) -> None:
    """List the tensors whose values come close to the limits of half precision, with their modules."""
    from tempfile import TemporaryDirectory

    from mobileswap.contracts.files import write_json
    from mobileswap.pipeline.inside import ranges_of
    from mobileswap.pipeline.progress import Spoken
    from mobileswap.reports.range_tables import ranges_table

    options = on.for_looking(threads)
    with TemporaryDirectory(prefix="mobileswap-") as scratch:
        report = ranges_of(artifact, options, Path(scratch), Spoken())
    show(ranges_table(report))
    if json:
        write_json(json, report)
