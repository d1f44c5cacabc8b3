""".tnnmodel: the arrays of the layers that own some, little endian."""

import struct
from collections.abc import Iterator

import numpy as np

from mobileswap.export.tnn.layer_types import LAYER_TYPE_IDS
from mobileswap.export.tnn.network import Array, Resource, TnnNetwork
from mobileswap.export.tnn.proto_writer import MAGIC

_DATA_TYPES = {np.dtype(np.float32): 0, np.dtype(np.float16): 1}


def model_bytes(network: TnnNetwork) -> bytes:
    """The whole file."""
    owners = [layer for layer in network.layers if layer.resource]
    parts = [struct.pack("<Ii", MAGIC, len(owners))]
    for layer in owners:
        parts += [struct.pack("<i", LAYER_TYPE_IDS[layer.type]), _string(layer.type), _string(layer.name)]
        for item in layer.resource:
            parts += _item(item)
    return b"".join(parts)


def _item(item: Resource) -> Iterator[bytes]:
    if isinstance(item, str):
        yield _string(item)
    elif isinstance(item, int):
        yield struct.pack("<i", item)
    else:
        yield from _raw(item)


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<i", len(data)) + data


def _raw(array: Array) -> Iterator[bytes]:
    little = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
    yield struct.pack("<Iii", MAGIC, _DATA_TYPES[array.dtype], little.nbytes)
    if little.nbytes:
        yield struct.pack(f"<{1 + little.ndim}i", little.ndim, *little.shape) + little.tobytes()
