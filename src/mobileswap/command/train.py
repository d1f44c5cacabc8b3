"""`mobileswap train`: render faces, train on them or on a folder of your own, judge the result, put it up for use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mobileswap.command.options import file_path, require_known
from mobileswap.command.output import show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import nn

app = typer.Typer(no_args_is_help=True, help="Train a generator and an embedder on rendered faces, or on your own.")

FacesOption = Annotated[Path, typer.Option("--faces", help="Folder of rendered faces; see `train render`.")]
RunArgument = Annotated[Path, typer.Argument(help="Folder of the run: checkpoints, logs and pictures.")]
STAGES = ("embedder", "64", "128", "256")


@app.command("render")
def render(
    folder: Annotated[Path, typer.Argument(help="Where the pictures go; 393 MB a shard.")],
    shards: Annotated[int, typer.Option(min=1, help="Of 400 people with 5 pictures each, to learn from.")] = 5,
    first: Annotated[int, typer.Option(min=0, help="Number of the first shard; the seed of everything in it.")] = 0,
    held_out: Annotated[int, typer.Option(min=0, help="Shards of people kept for judging.")] = 2,
) -> None:
    """Render faces whose every swap is known; what is there already is not rendered again."""
    from mobileswap.pipeline.progress import Spoken
    from mobileswap.training.faces.rendered_set import HELD_OUT, PEOPLE, render_set

    kept = HELD_OUT // PEOPLE
    with Spoken().count(f"{shards} and {held_out} held-out shards of faces", shards + held_out) as done:
        render_set(folder, range(kept, kept + held_out), lambda _: done())
        render_set(folder, range(first, first + shards), lambda _: done())


@app.command("run")
def run(
    folder: RunArgument,
    stage: Annotated[str, typer.Option(help="embedder, 64, 128 or 256, in this order.")],
    faces: Annotated[Path | None, typer.Option(help="Folder of rendered faces; see `train render`.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of your own faces, in place of rendered ones.")] = None,
    losses: Annotated[str, typer.Option(help="ours, or the paper's weights: paper.")] = "ours",
    codes: Annotated[
        bool, typer.Option("--codes", help="Say who somebody is by the rendered person's numbers, not the embedder.")
    ] = False,
    steps: Annotated[int | None, typer.Option(min=1, help="In all; default: the recipe's.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Pictures a step and process.")] = None,
    rate: Annotated[float | None, typer.Option(min=0, help="Highest learning rate.")] = None,
    minutes: Annotated[float, typer.Option(min=0, help="Stop after so long; the same command goes on.")] = 1e9,
    seed: Annotated[int, typer.Option(help="Same seed, same curve.")] = 0,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads of this process.")] = 1,
) -> None:
    """Train one part. Started again it goes on where it was; under torchrun several processes share the work."""
    import torch

    from mobileswap.training.losses import LOSSES
    from mobileswap.training.options import RunOptions
    from mobileswap.training.recipe import train_stage
    from mobileswap.training.together import join

    require_known("--stage", stage, list(STAGES))
    require_known("--losses", losses, list(LOSSES))
    torch.set_num_threads(threads)
    train_stage(
        RunOptions(
            folder, stage, faces, data, LOSSES[losses], codes,
            steps=steps, batch=batch, rate=rate, seconds=minutes * 60, seed=seed,
        ),
        told=_tell, skipped=lambda text: typer.echo(f"mobileswap: {text}", err=True), together=join(),
    )  # fmt: skip


def _tell(line: Mapping[str, Any]) -> None:
    figures = "  ".join(f"{name} {value:.4g}" for name, value in line.items() if name not in ("step", "seconds"))
    typer.echo(f"{line['seconds']:8.0f} s  step {line['step']}: {figures}", err=True)


@app.command("curve")
def curve(
    folder: Annotated[Path, typer.Argument(help="Folder of a part of a run, as RUN/64.")],
    out: Annotated[Path, typer.Option("-o", "--out", callback=file_path, help="The page.")] = Path("curve.html"),
) -> None:
    """Draw the figures of a training as a page that opens in any browser."""
    from mobileswap.training.curve import curve_page, read_log
    from mobileswap.training.loop import LOG

    out.write_text(curve_page(read_log(folder / LOG), str(folder)), encoding="utf-8")
    typer.echo(f"wrote {out}")


@app.command("evaluate")
def evaluate(
    faces: Annotated[Path, typer.Option(help="Folder for the held-out pictures, which are rendered once.")],
    folder: Annotated[Path | None, typer.Option("--run", help="Folder of a run; default: --weights.")] = None,
    weights: Annotated[
        list[str] | None, typer.Option("--weights", help="As for export; default: rendered, built in.")
    ] = None,
    people: Annotated[int, typer.Option(min=2, help="Of the gallery that the source is looked for in.")] = 1000,
    swaps: Annotated[int, typer.Option(min=1, help="That are judged.")] = 128,
    recogniser: Annotated[
        Path | None, typer.Option(help="Program that embeds pictures with networks not trained here; see the note.")
    ] = None,
    grid: Annotated[Path | None, typer.Option(callback=file_path, help="Also draw 12 swaps, chosen by seed.")] = None,
    json: Annotated[
        Path | None, typer.Option("--json", callback=file_path, help="Also write the figures here.")
    ] = None,
) -> None:
    """Judge swaps of people that no training saw: against the exact truth, and beside two baselines."""
    from mobileswap.contracts.files import write_json
    from mobileswap.pipeline.progress import Spoken
    from mobileswap.training.evaluate import SWAPPED, evaluate, swap_all
    from mobileswap.training.faces.held_out import render_held_out
    from mobileswap.training.figures_table import figures_table
    from mobileswap.training.grid import by_seed, save_picture, swap_grid
    from mobileswap.training.recognisers import recognisers_of

    networks = _networks(folder, weights)
    with Spoken().count(f"faces of {people} people that no training saw", people) as done:
        held_out = render_held_out(faces, people, swaps, lambda _: done())
    with Spoken().step(f"{swaps} swaps"):
        swapped = swap_all(networks["generator"], networks["embedder"], held_out)
    with Spoken().step("figures"):
        rows = evaluate(swapped, held_out, recognisers_of(networks["embedder"], recogniser))
    show(figures_table(rows, swaps, people))
    if grid:
        chosen = by_seed(min(12, swaps), swaps)
        columns = (held_out.source, held_out.target, swapped, held_out.truth)
        save_picture(grid, swap_grid([column[chosen] for column in columns], wide=2))
    if json:
        write_json(json, {"swaps": swaps, "people": people, "rows": rows, "first": SWAPPED})


def _networks(folder: Path | None, weights: list[str] | None) -> dict[str, nn.Module]:
    from mobileswap.training.recipe import run_networks
    from mobileswap.training.shipped import loaded_networks

    return run_networks(folder) if folder else loaded_networks(tuple(weights or ("rendered",)))


@app.command("ship")
def ship(
    folder: RunArgument,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the two files.")],
) -> None:
    """Write the run's averaged weights as 16-bit .safetensors that export and release take."""
    from mobileswap.training.recipe import run_networks
    from mobileswap.training.ship import ship

    for path in ship(run_networks(folder), out).values():
        typer.echo(f"wrote {path}")
