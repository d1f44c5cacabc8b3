"""`mobileswap bench run` and `bench sizes`; `compare` and `history` are in files of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mobileswap.command.bench_compare import compare
from mobileswap.command.bench_history import history
from mobileswap.command.options import (
    DEFAULT_FAMILY,
    DEFAULT_FOLDER,
    AdbOption,
    FamilyOption,
    JsonOption,
    OutOption,
    PreferOption,
    RunsOption,
    SerialOption,
    ThreadsOption,
    TnnDeviceOption,
    TnnTestOption,
    WarmupOption,
    file_path,
    program_of,
    require_known,
    sources_of,
    threads_of,
    typed_command,
)
from mobileswap.command.output import show
from mobileswap.contracts.errors import BadInput, Unavailable

if TYPE_CHECKING:
    from mobileswap.contracts.bench_result import BenchResult

app = typer.Typer(no_args_is_help=True, help="Time artifacts, compare times, and print sizes.")
app.command("compare")(compare)
app.command("history")(history)


@app.command("run")
def run(
    backend: Annotated[list[str], typer.Option(help="pytorch, onnxruntime, coreml (on macOS), tnn; repeatable.")],
    weights: Annotated[
        list[str] | None, typer.Option("--weights", help="As for export; default: seeded, built in and untrained.")
    ] = None,
    prefer: PreferOption = None,
    artifact: Annotated[Path | None, typer.Option(help="Time this file instead of exporting from --weights.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="Time this file by turns with --artifact, and say which is slower.")
    ] = None,
    family: FamilyOption = DEFAULT_FAMILY,
    component: Annotated[
        str | None, typer.Option(help="One of the family's (see `models`); default: the one that papers time.")
    ] = None,
    scenario: Annotated[
        str, typer.Option(help="forward: bare passes; swap: embedding once, then frames, 8-bit pictures in and out.")
    ] = "forward",
    precision: Annotated[str | None, typer.Option(help="fp32 or fp16; default: the format's own.")] = None,
    device: Annotated[
        str, typer.Option(help="As cpu, cuda or mps, or a provider of onnxruntime; default: the backend's own.")
    ] = "",
    dtype: Annotated[str, typer.Option(help="pytorch computes in fp32, bf16 or fp16.")] = "fp32",
    compiled: Annotated[
        bool, typer.Option("--compile", help="pytorch compiles the network in its first pass.")
    ] = False,
    channels_last: Annotated[bool, typer.Option("--channels-last", help="pytorch lays pictures out as NHWC.")] = False,
    runs: RunsOption = 100,
    warmup: WarmupOption = 10,
    min_time: Annotated[float, typer.Option(min=0, help="And go on until the passes took so many seconds.")] = 0.0,
    interleave: Annotated[
        bool | None,
        typer.Option(
            "--interleave/--no-interleave", help="Take turns in random blocks; default: if there are several."
        ),
    ] = None,
    threads: ThreadsOption = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for one backend.")] = 1800.0,
    json: JsonOption = None,
    history: Annotated[Path | None, typer.Option(help="Also add the result to this file, for `bench history`.")] = None,
    pytest_benchmark: Annotated[
        Path | None,
        typer.Option(callback=file_path, help="Also write the result as pytest-benchmark does, for its `compare`."),
    ] = None,
    tnn_test: TnnTestOption = None,
    tnn_device: TnnDeviceOption = "",
    adb: AdbOption = False,
    serial: SerialOption = "",
    out: OutOption = DEFAULT_FOLDER,
) -> None:
    """Time forward passes, one process per backend; exports first what is not there yet."""
    from mobileswap.bench.compare import compare_within
    from mobileswap.bench.history import remember, require_history
    from mobileswap.contracts.bench_result import DTYPES, Scenario, write_result
    from mobileswap.contracts.files import write_json
    from mobileswap.pipeline.bench_options import BenchOptions
    from mobileswap.pipeline.export import ExportOptions
    from mobileswap.pipeline.measure import format_of, measure, require_backend
    from mobileswap.pipeline.progress import Spoken
    from mobileswap.pipeline.reuse import found_or_exported
    from mobileswap.reports.comparison_table import comparison_table
    from mobileswap.reports.pytest_benchmark import pytest_benchmark_form
    from mobileswap.runtimes.runner import Settings

    if artifact and weights:
        raise BadInput("--artifact and --weights exclude each other: a file is timed, or one is made from weights")
    if against and (artifact is None or interleave is False):
        raise BadInput("--against goes with --artifact, and not with --no-interleave: the two files take turns")
    if history:
        require_history(history)
    require_known("--scenario", scenario, list(Scenario))
    require_known("--dtype", dtype, list(DTYPES))
    if scenario == Scenario.SWAP and component:
        raise BadInput(f"--scenario swap: it takes all components together; leave --component {component} out")
    program, program_device = program_of(tnn_test, adb, serial, tnn_device)
    options = BenchOptions(
        runs=runs,
        warmup=warmup,
        min_time_s=min_time,
        interleave=interleave,
        threads=threads_of(threads),
        device=device,
        timeout_s=timeout,
        program=program,
        program_device=program_device,
        settings=Settings(dtype, compiled, channels_last),
        scenario=Scenario(scenario),
    )
    missing = [reason for name in backend if (reason := require_backend(name, options))]
    if len(missing) == len(backend):
        raise Unavailable("; ".join(missing))
    pairs: list[tuple[str, Path]] = []
    if artifact:
        pairs = [(name, path) for name in backend for path in (artifact, against) if path]
    else:
        from mobileswap.pipeline.networks import load_networks

        networks = load_networks(family, sources_of(weights, prefer, ("seeded",)))
        # A swap finds the others beside the one that gives the picture
        main = component or networks.family.components[0]
        parts = networks.family.chain.parts() if scenario == Scenario.SWAP else (main,)
        for name in backend:
            made = [
                found_or_exported(
                    networks,
                    ExportOptions(
                        format=format_of(name),
                        component=part,
                        precision=precision,
                        threads=options.threads,
                        command=typed_command(),
                    ),
                    out,
                    Spoken(),
                )
                for part in parts
            ]
            pairs.append((name, made[-1]))
    result = measure(pairs, options, out, Spoken(), typed_command())
    _show(result)
    if against:
        show(comparison_table(compare_within(result, str(artifact))))
    if json:
        write_result(result, json)
    if pytest_benchmark:
        write_json(pytest_benchmark, pytest_benchmark_form(result))
    if history:
        remember(result, history)
    _exit(result)


def _show(result: BenchResult) -> None:
    from mobileswap.contracts.bench_result import Doubt
    from mobileswap.reports.speed_table import speed_table

    show(speed_table(result))
    for one in result.runs:
        where = ", ".join((f"{one.artifact} in {one.backend}", *one.settings))
        if not one.outcome.passed:
            typer.echo(f"mobileswap: {where}: {one.outcome}: {one.detail}", err=True)
        for flag in one.flags:
            if flag.doubt is Doubt.UNVERIFIED:
                typer.echo(f"mobileswap: {where}: timed and UNVERIFIED: {flag.detail}", err=True)


def _exit(result: BenchResult) -> None:
    from mobileswap.contracts.verdict import Outcome

    if any(one.outcome is Outcome.UNAVAILABLE for one in result.runs):
        raise typer.Exit(3)
    if not all(one.outcome.passed for one in result.runs):
        raise typer.Exit(1)


@app.command("sizes")
def sizes(
    folder: Annotated[Path, typer.Argument(help="Folder with exported artifacts.")] = DEFAULT_FOLDER,
) -> None:
    """Sizes from the bytes on disk beside the paper's."""
    from mobileswap.reports.artifact_folder import artifacts_in
    from mobileswap.reports.size_table import size_table

    show(size_table(artifacts_in(folder)))
