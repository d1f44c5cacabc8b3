"""The one visible list of families. Building a component imports PyTorch; reading the list does not."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from mobileswap.contracts.errors import BadInput
from mobileswap.model.signs import Sign

if TYPE_CHECKING:
    from mobileswap.model.component import Component


@dataclass(frozen=True)
class Family:
    """A published system.

    Attributes:
        name: on the command line.
        title: as published.
        source: paper and released code.
        licence: of the released code.
        components: names; the first one is what a user means by the model.
        factory: module with one function per component name.
        signs: keys that give its checkpoints away, to be named where another network was expected.
    """

    name: str
    title: str
    source: str
    licence: str
    components: tuple[str, ...]
    factory: str
    signs: tuple[Sign, ...] = ()


FAMILIES = (
    Family(
        name="mobilefsgan",
        title="MobileFSGAN",
        source="ICME 2022, arXiv 2204.08339; HoiM/MobileFSGAN at 478175b",
        licence="MIT",
        components=("generator", "embedder"),
        factory="mobileswap.model.mobilefsgan.components",
        signs=(
            Sign(
                "a MobileFSGAN generator",
                ("encoder_head.conv_image.weight", "identity_encoder.b256_down.conv1x1.weight"),
            ),
            Sign("a MobileFSGAN embedder (MobileFaceNet)", ("conv_23.conv_dw.conv.weight", "conv_6_sep.conv.weight")),
        ),
    ),
)


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
