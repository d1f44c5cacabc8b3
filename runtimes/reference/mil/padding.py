"""pad: with a constant, by mirroring without the edge (reflect) or by repeating the edge (replicate)."""

from torch import Tensor
from torch.nn import functional as F

from mobileswap.formats.mil.program import Call, Operation
from mobileswap.runtimes.reference.mil.window import pad_with, pairs

_MODES = ("constant", "reflect", "replicate")
_IMAGE_RANK = 4  # PyTorch mirrors the last two axes of (N, C, H, W)


def pad(op: Operation) -> Call:
    """Pad the last axes; ``pad`` lists before and after of each, the first of them first.

    Raises:
        UnknownOperation: the mode is another one, or reflect or replicate of other axes than the last two of four.
    """
    x, mode = op.floats("x")[0], op.text("mode")
    if mode not in _MODES:
        raise op.refuse(f"mode {mode!r}; known are {', '.join(_MODES)}")
    cells = pairs(op.integers("pad"))
    while len(cells) > 1 and cells[0] == (0, 0):
        cells = cells[1:]
    if mode == "constant":
        value = op.number("constant_val")
        return Call(lambda x: pad_with(x, cells, value), (x,))
    if len(x.shape) != _IMAGE_RANK or len(cells) > 2:
        raise op.refuse(f"mode {mode} of {op.integers('pad')} on shape {x.shape}; known are the last two axes of four")
    (top, bottom), (left, right) = cells if len(cells) == 2 else ((0, 0), *cells)

    def run(x: Tensor) -> Tensor:
        return F.pad(x, (left, right, top, bottom), mode=mode)

    return Call(run, (x,))
