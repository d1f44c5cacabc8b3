"""`mobileswap models`."""

import typer


def models() -> None:
    """List the families, their components and the exact rewrites of each."""
    from mobileswap.model.families import FAMILIES, components

    for entry in FAMILIES:
        typer.echo(f"{entry.name}: {entry.title}; {entry.source}; licence {entry.licence}")
        for part in components(entry.name):
            typer.echo(f"  {part.name}")
            for rewrite in part.rewrites:
                typer.echo(f"    {rewrite.name}: {rewrite.reason}")
