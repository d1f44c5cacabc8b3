"""Which option of `export` goes to which component; a wrong one is refused before anything is computed."""

from collections.abc import Sequence
from dataclasses import replace

from mobileswap.contracts.errors import BadInput
from mobileswap.model.component import Component
from mobileswap.pipeline.export import ExportOptions
from mobileswap.pipeline.networks import Networks


def fitted(networks: Networks, asked: ExportOptions, components: Sequence[str]) -> list[ExportOptions]:
    """``asked`` once per component, each with what that component can take.

    Raises:
        BadInput: an option that none of the components takes, or a component whose weights are not there.
    """
    parts = [networks.require(name).component for name in components]
    _require_taken(networks, asked, parts)
    return [
        replace(
            asked,
            component=part.name,
            size=part.fitting(asked.size),
            identity=asked.identity if part.bake else None,
            without=tuple(name for name in asked.without if name in _rewrites(part)),
        )
        for part in parts
    ]


def _require_taken(networks: Networks, asked: ExportOptions, parts: Sequence[Component]) -> None:
    for part in [part for part in parts if part.size_step] or parts:
        part.require_size(part.default_size if asked.size is None else asked.size)
    known = [name for part in parts for name in _rewrites(part)]
    for name in asked.without:
        if name not in known:
            raise BadInput(f"--no-rewrite {name}: known are {', '.join(known)}")
    if asked.identity and not any(part.bake for part in parts):
        names = " and the ".join(part.name for part in parts)
        able = " or the ".join(part.name for part in networks.components.values() if part.bake) or "no component"
        raise BadInput(f"--identity: the {names} takes no identity; bake it into the {able}")


def _rewrites(part: Component) -> list[str]:
    return [rewrite.name for rewrite in part.rewrites]
