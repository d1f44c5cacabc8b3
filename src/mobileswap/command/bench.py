"""`mobileswap bench run` and `bench sizes`; `compare` and `history` are in files of their own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mobileswap.command.bench_compare import compare
from mobileswap.command.bench_history import history
from mobileswap.command.format_options import precision_help
from mobileswap.command.grouping import grouped
from mobileswap.command.options import (
    DEFAULT_FOLDER,
    SEEDED,
    FamilyOption,
    JsonOption,
    OutOption,
    PreferOption,
    ProgramOptions,
    RunsOption,
    ThreadsOption,
    WarmupOption,
    WeightsOrSeededOption,
    file_path,
    require_known,
    sources_of,
    threads_of,
    typed_command,
)
from mobileswap.command.output import show
from mobileswap.command.runtime_options import backend_help, setting_help
from mobileswap.contracts.errors import BadInput
from mobileswap.model.families import DEFAULT_FAMILY

if TYPE_CHECKING:
    from mobileswap.contracts.bench_result import BenchResult, Scenario
    from mobileswap.runtimes.runner import Settings

app = typer.Typer(no_args_is_help=True, help="Time artifacts, compare times, and print sizes.")
app.command("compare")(compare)
app.command("history")(history)


@dataclass(frozen=True)
class SubjectOptions:
    """What is timed."""

    weights: WeightsOrSeededOption = None
    prefer: PreferOption = None
    artifact: Annotated[Path | None, typer.Option(help="Time this file; nothing is exported then.")] = None
    against: Annotated[
        Path | None, typer.Option(help="Time this file by turns with --artifact, and say which is slower.")
    ] = None
    family: FamilyOption = DEFAULT_FAMILY
    component: Annotated[
        str | None,
        typer.Option(help="Component that is timed (see `mobileswap models`); default: the one that papers time."),
    ] = None
    scenario: Annotated[
        str,
        typer.Option(
            help="forward times bare passes; swap embeds a face once and then times frames, from 8-bit picture to "
            "8-bit picture."
        ),
    ] = "forward"
    precision: Annotated[str | None, typer.Option(help=precision_help())] = None

    def checked_scenario(self, *, interleave: bool | None) -> Scenario:
        """The scenario, once it is clear that the options go together.

        Raises:
            BadInput: they do not.
        """
        from mobileswap.contracts.bench_result import Scenario

        if self.artifact and self.weights:
            raise BadInput("--artifact and --weights exclude each other: a file is timed, or one is made from weights")
        if self.against and (self.artifact is None or interleave is False):
            raise BadInput("--against goes with --artifact, and not with --no-interleave: the two files take turns")
        require_known("--scenario", self.scenario, list(Scenario))
        return Scenario(self.scenario)


@dataclass(frozen=True)
class SettingOptions:
    """How the backend is set."""

    device: Annotated[
        str,
        typer.Option(
            help="Device that the backend uses, as cpu, cuda or mps, or a provider of onnxruntime; default: the "
            "backend's own."
        ),
    ] = ""
    dtype: Annotated[str, typer.Option(help=setting_help("dtype", "compute in fp32, bf16 or fp16"))] = "fp32"
    compiled: Annotated[
        bool, typer.Option("--compile", help=setting_help("compiled", "compile the network in the first pass"))
    ] = False
    channels_last: Annotated[
        bool, typer.Option("--channels-last", help=setting_help("channels_last", "lay pictures out as NHWC"))
    ] = False

    def settings(self) -> Settings:
        from mobileswap.contracts.bench_result import DTYPES
        from mobileswap.runtimes.runner import Settings

        require_known("--dtype", self.dtype, list(DTYPES))
        return Settings(self.dtype, self.compiled, self.channels_last)


@dataclass(frozen=True)
class PlanOptions:
    """How often, and in which order."""

    runs: RunsOption = 100
    warmup: WarmupOption = 10
    min_time: Annotated[
        float, typer.Option(min=0, help="Go on after --runs until the passes took so many seconds together.")
    ] = 0.0
    interleave: Annotated[
        bool | None,
        typer.Option(
            "--interleave/--no-interleave",
            help="Let the backends take turns in random blocks; default: if there are several.",
        ),
    ] = None
    threads: ThreadsOption = None
    timeout: Annotated[float, typer.Option(min=1, help="Give up on a backend after so many seconds.")] = 1800.0


@dataclass(frozen=True)
class ResultOptions:
    """Where the result is written to, besides the terminal."""

    json: JsonOption = None
    history: Annotated[
        Path | None, typer.Option(help="Also add the result to this file, which `bench history` reads.")
    ] = None
    pytest_benchmark: Annotated[
        Path | None,
        typer.Option(
            callback=file_path, help="Also write the result to this file in pytest-benchmark's form, for its `compare`."
        ),
    ] = None


@app.command("run")
@grouped
def run(
    backend: Annotated[list[str], typer.Option(help=backend_help())],
    subject: SubjectOptions,
    setting: SettingOptions,
    plan: PlanOptions,
    written: ResultOptions,
    program: ProgramOptions,
    out: OutOption = DEFAULT_FOLDER,
) -> None:
    """Time forward passes, one process per backend; what is not there yet is exported first."""
    from mobileswap.pipeline.bench_options import BenchOptions
    from mobileswap.pipeline.bench_run import BenchRequest, run_bench
    from mobileswap.pipeline.progress import Spoken

    scenario, settings = subject.checked_scenario(interleave=plan.interleave), setting.settings()
    found, program_device = program.found()
    options = BenchOptions(
        runs=plan.runs,
        warmup=plan.warmup,
        min_time_s=plan.min_time,
        interleave=plan.interleave,
        threads=threads_of(plan.threads),
        device=setting.device,
        timeout_s=plan.timeout,
        program=found,
        program_device=program_device,
        settings=settings,
        scenario=scenario,
    )
    request = BenchRequest(
        backends=tuple(backend),
        options=options,
        artifact=subject.artifact,
        against=subject.against,
        weights=sources_of(subject.weights, subject.prefer, (SEEDED,)),
        family=subject.family,
        component=subject.component,
        precision=subject.precision,
        command=typed_command(),
        json=written.json,
        history=written.history,
        pytest_benchmark=written.pytest_benchmark,
    )
    done = run_bench(request, out, Spoken())
    _show(done.result)
    if done.comparison:
        from mobileswap.reports.comparison_table import comparison_table

        show(comparison_table(done.comparison))
    _exit(done.result)


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
    """Print the sizes of the files on disk beside those of the paper."""
    from mobileswap.reports.artifact_folder import artifacts_in
    from mobileswap.reports.size_table import size_table

    show(size_table(artifacts_in(folder)))
