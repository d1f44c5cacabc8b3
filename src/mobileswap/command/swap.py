"""`mobileswap swap`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mobileswap.command.options import (
    AdbOption,
    PreferOption,
    SerialOption,
    ThreadsOption,
    TnnDeviceOption,
    TnnTestOption,
    program_of,
    sources_of,
    threads_of,
)


def swap(
    artifact: Annotated[Path, typer.Option(help="Generator made by `mobileswap export`, of any format.")],
    target: Annotated[Path, typer.Option(help="Aligned RGB face of the artifact's size, or a folder of them.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The picture; with a folder of targets, a folder.")],
    source: Annotated[
        Path | None, typer.Option(help="Whose face: aligned 256x256 RGB photo, or embedding as .npy.")
    ] = None,
    embedder: Annotated[
        Path | None, typer.Option(help="Artifact for the photo's embedding; default: the one beside --artifact.")
    ] = None,
    weights: Annotated[
        list[str] | None, typer.Option("--weights", help="Checkpoint of the embedder, for PyTorch to run instead.")
    ] = None,
    prefer: PreferOption = None,
    device: Annotated[str, typer.Option(help="Compute unit or provider; default: the runtime's own.")] = "",
    threads: ThreadsOption = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for 64 pictures.")] = 600.0,
    tnn_test: TnnTestOption = None,
    tnn_device: TnnDeviceOption = "",
    adb: AdbOption = False,
    serial: SerialOption = "",
) -> None:
    """Swap faces with an artifact from disk, to see what ships; each artifact runs in a process of its own."""
    from mobileswap.pipeline.person import Person
    from mobileswap.pipeline.progress import Spoken
    from mobileswap.pipeline.swap import SwapOptions, Swapper
    from mobileswap.runtimes.runtime_entries import RUNTIMES

    program, program_device = program_of(tnn_test, adb, serial, tnn_device)
    options = SwapOptions(threads_of(threads), program_device or device, program, timeout)
    swapper = Swapper(artifact, options)
    person = Person(source, embedder, sources_of(weights, prefer))
    done = swapper.swap(person, target, out, Spoken())
    if swapper.runtime.reference_executor:
        vendor = next(r.name for r in RUNTIMES if r.benchmarkable and swapper.artifact.format in r.formats)
        _say(f"{artifact.name} ran in {swapper.runtime.name}, our own executor, as {vendor} itself is not here")
    if not swapper.artifact.weights.trained:
        _say("UNTRAINED weights: what they draw is no face")
    if not swapper.artifact.verified:
        _say(f"{artifact.name} is UNVERIFIED: its parity has not passed")
    for line in done.refused:
        _say(line)
    if target.is_dir():
        typer.echo(f"wrote {len(done.written)} pictures to {out}")
    else:
        typer.echo(f"wrote {out}")
    if done.refused:
        raise typer.Exit(2)


def _say(line: str) -> None:
    typer.echo(f"mobileswap: {line}", err=True)
