"""A folder for the person who signs: parity.json, parity.md, and pictures of what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from contracts.artifact import Artifact
from contracts.files import write_text
from contracts.golden import read_golden
from contracts.parity import SCHEMA, ParityResult, PictureSet, checked_artifact, write_parity
from reports.parity import parity_markdown
from reports.pictures import write_pictures

PICTURES = "pictures"


@dataclass(frozen=True)
class Evidence:
    """An artifact that was checked.

    Attributes:
        golden: the file that it was held against.
        kept: by runtime, what it gave there (``bench.keep``); may be empty, and a file may be missing.
    """

    artifact: Artifact
    golden: Path
    kept: Mapping[str, Path] = field(default_factory=dict)


def write_parity_folder(folder: Path, evidence: Sequence[Evidence], command: str) -> ParityResult:
    """Write parity.json, parity.md and pictures/ into ``folder``, which is made.

    Raises:
        BadInput: a golden or a kept file cannot be read, or the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [_pictures(folder, one) for one in evidence]
    result = ParityResult(
        schema=SCHEMA,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        artifacts=tuple(checked_artifact(one.artifact, sets) for one, sets in zip(evidence, pictures, strict=True)),
    )
    write_parity(result, folder / "parity.json")
    write_text(folder / "parity.md", parity_markdown([one.artifact for one in evidence], pictures))
    return result


def _pictures(folder: Path, one: Evidence) -> tuple[PictureSet, ...]:
    there = {runtime: path for runtime, path in one.kept.items() if path.exists()}
    if not there:
        return ()
    golden = read_golden(one.golden)
    home = folder / PICTURES / one.artifact.files[0].name
    return tuple(
        drawn
        for runtime, path in there.items()
        for drawn in write_pictures(golden, read_golden(path), runtime, home / runtime, folder)
    )
