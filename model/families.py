"""The one visible list of families. Building a component imports PyTorch; reading the list does not."""

from importlib import import_module
from typing import TYPE_CHECKING

from mobileswap.contracts.errors import BadInput
from mobileswap.model.family import Family
from mobileswap.model.mobilefsgan.family import FAMILY as MOBILEFSGAN

if TYPE_CHECKING:
    from mobileswap.model.component import Component

FAMILIES: tuple[Family, ...] = (MOBILEFSGAN,)
DEFAULT_FAMILY = FAMILIES[0].name


def family(name: str) -> Family:
    """Look a family up.

    Raises:
        BadInput: there is none of that name; the message lists those there are.
    """
    for entry in FAMILIES:
        if entry.name == name:
            return entry
    raise BadInput(f"--family {name}: known are {', '.join(entry.name for entry in FAMILIES)}")


def component(family_name: str, name: str) -> "Component":
    """Make one component of a family.

    Raises:
        BadInput: unknown family or component.
    """
    entry = family(family_name)
    if name not in entry.components:
        raise BadInput(f"--component {name}: {entry.title} has {', '.join(entry.components)}")
    made: Component = getattr(import_module(entry.factory), name)()
    return made


def components(family_name: str) -> "tuple[Component, ...]":
    return tuple(component(family_name, name) for name in family(family_name).components)
