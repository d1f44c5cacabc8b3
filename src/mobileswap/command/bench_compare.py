"""`mobileswap bench compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mobileswap.command.options import StrictOption, file_path
from mobileswap.command.output import show
from mobileswap.contracts.errors import BadInput

if TYPE_CHECKING:
    from mobileswap.contracts.speed_comparison import Comparison


def compare(
    base: Annotated[Path, typer.Argument(help="JSON of an earlier `bench run`; alone, one of a run with --against.")],
    new: Annotated[Path | None, typer.Argument(help="JSON of a later `bench run`.")] = None,
    fail_over: Annotated[
        str | None, typer.Option(help="Exit with 1 if a run is shown to be slower by more than this, for instance 5%.")
    ] = None,
    strict: StrictOption = False,
    json: Annotated[
        Path | None, typer.Option("--json", callback=file_path, help="Also write the comparison to this file.")
    ] = None,
) -> None:
    """Say which runs became slower or faster, and where the samples show no difference."""
    from mobileswap.contracts.files import write_json
    from mobileswap.reports.comparison_table import comparison_table

    limit = None if fail_over is None else _share(fail_over)
    found = _compared(base, new)
    if not found.differences:
        raise BadInput(f"{found.base}, {found.new}: nothing to compare: {'; '.join(found.alone) or 'no runs'}")
    show(comparison_table(found))
    if json:
        write_json(json, found)
    if limit is not None and any(one.worse_by(limit) for one in found.differences):
        raise typer.Exit(1)
    if strict and (few := [one.name for one in found.differences if one.too_short]):
        typer.echo(f"mobileswap: --strict: too few passes to show anything of {', '.join(few)}", err=True)
        raise typer.Exit(1)


def _compared(base: Path, new: Path | None) -> Comparison:
    from mobileswap.bench.compare import compare as across
    from mobileswap.bench.compare import compare_within
    from mobileswap.contracts.bench_result import read_result

    if new is None:
        return compare_within(read_result(base), base.name)
    return across(read_result(base), read_result(new), (base.name, new.name))


def _share(text: str) -> float:
    """``5%`` is 0.05.

    Raises:
        BadInput: it is no percentage, or a negative one.
    """
    number = text.strip().removesuffix("%")
    try:
        share = float(number) / 100
    except ValueError:
        share = -1.0
    if not 0 <= share < float("inf") or not text.strip().endswith("%"):
        raise BadInput(f"--fail-over {text}: expected a percentage, for instance 5%")
    return share
