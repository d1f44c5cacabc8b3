"""What writes each format of contracts/format_facts.py. A toolchain is imported only when its exporter is called."""

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mobileswap.contracts.blocked_modules import block_modules
from mobileswap.contracts.errors import BadInput, Unavailable
from mobileswap.contracts.format_facts import Format, format_named
from mobileswap.contracts.tool_version import tool_version
from mobileswap.export.request import ExportRequest
from mobileswap.export.written import Written

if TYPE_CHECKING:
    from mobileswap.model.graph.deploy import DeployGraph

Exporter = Callable[["DeployGraph", Path, ExportRequest], Written]


def exporter(name: str) -> Exporter:
    """The function that writes the format's files: ``export`` of the module that is named like the format.

    Raises:
        BadInput: there is no such format.
        Unavailable: a package that writes it is not installed.
    """
    chosen = format_named(name)
    require_toolchain(chosen)
    block_modules(chosen.blocked)
    found: Exporter = import_module(f"mobileswap.export.{name}").export
    return found


def require_toolchain(chosen: Format) -> None:
    """Refuse a format whose toolchain is not installed, before anything is computed.

    Raises:
        Unavailable: a package is missing; the message says how to get it.
    """
    for package in chosen.toolchain:
        if find_spec(package) is None:
            wanted = f"'mobileswap[{chosen.extra}]'" if chosen.extra else package
            raise Unavailable(f"export {chosen.name}: the package {package} is not installed; pip install {wanted}")


def require_options(chosen: Format, request: ExportRequest) -> None:
    """Refuse what the format cannot hold, before anything is computed.

    Raises:
        BadInput: precision or interface.
    """
    if request.precision not in chosen.precisions:
        raise BadInput(f"--precision {request.precision}: {chosen.name} takes {', '.join(chosen.precisions)}")
    if request.io == "image" and chosen.image_layout is None:
        raise BadInput(f"--io image: {chosen.name} has no picture interface; use --io tensor")


def versions(chosen: Format) -> dict[str, str]:
    """What made a file of this format: mobileswap's edition, and the versions of the toolchain.

    Raises:
        Unavailable: a package of it is not installed.
    """
    require_toolchain(chosen)
    return {"mobileswap": tool_version(), **{package: version(package) for package in chosen.toolchain}}
