"""The error of a graph that TNN cannot express; it names the node and says why, and nothing has been written."""

from mobileswap.contracts.errors import BadInput


class Inexpressible(BadInput):
    """An operator, attribute, shape or type of the ONNX graph has no counterpart among TNN's layers."""
