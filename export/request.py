"""What is asked of an exporter besides the graph."""

from dataclasses import dataclass

from mobileswap.contracts.artifact import WeightsRecord

IOS_TARGETS = ("iOS15", "iOS16", "iOS17", "iOS18")
DEFAULT_IOS = "iOS16"
DEFAULT_OPSET = 18


@dataclass(frozen=True)
class ExportRequest:
    """Options of one export.

    Attributes:
        precision: ``fp32``, ``fp16`` or ``mixed``.
        io: ``tensor`` or ``image``.
        opset: of an ONNX file, 18 or more.
        ios: oldest system that a CoreML package is for, one of IOS_TARGETS.
        weights: where the numbers came from, for the file's metadata.
        author: of the network.
        licence: of the network's released code.
        notice: what every file says to whoever uses it.
        kept: of ``mixed``, names of the operations that stay in float32, as the fp32 file has them.
    """

    precision: str
    io: str
    weights: WeightsRecord
    author: str
    licence: str
    notice: str
    opset: int = DEFAULT_OPSET
    ios: str = DEFAULT_IOS
    kept: tuple[str, ...] = ()
