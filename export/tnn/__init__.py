"""A converter from ONNX to TNN's two files in pure Python.

onnx_reading.py reads ONNX into what graph.py describes, fusion.py rewrites it, operators.py is the table from operator
to function, the files it names write layers, convert.py puts it together, proto_writer.py and model_writer.py are the
two file formats. export_graph.py is what the list of formats calls.
"""
