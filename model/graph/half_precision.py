"""A graph that computes in float16 and is fed with float32."""

import copy

from torch import Tensor, nn


class HalfInside(nn.Module):
    """A copy of ``graph`` in float16; casts stand at its inputs and its output."""

    def __init__(self, graph: nn.Module) -> None:
        super().__init__()
        self.inner = copy.deepcopy(graph).half()

    def forward(self, *tensors: Tensor) -> Tensor:
        return self.inner(*(x.half() for x in tensors)).float()  # type: ignore[no-any-return]
