"""Several components to several formats."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mobileswap.contracts.format_facts import format_named
from mobileswap.export.exporters import require_toolchain
from mobileswap.pipeline.component_options import fitted
from mobileswap.pipeline.export import Exported, ExportOptions, export_one, own_options
from mobileswap.pipeline.networks import Networks
from mobileswap.pipeline.progress import Progress


def export_many(
    networks: Networks,
    asked: ExportOptions,
    formats: Sequence[str],
    components: Sequence[str],
    folder: Path,
    progress: Progress,
) -> list[Exported]:
    """Export every component to every format; what any of them cannot be told is refused before the first is made.

    Args:
        networks: with the weights.
        asked: what every export is to be like; its format and component are replaced.
        formats: names of formats.
        components: names of components.
        folder: for the files.
        progress: told of each step.

    Raises:
        BadInput: an option that none of them takes, or a folder that cannot be written to.
        GateFailed: a rewrite is not exact on these weights.
        Unavailable: a package that writes one of the formats is not installed.
    """
    wanted = []
    for name in formats:
        require_toolchain(format_named(name))
        own_options(replace(asked, format=name))
        wanted += fitted(networks, replace(asked, format=name), components)
    return [export_one(networks, options, folder, progress) for options in wanted]
