"""A graph that computes in float16 and is fed with float32."""

import copy

from torch import Tensor, nn

from mobileswap.model.graph.results import as_given, in_order


class HalfInside(nn.Module):
    """A copy of ``graph`` in float16; casts stand at its inputs and its outputs."""

    def __init__(self, graph: nn.Module) -> None:
        super().__init__()
        self.inner = copy.deepcopy(graph).half()

    def forward(self, *tensors: Tensor) -> Tensor | tuple[Tensor, ...]:
        return as_given(tuple(x.float() for x in in_order(self.inner(*(x.half() for x in tensors)))))
