""".tnnproto: the text that says how the layers hang together."""

from collections.abc import Iterable

import numpy as np

from mobileswap.export.tnn.network import Layer, TnnNetwork

MAGIC = 0xFABC0004  # format version 2: inputs with rank and type
_FLOAT = 0


def proto_text(network: TnnNetwork) -> str:
    """The whole file. Every line stands in double quotes and ends with a comma inside of them."""
    blobs = sorted({name for layer in network.layers for name in (*layer.inputs, *layer.outputs)})
    inputs = " : ".join(f"{entry.name} {len(entry.shape)} {_joined(entry.shape)} {_FLOAT}" for entry in network.inputs)
    lines = [
        f"1 {len(blobs)} 1 {MAGIC}",
        inputs,
        _joined(blobs),
        _joined(network.outputs),
        str(len(network.layers)),
        *(_layer_line(layer) for layer in network.layers),
    ]
    return "".join(f'"{line} ,"\n' for line in lines)


def _layer_line(layer: Layer) -> str:
    head = (layer.type, layer.name, len(layer.inputs), len(layer.outputs), *layer.inputs, *layer.outputs)
    return _joined((*head, *(_number(value) for value in layer.params)))


def _joined(words: Iterable[object]) -> str:
    return " ".join(str(word) for word in words)


def _number(value: int | float) -> str:
    """An integer as it is; a float as the shortest text that reads back as the same float32."""
    return str(value) if isinstance(value, int) else str(np.float32(value))
