"""`mobileswap lint ane` and `lint fp16`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mobileswap.command.options import (
    InputsOption,
    JsonOption,
    PreferOption,
    SamplesOption,
    SampleWeightsOption,
    ThreadsOption,
    check_options_of,
    require_known,
)
from mobileswap.command.output import show

app = typer.Typer(no_args_is_help=True, help="Predict, from a file alone, how a device will run it.")


@app.command("ane")
def ane(
    artifact: Annotated[Path, typer.Argument(help="A .mlpackage.")],
    tier: Annotated[str | None, typer.Option(help="A13, A14, A15 or A16+; default: all of them.")] = None,
    plan: Annotated[
        Path | None, typer.Option(help="A device's own compute plan as JSON; where it speaks, it decides.")
    ] = None,
    dump: Annotated[bool, typer.Option("--dump", help="Print the script that makes such a plan on a Mac.")] = False,
    json: JsonOption = None,
) -> None:
    """Say of each operation whether Apple's Neural Engine is expected to run it, by which rule and whose word."""
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
def fp16(
    artifact: Annotated[Path, typer.Argument(help="A file made by `mobileswap export`, of any precision.")],
    inputs: InputsOption = None,
    samples: SamplesOption = None,
    weights: SampleWeightsOption = None,
    prefer: PreferOption = None,
    json: JsonOption = None,
    threads: ThreadsOption = None,
) -> None:
    """List the tensors whose values come close to the ends of half precision, with their modules."""
    from tempfile import TemporaryDirectory

    from mobileswap.contracts.files import write_json
    from mobileswap.pipeline.inside import ranges_of
    from mobileswap.pipeline.progress import Spoken
    from mobileswap.reports.range_tables import ranges_table

    options = check_options_of(inputs, samples, weights, prefer, threads)
    with TemporaryDirectory(prefix="mobileswap-") as scratch:
        report = ranges_of(artifact, options, Path(scratch), Spoken())
    show(ranges_table(report))
    if json:
        write_json(json, report)
