"""The layers that the converter writes, with the number by which the .tnnmodel calls those that own arrays.

The numbers are positions in TNN's layer-type enumeration at commit f0cb081; TNN promises not to renumber them.
"""

from collections.abc import Mapping
from types import MappingProxyType

LAYER_TYPE_IDS: Mapping[str, int] = MappingProxyType(
    {
        "Convolution": 1,
        "BatchNormCxx": 2,
        "InnerProduct": 19,
        "Deconvolution": 22,
        "PReLU": 35,
        "Add": 38,
        "Mul": 42,
        "InstBatchNormCxx": 43,
        "MatMul": 105,
        "Sub": 108,
        "Maximum": 137,
        "Minimum": 140,
        "Div": 175,
    }
)
