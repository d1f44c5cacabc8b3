"""`mobileswap bench compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from command.options import file_path
from command.output import show
from contracts.errors import BadInput

if TYPE_CHECKING:
    from contracts.comparison import Comparison


def compare(
    base: Annotated[Path, typer.Argument(help="JSON of `bench run`; alone, it is of a run with --against.")],
    new: Annotated[Path | None, typer.Argument(help="JSON of a later one.")] = None,
    fail_over: Annotated[
        str | None, typer.Option(help="Exit with 1 where a slow-down beyond this is shown, for instance 5%.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option("--json", callback=file_path, help="Also write the comparison here.")
    ] = None,
) -> None:
    """Say which runs became slower or faster, on evidence, or that no difference is shown."""
    from contracts.files import write_json
    from reports.comparison import comparison_table

    limit = None if fail_over is None else _share(fail_over)
    found = _compared(base, new)
    if not found.differences:
        raise BadInput(f"{found.base}, {found.new}: nothing to compare: {'; '.join(found.alone) or 'no runs'}")
    show(comparison_table(found))
    if json:
        write_json(json, found)
    if limit is not None and any(one.worse_by(limit) for one in found.differences):
        raise typer.Exit(1)


def _compared(base: Path, new: Path | None) -> Comparison:
    from bench.comparison import compare as across
    from bench.comparison import compare_within
    from contracts.result import read_result

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
