"""`mobileswap release`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from mobileswap.command.grouping import grouped
from mobileswap.command.options import (
    DEFAULT_FOLDER,
    SEEDED,
    FamilyOption,
    PreferOption,
    ProgramOptions,
    RunsOption,
    StrictOption,
    ThreadsOption,
    WarmupOption,
    WeightsOrSeededOption,
    sources_of,
    threads_of,
    typed_command,
)
from mobileswap.command.output import show
from mobileswap.contracts.errors import BadInput
from mobileswap.model.families import DEFAULT_FAMILY

DEFAULT_RELEASE = DEFAULT_FOLDER / "release"
PASSWORD_VARIABLE = "MOBILESWAP_PASSPHRASE"  # noqa: S105  a name


@grouped
def release(
    program: ProgramOptions,
    weights: WeightsOrSeededOption = None,
    prefer: PreferOption = None,
    family: FamilyOption = DEFAULT_FAMILY,
    runs: RunsOption = 100,
    warmup: WarmupOption = 10,
    threads: ThreadsOption = None,
    strict: StrictOption = False,
    sign: Annotated[
        Path | None,
        typer.Option(metavar="KEY", help="Sign manifest.json with this private Ed25519 key (PEM or OpenSSH)."),
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Make everything anew, also what an earlier release in the folder has proven."),
    ] = False,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder of the release.")] = DEFAULT_RELEASE,
) -> None:
    """Export, prove and time everything, and write the tables and a README for the person who signs.

    An interrupted release goes on where it was. What is proven for the same weights and options is not done again.
    """
    from mobileswap.contracts.release_verdict import ReleaseVerdict
    from mobileswap.pipeline.bench_options import BenchOptions
    from mobileswap.pipeline.networks import load_networks
    from mobileswap.pipeline.progress import Spoken
    from mobileswap.pipeline.release import release as run_release
    from mobileswap.pipeline.signing import read_private_key

    key = read_private_key(sign, lambda: _passphrase(sign)) if sign else None
    networks = load_networks(family, sources_of(weights, prefer, (SEEDED,)))
    found, device = program.found()
    options = BenchOptions(
        runs=runs,
        warmup=warmup,
        threads=threads_of(threads),
        program=found,
        program_device=device,
    )
    released = run_release(networks, out, options, Spoken(), typed_command(), key=key, fresh=fresh)
    for table in released.tables:
        show(table)
    typer.echo(f"{released.folder / 'report.html'} and README.md are for the person who signs")
    if not released.passed or (strict and released.verdict != ReleaseVerdict.PASS):
        raise typer.Exit(1)


def _passphrase(key: Path) -> str:
    """From the person at the terminal, or where nobody sits there, from the environment."""
    if given := os.environ.get(PASSWORD_VARIABLE):
        return given
    if not sys.stdin.isatty():
        raise BadInput(f"--sign {key}: the key has a passphrase; set {PASSWORD_VARIABLE}, or use a terminal")
    return str(typer.prompt(f"Passphrase of {key}", hide_input=True, err=True))
