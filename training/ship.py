"""Trained averages to the files that ship: 16-bit safetensors, with the keys of the released networks."""

from pathlib import Path

from torch import Tensor, nn

NAMES = {"generator": "generator.safetensors", "embedder": "embedder.safetensors"}


def ship(networks: dict[str, nn.Module], folder: Path) -> dict[str, Path]:
    """Write each network's state_dict; gives the files by component."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for component, network in networks.items():
        made[component] = folder / NAMES[component]
        begun = made[component].with_suffix(".begun")
        save_file(half_state(network), begun)
        begun.rename(made[component])
    return made


def half_state(network: nn.Module) -> dict[str, Tensor]:
    """Weights in 16 bits; the statistics of batch normalisation stay in 32, for a variance may be tiny."""
    return {
        name: (value if "running_" in name or not value.dtype.is_floating_point else value.half()).contiguous()
        for name, value in network.state_dict().items()
    }
