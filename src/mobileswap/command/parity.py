"""`mobileswap parity check` and `parity bisect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mobileswap.command.grouping import grouped
from mobileswap.command.options import (
    DEFAULT_FOLDER,
    JsonOption,
    LimitOptions,
    OutOption,
    PreferOption,
    ProgramOptions,
    SameWeightsOption,
    SampleOptions,
    StrictOption,
    ThreadsOption,
    sources_of,
    threads_of,
    typed_command,
)
from mobileswap.command.output import explain, show, warned
from mobileswap.contracts.errors import BadInput

app = typer.Typer(no_args_is_help=True, help="Compare artifacts with the untouched model again.")


@app.command("check")
@grouped
def check(
    artifacts: Annotated[list[Path], typer.Argument(help="Files made by `mobileswap export`.")],
    limits: LimitOptions,
    on: SampleOptions,
    program: ProgramOptions,
    waive: Annotated[
        list[str] | None,
        typer.Option(help="RUNTIME=REASON: do without this runtime's check; the report shows the reason."),
    ] = None,
    strict: StrictOption = False,
    report: Annotated[
        Path | None, typer.Option(help="Folder for parity.json, parity.md and pictures of the worst samples.")
    ] = None,
    json: JsonOption = None,
    threads: ThreadsOption = None,
) -> None:
    """Prove artifacts again, from the files on disk and the golden file of their export.

    A check on fewer than 8 samples proves nothing, and passes nothing.
    """
    from tempfile import TemporaryDirectory

    from mobileswap.contracts.files import write_json
    from mobileswap.model.inputs.user_folder import Inputs
    from mobileswap.pipeline.parity_check import CheckOptions, check_artifacts
    from mobileswap.pipeline.progress import Spoken
    from mobileswap.reports.parity_folder import write_parity_folder
    from mobileswap.reports.parity_tables import parity_table
    from mobileswap.runtimes.runner import RunnerOptions

    if report and report.exists() and not report.is_dir():
        raise BadInput(f"--report {report}: expected a folder, this is a file; name another")
    found, device = program.found()
    options = CheckOptions(
        runner=RunnerOptions(threads_of(threads), device, found),
        gate=limits.gate(waive),
        inputs=Inputs(on.inputs, on.samples),
        weights=on.sources(),
        pictures=report is not None,
    )
    with TemporaryDirectory(prefix="mobileswap-") as scratch:
        evidence = check_artifacts(artifacts, options, Path(scratch), Spoken())
        checked = [one.artifact for one in evidence]
        if report:
            write_parity_folder(report, evidence, typed_command())
    show(parity_table(checked))
    explain(checked)
    if json:
        write_json(json, [one for artifact in checked for one in artifact.parity])
    if not all(artifact.accepted for artifact in checked) or (strict and warned(checked)):
        raise typer.Exit(1)


@app.command("bisect")
def bisect(
    artifact: Annotated[Path, typer.Argument(help="A file made by `mobileswap export`.")],
    weights: SameWeightsOption = None,
    prefer: PreferOption = None,
    identity: Annotated[
        Path | None,
        typer.Option(help="Photo or embedding that was baked in; needed only where the golden file is gone."),
    ] = None,
    out: OutOption = DEFAULT_FOLDER,
    json: JsonOption = None,
    threads: ThreadsOption = None,
) -> None:
    """Name the first operation of an artifact that does not compute what the model's does."""
    from mobileswap.contracts.files import write_json
    from mobileswap.pipeline.bisect import BisectOptions
    from mobileswap.pipeline.bisect import bisect as search
    from mobileswap.pipeline.progress import Spoken
    from mobileswap.reports.bisect_tables import bisect_table

    options = BisectOptions(out, sources_of(weights, prefer), identity, threads_of(threads))
    found = search(artifact, options, Spoken())
    show(bisect_table(found))
    if json:
        write_json(json, found)
    if not found.finding.passed:
        typer.echo(f"mobileswap: {found.artifact}: {found.sentence}", err=True)
        raise typer.Exit(1)
