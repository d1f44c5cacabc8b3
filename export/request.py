"""What is asked of an exporter besides the graph."""

from dataclasses import dataclass
from typing import TypeVar

from mobileswap.contracts.artifact import WeightsRecord
from mobileswap.contracts.format_options import NO_OPTIONS, FormatOptions

Own = TypeVar("Own", bound=FormatOptions)


@dataclass(frozen=True)
class ExportRequest:
    """Options of one export.

    Attributes:
        precision: ``fp32``, ``fp16`` or ``mixed``.
        io: ``tensor`` or ``image``.
        weights: where the numbers came from, for the file's metadata.
        author: of the network.
        licence: of the network's released code.
        notice: what every file says to whoever uses it.
        options: the format's own, of the class that its entry names; see ``own``.
        kept: of ``mixed``, names of the operations that stay in float32, as the fp32 file has them.
    """

    precision: str
    io: str
    weights: WeightsRecord
    author: str
    licence: str
    notice: str
    options: FormatOptions = NO_OPTIONS
    kept: tuple[str, ...] = ()

    def own(self, kind: type[Own]) -> Own:
        """The format's own options, its defaults where none were given."""
        return self.options if isinstance(self.options, kind) else kind()
