"""`mobileswap release`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from command.options import (
    DEFAULT_FOLDER,
    AdbOption,
    FamilyOption,
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

DEFAULT_RELEASE = DEFAULT_FOLDER / "release"


def release(
    weights: Annotated[
        list[str] | None, typer.Option("--weights", help="As for export; default: seeded, built in and untrained.")
    ] = None,
    family: FamilyOption = "mobilefsgan",
    runs: RunsOption = 100,
    warmup: WarmupOption = 10,
    threads: ThreadsOption = None,
    tnn_test: TnnTestOption = None,
    tnn_device: TnnDeviceOption = "",
    adb: AdbOption = False,
    serial: SerialOption = "",
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the release.")] = DEFAULT_RELEASE,
) -> None:
    """Everything in one go: export, prove, time, tables, and a README for the person who signs."""
    from pipeline.measure import BenchOptions
    from pipeline.progress import Spoken
    from pipeline.release import release as run_release
    from pipeline.source import Source

    source = Source(family, tuple(weights or ("seeded",)))
    program, program_device = program_of(tnn_test, adb, serial, tnn_device)
    options = BenchOptions(
        runs=runs,
        warmup=warmup,
        threads=threads_of(threads),
        program=program,
        program_device=program_device,
    )
    released = run_release(source, out, options, Spoken(), typed_command())
    for table in released.tables:
        show(table)
    typer.echo(f"{released.folder / 'README.md'} is for the person who signs")
    if not released.passed:
        raise typer.Exit(1)
