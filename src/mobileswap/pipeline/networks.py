"""What every command starts from: a family's components with the weights that were given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mobileswap.contracts.errors import BadInput
from mobileswap.model.checkpoint.loading import LoadedWeights, load
from mobileswap.model.families import components, family
from mobileswap.model.family import Family

if TYPE_CHECKING:
    from torch import nn

    from mobileswap.model.component import Component


@dataclass(frozen=True, eq=False)
class Networks:
    """One family, resolved once. A network is built when it is first asked for.

    Attributes:
        family: of the components.
        components: all that the family has, by name.
        weights: of those whose weights were given, by name.
    """

    family: Family
    components: Mapping[str, Component]
    weights: Mapping[str, LoadedWeights]
    _built: dict[str, nn.Module] = field(default_factory=dict, repr=False)

    def component(self, name: str) -> Component:
        """One component, whether there are weights for it or not.

        Raises:
            BadInput: there is none of that name; the message lists those there are.
        """
        if name not in self.components:
            raise BadInput(f"--component {name}: known are {', '.join(self.components)}")
        return self.components[name]

    def require(self, name: str) -> LoadedWeights:
        """The weights of one component.

        Raises:
            BadInput: no source held them.
        """
        if name not in self.weights:
            held = ", ".join(self.weights)
            raise BadInput(f"--weights: holds {held}, but the {name} is needed; give its file with a second --weights")
        return self.weights[name]

    def network(self, name: str) -> nn.Module:
        """The untouched network of one component."""
        if name not in self._built:
            loaded = self.require(name)
            self._built[name] = loaded.component.load(loaded.state)
        return self._built[name]


def load_networks(family_name: str, weights: tuple[str, ...]) -> Networks:
    """Load what ``--family`` and ``--weights`` name.

    Raises:
        BadInput: as ``model.checkpoint.loading.load``, or there is no such family.
    """
    entry = family(family_name)
    known = components(family_name)
    return Networks(entry, {part.name: part for part in known}, load(weights, known))
