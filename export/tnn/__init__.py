"""A converter from ONNX to TNN's two files in pure Python.

reading.py reads ONNX into what graph.py describes, fusion.py rewrites it, operators.py is the table from operator to
function, the files it names write layers, convert.py puts it together, proto.py and model.py are the two file formats.
"""

from mobileswap.export.tnn.two_files import export

__all__ = ["export"]
