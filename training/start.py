"""First weights of a generator: small where the network multiplies, so that twelve products in a row stay finite."""

import torch
from torch import nn

from mobileswap.model.mobilefsgan.blocks import DecoderBlock, IdentityBlock

ATTENTION = 0.1  # of the usual size; M starts near one half everywhere
RESIDUAL = 0.5
MODULATION = 0.5  # standard deviation of what the embedding, a vector of length 1, adds to scale and shift


@torch.no_grad()
def start_calmly(generator: nn.Module) -> None:
    """Set the first weights of attention, residual branches and modulation; the others keep PyTorch's."""
    for module in generator.modules():
        if isinstance(module, DecoderBlock):
            module.conv_attention.weight.mul_(ATTENTION)
            nn.init.constant_(module.conv_attention.bias, 0.5)  # type: ignore[arg-type]
            module.basic_block.conv3x3.weight.mul_(RESIDUAL)
        if isinstance(module, IdentityBlock):
            for layer, bias in ((module.fc_mean, 0.0), (module.fc_var, 1.0)):
                nn.init.normal_(layer.weight, std=MODULATION)  # type: ignore[arg-type]
                nn.init.constant_(layer.bias, bias)  # type: ignore[arg-type]
            module.conv3x3.weight.mul_(RESIDUAL)
