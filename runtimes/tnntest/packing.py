"""One input in place of several, for TNNTest.

TNNTest fills every input of a network from the start of one and the same file, so that a network with a picture and an
embedding cannot be fed as it is. Here its text file is given one input instead, with the numbers of all of them one
after the other, and layers in front that cut it up. The weights are untouched and every layer of the network runs, so
that the outputs are a proof of the .tnnmodel and of all lines but the one of the inputs. It is never timed.

The packed input is (1, 1, rows, width), its rows cut with StridedSliceV2: devices that keep blobs as textures can hold
that, a single row of 200,000 numbers they cannot.
"""

from dataclasses import dataclass

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.formats.tnn.proto_reader import MAGIC, Proto

_NAME = "mobileswap_packed"


@dataclass(frozen=True)
class Packing:
    """How the inputs lie in the packed one.

    Attributes:
        width: numbers in a row.
        rows: how many rows each input takes, in the order of ``shapes``; the last row may be filled up with zeros.
        shapes: of the network's inputs.
    """

    width: int
    rows: tuple[int, ...]
    shapes: dict[str, tuple[int, ...]]

    def pack(self, inputs: dict[str, Array]) -> Array:
        """The numbers in the order of the packed input, float32, one-dimensional."""
        parts = []
        for name, rows in zip(self.shapes, self.rows, strict=True):
            flat = inputs[name].ravel()
            parts.append(np.pad(flat, (0, rows * self.width - flat.size)))
        return np.concatenate(parts)


def packing_of(proto: Proto) -> Packing:
    """Rows as wide as those of the largest input."""
    largest = max(proto.inputs.values(), key=_count)
    width = largest[-1]
    return Packing(width, tuple(-(-_count(shape) // width) for shape in proto.inputs.values()), proto.inputs)


def packed_text(text: str, packing: Packing) -> str:
    """The .tnnproto with one input.

    Args:
        text: of a .tnnproto that ``read_proto`` has accepted.
        packing: of the same network.
    """
    lines = [line.strip('"').rstrip(",").strip() for line in text.splitlines()]
    cuts, start = [], 0
    extra = [_NAME]
    for i, (name, shape) in enumerate(packing.shapes.items()):
        end = start + packing.rows[i]
        cuts.append(_slice(_NAME, f"{_NAME}_{i}", 2, start, end))
        extra.append(f"{_NAME}_{i}")
        source, length = f"{_NAME}_{i}", packing.rows[i] * packing.width
        if length != _count(shape):
            cuts += [
                _reshape(source, f"{source}_flat", (1, length)),
                _slice(f"{source}_flat", f"{source}_cut", 1, 0, _count(shape)),
            ]
            extra += [f"{source}_flat", f"{source}_cut"]
            source = f"{source}_cut"
        cuts.append(_reshape(source, name, shape))
        start = end
    blobs = [*lines[2].split(), *extra]
    head = [
        f"1 {len(blobs)} 1 {MAGIC}",
        f"{_NAME} 4 1 1 {start} {packing.width} 0",
        " ".join(blobs),
        lines[3],
        str(int(lines[4]) + len(cuts)),
    ]
    return "".join(f'"{line} ,"\n' for line in (*head, *cuts, *lines[5:]))


def _slice(source: str, target: str, axis: int, begin: int, end: int) -> str:
    return f"StridedSliceV2 {target} 1 1 {source} {target} 1 {begin} 1 {end} 1 {axis} 1 1"


def _reshape(source: str, target: str, shape: tuple[int, ...]) -> str:
    return f"Reshape {target} 1 1 {source} {target} 0 {len(shape)} {len(shape)} {' '.join(map(str, shape))} 0"


def _count(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape))
