"""`mobileswap export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mobileswap.command.options import (
    DEFAULT_FAMILY,
    DEFAULT_FOLDER,
    AdbOption,
    FamilyOption,
    LimitOption,
    LimitsOption,
    MemoryOption,
    OutOption,
    PreferOption,
    SerialOption,
    StrictOption,
    ThreadsOption,
    TimeoutOption,
    TnnDeviceOption,
    TnnTestOption,
    WeightsOption,
    program_of,
    require_known,
    sources_of,
    threads_of,
    typed_command,
)
from mobileswap.command.output import explain, show, warned

if TYPE_CHECKING:
    from mobileswap.pipeline.export import Exported
    from mobileswap.pipeline.networks import Networks


def export(
    format_name: Annotated[str, typer.Argument(metavar="FORMAT", help="onnx, coreml, tnn, pytorch, or all that ship.")],
    weights: WeightsOption,
    prefer: PreferOption = None,
    family: FamilyOption = DEFAULT_FAMILY,
    component: Annotated[
        str | None, typer.Option(help="One of the family's (see `models`), or all; default: all that the weights hold.")
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            help="fp32, fp16, or for coreml mixed: fp16, and in fp32 just what the limits need; "
            "default: fp32 for onnx, fp16 for coreml."
        ),
    ] = None,
    identity: Annotated[
        Path | None,
        typer.Option(help="Aligned RGB photo, or embedding as .npy, to bake into the network that takes an embedding."),
    ] = None,
    io: Annotated[str, typer.Option(help="tensor: floats in [-1, 1]; image: 8-bit RGB in and out.")] = "tensor",
    size: Annotated[
        int | None, typer.Option(max=1024, help="Size of the picture, where the network takes several.")
    ] = None,
    opset: Annotated[int, typer.Option(help="ONNX operator set, 18 to 26.")] = 18,
    ios: Annotated[str, typer.Option(help="Oldest system for a CoreML package: iOS15, iOS16, iOS17, iOS18.")] = "iOS16",
    target: Annotated[
        str,
        typer.Option(help="ane, cpu or auto: which exact forms are used; auto is ane for coreml, cpu for the rest."),
    ] = "auto",
    no_rewrite: Annotated[
        list[str] | None, typer.Option(help="Leave out an exact rewrite by name (see `models`); repeatable.")
    ] = None,
    limit: LimitOption = None,
    limits: LimitsOption = None,
    memory: MemoryOption = None,
    timeout: TimeoutOption = 120.0,
    strict: StrictOption = False,
    no_verify: Annotated[bool, typer.Option("--no-verify", help="Skip the proof; artifact.json records it.")] = False,
    threads: ThreadsOption = None,
    tnn_test: TnnTestOption = None,
    tnn_device: TnnDeviceOption = "",
    adb: AdbOption = False,
    serial: SerialOption = "",
    out: OutOption = DEFAULT_FOLDER,
) -> None:
    """Export to FORMAT, prove each file against PyTorch, and only then give it its name."""
    from mobileswap.export.format_entries import FORMATS
    from mobileswap.export.request import IOS_TARGETS
    from mobileswap.pipeline.component_options import fitted
    from mobileswap.pipeline.export import ExportOptions, export_one
    from mobileswap.pipeline.identity_to_bake import read_identity
    from mobileswap.pipeline.networks import load_networks
    from mobileswap.pipeline.parity_check import gate_of
    from mobileswap.pipeline.progress import Spoken

    shipped = [entry.name for entry in FORMATS if entry.shipped and (io == "tensor" or entry.image_layout)]
    names = shipped if format_name == "all" else [format_name]
    require_known("FORMAT", names[0], [entry.name for entry in FORMATS] + ["all"])
    require_known("--ios", ios, list(IOS_TARGETS))
    require_known("--io", io, ["tensor", "image"])
    require_known("--target", target, ["ane", "cpu", "auto"])
    if precision is not None:
        require_known("--precision", precision, ["fp32", "fp16", "mixed"])
    gate = gate_of(limits, limit or (), (), timeout_s=timeout, memory_mb=memory)
    program, device = program_of(tnn_test, adb, serial, tnn_device)
    networks = load_networks(family, sources_of(weights, prefer))
    chosen = _components(networks, component, identity)
    person = read_identity(networks, identity, _taker(networks, chosen)) if identity else None
    done = [
        export_one(networks, options, out, Spoken())
        for name in names
        for options in fitted(
            networks,
            ExportOptions(
                format=name,
                component=chosen[0],
                precision=precision,
                io=io,
                size=size,
                identity=person,
                opset=opset,
                ios=ios,
                target=target,
                without=tuple(no_rewrite or ()),
                verify=not no_verify,
                gate=gate,
                threads=threads_of(threads),
                program=program,
                device=device,
                command=typed_command(),
            ),
            chosen,
        )
    ]
    _tell_exported(done)
    if strict and warned([entry.artifact for entry in done]):
        raise typer.Exit(1)


def _taker(networks: Networks, chosen: list[str]) -> str:
    """The component that the identity is baked into; the first one refuses it where none can."""
    return next((name for name in chosen if networks.component(name).bake), chosen[0])


def _components(networks: Networks, asked: str | None, identity: Path | None) -> list[str]:
    """Only what an identity can be baked into is exported with one, unless more is asked for."""
    known = list(networks.components)
    if asked == "all":
        return known
    if asked is not None:
        require_known("--component", asked, [*known, "all"])
        return [asked]
    baking = [name for name, part in networks.components.items() if part.bake]
    return baking if identity else list(networks.weights)


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
