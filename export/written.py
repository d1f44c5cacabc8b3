"""What an exporter leaves behind."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Written:
    """The files of one artifact.

    Attributes:
        files: in the folder of the path that was asked for; the first one is what a runtime opens.
        taps: place of the network (contracts/place.py) → tensor of the file.
    """

    files: tuple[Path, ...]
    taps: dict[str, str] = field(default_factory=dict)
