"""A published system, as far as it can be told without importing PyTorch."""

from dataclasses import dataclass

from mobileswap.contracts.chain import Chain
from mobileswap.model.signs import Sign


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
        chain: how an app uses them.
        notice: what every file says to whoever uses it.
        signs: keys that give its checkpoints away, to be named where another network was expected.
    """

    name: str
    title: str
    source: str
    licence: str
    components: tuple[str, ...]
    factory: str
    chain: Chain
    notice: str
    signs: tuple[Sign, ...] = ()
