"""`mobileswap parity check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from command.options import (
    AdbOption,
    JsonOption,
    SerialOption,
    ThreadsOption,
    TnnDeviceOption,
    TnnTestOption,
    device_of,
    program_of,
    threads_of,
)
from command.output import explain, show
from contracts.errors import BadInput

if TYPE_CHECKING:
    from contracts.artifact import Artifact

app = typer.Typer(no_args_is_help=True, help="Hold artifacts against the untouched model again.")


@app.command("check")
def check(
    artifacts: Annotated[list[Path], typer.Argument(help="Files made by `mobileswap export`.")],
    json: JsonOption = None,
    threads: ThreadsOption = None,
    tnn_test: TnnTestOption = None,
    tnn_device: TnnDeviceOption = "",
    adb: AdbOption = False,
    serial: SerialOption = "",
) -> None:
    """Prove artifacts again, from the files on disk and the golden file that they were exported with."""
    from bench.runner import RunnerOptions
    from contracts.artifact import read_artifact, require_unchanged
    from contracts.files import write_json
    from pipeline.export import GOLDEN, prove
    from pipeline.measure import find_golden
    from pipeline.progress import Spoken
    from reports.parity import parity_table

    options = RunnerOptions(threads_of(threads), device_of(tnn_device, adb), program_of(tnn_test, adb, serial))
    checked: list[Artifact] = []
    for path in artifacts:
        artifact = read_artifact(path)
        require_unchanged(artifact, path.parent)
        file = path.parent / artifact.files[0].name
        golden = find_golden(artifact, (file.parent / GOLDEN, file.parent.parent / GOLDEN))
        if golden is None:
            raise BadInput(f"{path}: the golden file it was proven with is not in {file.parent / GOLDEN}; export again")
        checked.append(prove(artifact, file, golden, options, Spoken()))
    show(parity_table(checked))
    explain(checked)
    if json:
        write_json(json, [report for artifact in checked for report in artifact.parity])
    if not all(artifact.verified for artifact in checked):
        raise typer.Exit(1)
