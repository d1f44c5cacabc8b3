"""`mobileswap bench history`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mobileswap.command.options import DEFAULT_FOLDER
from mobileswap.command.output import show
from mobileswap.contracts.errors import BadInput

DEFAULT_HISTORY = DEFAULT_FOLDER / "history.sqlite"


def history(
    file: Annotated[Path, typer.Argument(help="File that `bench run --history` wrote.")] = DEFAULT_HISTORY,
    plot: Annotated[Path | None, typer.Option(help="Also draw the medians over time, as this PNG file.")] = None,
) -> None:
    """Print the results of `bench run --history`, oldest first."""
    from mobileswap.bench.history import recall
    from mobileswap.reports.history_tables import history_table, plot_history

    if plot and (plot.suffix != ".png" or not plot.absolute().parent.is_dir()):
        raise BadInput(f"--plot {plot}: expected a name that ends in .png, in a folder that is there")
    results = recall(file)
    show(history_table(results))
    if plot:
        plot_history(results, plot)
