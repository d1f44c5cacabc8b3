"""The running mean of a network's weights, which is what ships: it is calmer than the weights of any one step."""

import copy

import torch
from torch import nn


class Average:
    """An exponential moving average of parameters and buffers.

    ``decay`` is reached slowly, so that the average of a short run is not its start.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        for mine, new in zip(self.network.state_dict().values(), network.state_dict().values(), strict=True):
            if mine.dtype.is_floating_point:
                mine.lerp_(new, 1 - decay)
            else:
                mine.copy_(new)
