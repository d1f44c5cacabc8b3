"""Several processes that train one network, each on its own pictures; all step by the mean of their gradients."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import distributed, nn


@dataclass(frozen=True)
class Together:
    """This process among all.

    Attributes:
        rank: its number; process 0 writes checkpoints and the log.
        world: how many there are.
    """

    rank: int = 0
    world: int = 1

    @property
    def first(self) -> bool:
        return self.rank == 0

    def same_start(self, network: nn.Module) -> None:
        """Give every process the weights of process 0."""
        if self.world > 1:
            for tensor in network.state_dict().values():
                distributed.broadcast(tensor, 0)

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """One message for all gradients: they are small, and a message each would cost more than it carries."""
        if self.world == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        distributed.all_reduce(flat)
        flat /= self.world
        for gradient, part in zip(
            gradients, torch.split(flat, [gradient.numel() for gradient in gradients]), strict=True
        ):
            gradient.copy_(part.view_as(gradient))


def join() -> Together:
    """By the variables that torchrun sets; alone where it did not start this process."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        return Together()
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return Together(distributed.get_rank(), world)
