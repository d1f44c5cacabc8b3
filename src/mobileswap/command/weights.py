"""`mobileswap weights`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mobileswap.command.options import FamilyOption, PreferOption, sources_of
from mobileswap.command.output import show
from mobileswap.model.families import DEFAULT_FAMILY

app = typer.Typer(no_args_is_help=True, help="List and check the built-in weights and faces, or convert a checkpoint.")


@app.command("list")
def list_built_in() -> None:
    """List what is built in."""
    from mobileswap.pipeline.built_in_table import catalogue_table
    from mobileswap.weights.catalogue import listed

    show(catalogue_table(listed()))


@app.command("verify")
def verify() -> None:
    """Make or read every built-in entry again and compare its hash with the manifest's."""
    from mobileswap.model.families import FAMILIES, components
    from mobileswap.pipeline.built_in_table import catalogue_table
    from mobileswap.weights.catalogue import Recipe, verified

    parts = [part for entry in FAMILIES for part in components(entry.name)]
    rows = verified({(part.family, part.name): Recipe(part.shapes(), part.gains) for part in parts})
    show(catalogue_table(rows))
    if not all(row.ok for row in rows):
        raise typer.Exit(1)


@app.command("convert")
def convert(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint, or a folder of them.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="File to write; default: beside the checkpoint, as .safetensors.")
    ] = None,
    family: FamilyOption = DEFAULT_FAMILY,
    prefer: PreferOption = None,
) -> None:
    """Check a checkpoint and write it as .safetensors, a container that cannot hold code."""
    from mobileswap.pipeline.convert_weights import convert as run_convert

    (source,) = sources_of([str(checkpoint)], prefer)
    for path in run_convert(source, out, family):
        typer.echo(f"wrote {path}")
