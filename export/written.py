"""What an exporter leaves behind."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Written:
    """The files of one artifact.

    Attributes:
        files: in the folder of the path that was asked for; the first one is what a runtime opens.
        options: those that applied, for artifact.json.
    """

    files: tuple[Path, ...]
    options: dict[str, str]
