"""A TNN network as plain data: what the two files say, before it is text and bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]
Resource = str | int | Array


@dataclass(frozen=True)
class Layer:
    """One line of the .tnnproto, and what belongs to it in the .tnnmodel.

    Attributes:
        type: as TNN spells it, for instance ``Convolution``.
        name: unique; the .tnnmodel finds the layer by it.
        params: the numbers behind the blob names, in TNN's order.
        resource: strings, integers and arrays in the order in which TNN reads them; empty where it reads none.
    """

    type: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    params: tuple[int | float, ...] = ()
    resource: tuple[Resource, ...] = ()


@dataclass(frozen=True)
class Input:
    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class TnnNetwork:
    """What ``write`` puts into the two files.

    Attributes:
        precision: ``fp32`` or ``fp16``, of the stored arrays; TNN computes in what its device prefers.
        layers: in an order in which they can run.
        renamed: ONNX name → TNN name of the inputs and outputs whose names the text format cannot hold.
    """

    precision: str
    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    layers: tuple[Layer, ...]
    renamed: Mapping[str, str]
