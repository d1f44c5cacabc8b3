"""The options and help texts that the command line makes of the list of formats."""

from __future__ import annotations

from dataclasses import dataclass, make_dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from mobileswap.contracts.format_facts import FORMATS, all_precisions
from mobileswap.contracts.format_options import own_options_of

FORMAT_HELP = f"{', '.join(entry.name for entry in FORMATS)}, or all: those that ship in apps."

if TYPE_CHECKING:

    @dataclass(frozen=True)
    class OwnOptions:
        """A field for each option that only one format has, whichever that is."""

else:
    OwnOptions = make_dataclass(
        "OwnOptions",
        [
            (name, Annotated[type(default), typer.Option(help=option.help)], default)
            for entry in FORMATS
            for name, (default, option) in own_options_of(entry.options).items()
        ],
        frozen=True,
    )


def precision_help() -> str:
    """All precisions, and which one a format has by default."""
    usual = FORMATS[0].precisions[0]
    others = [f"{entry.precisions[0]} for {entry.name}" for entry in FORMATS if entry.precisions[0] != usual]
    known = ", ".join(all_precisions())
    return (
        f"Of the file: {known}; mixed keeps just those operations in fp32 that the limits need. "
        f"Default: {', '.join([usual, *others])}."
    )


def target_help() -> str:
    """What ``auto`` means for which format."""
    others = [f"{entry.target} for {entry.name}" for entry in FORMATS if entry.target != "cpu"]
    return f"Which device the graph is rewritten for: ane, cpu or auto; auto is {', '.join(others)}, cpu for the rest."
