"""`mobileswap export`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mobileswap.command.format_options import FORMAT_HELP, OwnOptions, precision_help, target_help
from mobileswap.command.grouping import grouped
from mobileswap.command.options import (
    DEFAULT_FOLDER,
    FamilyOption,
    LimitOptions,
    OutOption,
    PreferOption,
    ProgramOptions,
    StrictOption,
    ThreadsOption,
    WeightsOption,
    require_known,
    sources_of,
    threads_of,
    typed_command,
)
from mobileswap.command.output import explain, show, warned
from mobileswap.model.families import DEFAULT_FAMILY

if TYPE_CHECKING:
    from mobileswap.pipeline.export import Exported
    from mobileswap.pipeline.networks import Networks


@dataclass(frozen=True)
class WhatOptions:
    """Which component is exported, and with which border."""

    component: Annotated[
        str | None,
        typer.Option(
            help="A component's name, or all; default: those that the weights hold, or what takes --identity."
        ),
    ] = None
    precision: Annotated[str | None, typer.Option(help=precision_help())] = None
    identity: Annotated[
        Path | None,
        typer.Option(help="Bake this person in: an aligned RGB photo, or an embedding as .npy."),
    ] = None
    io: Annotated[
        str, typer.Option(help="What goes in and comes out: tensor (floats in [-1, 1]) or image (8-bit RGB).")
    ] = "tensor"
    size: Annotated[
        int | None, typer.Option(max=1024, help="Size of the picture in pixels, where the network takes several.")
    ] = None


@dataclass(frozen=True)
class HowOptions:
    """What is left out or chosen on the way."""

    target: Annotated[str, typer.Option(help=target_help())] = "auto"
    no_rewrite: Annotated[
        list[str] | None,
        typer.Option(help="Leave this exact rewrite out; `mobileswap models` lists them; repeatable."),
    ] = None
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Skip the proof; artifact.json says that it was skipped.")
    ] = False


@grouped
def export(
    format_name: Annotated[str, typer.Argument(metavar="FORMAT", help=FORMAT_HELP)],
    weights: WeightsOption,
    what: WhatOptions,
    own: OwnOptions,
    how: HowOptions,
    limits: LimitOptions,
    program: ProgramOptions,
    prefer: PreferOption = None,
    family: FamilyOption = DEFAULT_FAMILY,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
    out: OutOption = DEFAULT_FOLDER,
) -> None:
    """Export to FORMAT, prove each file against PyTorch, and only then give it its name."""
    from mobileswap.pipeline.export import ExportOptions
    from mobileswap.pipeline.export_many import export_many
    from mobileswap.pipeline.identity_to_bake import read_identity
    from mobileswap.pipeline.networks import load_networks
    from mobileswap.pipeline.progress import Spoken

    names = _formats(format_name, what.io)
    _require_words(what, how)
    found, device = program.found()
    gate = limits.gate()
    networks = load_networks(family, sources_of(weights, prefer))
    chosen = _components(networks, what)
    person = read_identity(networks, what.identity, _taker(networks, chosen)) if what.identity else None
    asked = ExportOptions(
        format=names[0],
        component=chosen[0],
        precision=what.precision,
        io=what.io,
        size=what.size,
        identity=person,
        own=asdict(own),
        target=how.target,
        without=tuple(how.no_rewrite or ()),
        verify=not how.no_verify,
        gate=gate,
        threads=threads_of(threads),
        program=found,
        device=device,
        command=typed_command(),
    )
    done = export_many(networks, asked, names, chosen, out, Spoken())
    _tell_exported(done)
    if strict and warned([entry.artifact for entry in done]):
        raise typer.Exit(1)


def _formats(asked: str, io: str) -> list[str]:
    from mobileswap.contracts.format_facts import FORMATS

    require_known("FORMAT", asked, [*(entry.name for entry in FORMATS), "all"])
    shipped = [entry.name for entry in FORMATS if entry.shipped and (io == "tensor" or entry.image_layout)]
    return shipped if asked == "all" else [asked]


def _require_words(what: WhatOptions, how: HowOptions) -> None:
    from mobileswap.contracts.format_facts import all_precisions

    require_known("--io", what.io, ["tensor", "image"])
    require_known("--target", how.target, ["ane", "cpu", "auto"])
    if what.precision is not None:
        require_known("--precision", what.precision, list(all_precisions()))


def _taker(networks: Networks, chosen: list[str]) -> str:
    """The component that the identity is baked into; the first one refuses it where none can."""
    return next((name for name in chosen if networks.component(name).bake), chosen[0])


def _components(networks: Networks, what: WhatOptions) -> list[str]:
    """Only what an identity can be baked into is exported with one, unless more is asked for."""
    known = list(networks.components)
    if what.component == "all":
        return known
    if what.component is not None:
        require_known("--component", what.component, [*known, "all"])
        return [what.component]
    baking = [name for name, part in networks.components.items() if part.bake]
    return baking if what.identity else list(networks.weights)


def _tell_exported(done: list[Exported]) -> None:
    from mobileswap.reports.float32_operations import kept_table
    from mobileswap.reports.parity_tables import parity_table

    artifacts = [entry.artifact for entry in done]
    show(parity_table(artifacts))
    for artifact in artifacts:
        if artifact.precision == "mixed":
            show(kept_table(artifact))
    explain(artifacts)
    for entry in done:
        untrained = "" if entry.artifact.weights.trained else "  UNTRAINED weights"
        typer.echo(f"{'wrote' if entry.accepted else 'REJECTED, kept as'} {entry.path}{untrained}")
    if not all(entry.accepted for entry in done):
        raise typer.Exit(1)
