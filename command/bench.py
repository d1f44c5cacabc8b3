"""`mobileswap bench run` and `bench sizes`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from command.options import (
    DEFAULT_FOLDER,
    AdbOption,
    FamilyOption,
    JsonOption,
    OutOption,
    RunsOption,
    SerialOption,
    ThreadsOption,
    TnnDeviceOption,
    TnnTestOption,
    WarmupOption,
    program_of,
    threads_of,
    typed_command,
)
from command.output import show
from contracts.errors import BadInput, Unavailable

app = typer.Typer(no_args_is_help=True, help="Time artifacts, and print their sizes.")


@app.command("run")
def run(
    backend: Annotated[list[str], typer.Option(help="pytorch, onnxruntime, coreml (on macOS), tnn; repeatable.")],
    weights: Annotated[
        list[str] | None, typer.Option("--weights", help="As for export; default: seeded, built in and untrained.")
    ] = None,
    artifact: Annotated[Path | None, typer.Option(help="Time this file instead of exporting from --weights.")] = None,
    family: FamilyOption = "mobilefsgan",
    component: Annotated[str, typer.Option(help="generator (the paper's figure) or embedder.")] = "generator",
    precision: Annotated[str | None, typer.Option(help="fp32 or fp16; default: the format's own.")] = None,
    device: Annotated[str, typer.Option(help="Compute unit or provider; default: the backend's own.")] = "",
    runs: RunsOption = 100,
    warmup: WarmupOption = 10,
    threads: ThreadsOption = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for one backend.")] = 1800.0,
    json: JsonOption = None,
    tnn_test: TnnTestOption = None,
    tnn_device: TnnDeviceOption = "",
    adb: AdbOption = False,
    serial: SerialOption = "",
    out: OutOption = DEFAULT_FOLDER,
) -> None:
    """Time forward passes, one process per backend; exports first what is not there yet."""
    from contracts.result import write_result
    from contracts.verdict import Outcome
    from pipeline.export import ExportOptions
    from pipeline.measure import BenchOptions, format_of, found_or_exported, measure, require_backend
    from pipeline.progress import Spoken
    from reports.speed import speed_table

    if artifact and weights:
        raise BadInput("--artifact and --weights exclude each other: a file is timed, or one is made from weights")
    program, program_device = program_of(tnn_test, adb, serial, tnn_device)
    options = BenchOptions(runs, warmup, threads_of(threads), device, timeout, program, program_device)
    missing = [reason for name in backend if (reason := require_backend(name, options))]
    if len(missing) == len(backend):
        raise Unavailable("; ".join(missing))
    pairs: list[tuple[str, Path]] = []
    if artifact:
        pairs = [(name, artifact) for name in backend]
    else:
        from pipeline.source import Source

        source = Source(family, tuple(weights or ("seeded",)))
        for name in backend:
            wanted = ExportOptions(
                format=format_of(name),
                component=component,
                precision=precision,
                threads=options.threads,
                command=typed_command(),
            )
            pairs.append((name, found_or_exported(source, wanted, out, Spoken())))
    result = measure(pairs, options, out, Spoken(), typed_command())
    show(speed_table(result))
    for one in result.runs:
        if not one.outcome.passed:
            typer.echo(f"mobileswap: {one.artifact} in {one.backend}: {one.outcome}: {one.detail}", err=True)
    if json:
        write_result(result, json)
    if any(one.outcome is Outcome.UNAVAILABLE for one in result.runs):
        raise typer.Exit(3)
    if not all(one.outcome.passed for one in result.runs):
        raise typer.Exit(1)


@app.command("sizes")
def sizes(
    folder: Annotated[Path, typer.Argument(help="Folder with exported artifacts.")] = DEFAULT_FOLDER,
) -> None:
    """Sizes from the bytes on disk beside the paper's."""
    from reports.artifacts import artifacts_in
    from reports.sizes import size_table

    show(size_table(artifacts_in(folder)))
