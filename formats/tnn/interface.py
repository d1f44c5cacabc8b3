"""What TNN's two files declare: names, the shapes of inputs, and whether the weights are stored as half."""

from pathlib import Path

import numpy as np

from mobileswap.formats.interface import Feature, Interface
from mobileswap.formats.tnn.model_reader import read_model
from mobileswap.formats.tnn.proto_reader import read_proto

_KINDS = {np.dtype(np.float32): "fp32", np.dtype(np.float16): "fp16"}


def declared(path: Path) -> Interface:
    """The interface of a network; the format has no metadata, and no shapes of outputs.

    Raises:
        BadInput: a file is missing or damaged.
    """
    proto = read_proto(path)
    model = read_model(path.with_suffix(".tnnmodel"), proto)
    arrays = [array for held in model.resources.values() for array in held] + [*model.constants.values()]
    found = sorted({_KINDS[array.dtype] for array in arrays if array.size})
    wide = tuple(name for name, held in model.resources.items() if any(_KINDS[one.dtype] == "fp32" for one in held))
    return Interface(
        tuple(Feature(name, "float32", shape) for name, shape in proto.inputs.items()),
        tuple(Feature(name, "float32", None) for name in proto.outputs),
        "mixed" if len(found) > 1 else "".join(found) or "fp32",
        wide=wide,
    )
