"""`mobileswap swap`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mobileswap.command.grouping import grouped
from mobileswap.command.options import PreferOption, ProgramOptions, ThreadsOption, sources_of, threads_of


@grouped
def swap(
    artifact: Annotated[Path, typer.Option(help="File made by `mobileswap export` that draws faces, of any format.")],
    target: Annotated[
        Path,
        typer.Option(help="Whose picture is changed: an aligned RGB face of the artifact's size, or a folder of them."),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Picture to write; for a folder of targets, a folder.")],
    program: ProgramOptions,
    source: Annotated[
        Path | None, typer.Option(help="Whose face is drawn: an aligned 256x256 RGB photo, or an embedding as .npy.")
    ] = None,
    embedder: Annotated[
        Path | None, typer.Option(help="Artifact that embeds the photo; default: the one beside --artifact.")
    ] = None,
    weights: Annotated[
        list[str] | None,
        typer.Option("--weights", help="Checkpoint that PyTorch embeds the photo with, in place of --embedder."),
    ] = None,
    device: Annotated[
        str, typer.Option(help="Device that the runtime uses, as cpu or cuda; default: the runtime's own.")
    ] = "",
    prefer: PreferOption = None,
    threads: ThreadsOption = None,
    timeout: Annotated[float, typer.Option(min=1, help="Give up after so many seconds for 64 pictures.")] = 600.0,
) -> None:
    """Draw faces with an artifact from disk, to see what ships; each artifact runs in a process of its own."""
    from mobileswap.pipeline.person import Person
    from mobileswap.pipeline.progress import Spoken
    from mobileswap.pipeline.swap import SwapOptions, Swapper
    from mobileswap.runtimes.runtime_entries import RUNTIMES

    found, program_device = program.found()
    options = SwapOptions(threads_of(threads), program_device or device, found, timeout)
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
