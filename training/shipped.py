"""Networks by what --weights names, as every other command reads them."""

from torch import nn

from mobileswap.contracts.errors import BadInput
from mobileswap.model.checkpoint.loading import load
from mobileswap.model.families import components


def loaded_networks(sources: tuple[str, ...]) -> dict[str, nn.Module]:
    """Generator and embedder of MobileFSGAN, ready to run.

    Raises:
        BadInput: the sources do not hold both.
    """
    found = load(sources, components("mobilefsgan"))
    for name in ("generator", "embedder"):
        if name not in found:
            raise BadInput(f"--weights {' '.join(sources)}: no {name} in it; a swap needs both networks")
    networks = {}
    for name, loaded in found.items():
        network = loaded.component.network()
        network.load_state_dict(loaded.state)
        networks[name] = network.eval()
    return networks
