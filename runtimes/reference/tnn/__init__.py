"""The reference executor of TNN's two files: a strict reader, and every layer by its documented meaning.

proto.py and model.py read, layers.py is the table from layer type to kernel, runner.py runs. Nothing is shared with
the converter in export/tnn, so that a misreading of the format on one side shows on the other.
"""

from mobileswap.runtimes.reference.tnn.tnn_runner import TnnRunner

__all__ = ["TnnRunner"]
