"""What a layer becomes: a function of its input blobs."""

from collections.abc import Callable

from torch import Tensor

Kernel = Callable[..., Tensor | tuple[Tensor, ...]]
