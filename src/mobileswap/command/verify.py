"""`mobileswap verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mobileswap.command.options import JsonOption
from mobileswap.command.output import show


def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder made by `mobileswap release`.")],
    public_key: Annotated[
        Path | None, typer.Option(help="Public key of the person who should have signed: PEM, or OpenSSH's .pub file.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Check a release folder offline: every file, every verdict, and the signature."""
    from mobileswap.contracts.files import write_json
    from mobileswap.pipeline.verify import verify as verify_folder
    from mobileswap.reports.verify_table import findings_table, sentence

    found = verify_folder(folder, public_key)
    if not found.passed:
        show(findings_table(found.folder, [(one.problem.value, one.name, one.detail) for one in found.found]))
    typer.echo(sentence(found.manifest, passed=found.passed, signer=found.signer, trusted=found.trusted))
    if json:
        write_json(json, found)
    if not found.passed:
        raise typer.Exit(1)
