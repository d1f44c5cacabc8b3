"""A folder for the person who signs: parity.json, parity.md, and pictures of what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.files import write_text
from mobileswap.contracts.golden_file import Golden, read_golden
from mobileswap.contracts.parity_results import SCHEMA, ParityResult, PictureSet, checked_artifact, write_parity
from mobileswap.reports.parity_tables import parity_markdown
from mobileswap.reports.picture_files import Face, faces_of, write_inputs, write_pictures

PICTURES = "pictures"
INPUTS = "inputs"


@dataclass(frozen=True)
class Evidence:
    """An artifact that was checked.

    Attributes:
        golden: the file that it was held against.
        kept: by runtime, what it gave there (``parity.kept_outputs``); may be empty, and a file may be missing.
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
    drawn = any(_there(one) for one in evidence)
    goldens = {path: read_golden(path) for path in sorted({one.golden for one in evidence}) if drawn and path.exists()}
    faces = faces_of(list(goldens.values()))
    pictures = [_pictures(folder, one, goldens, faces) for one in evidence]
    result = ParityResult(
        schema=SCHEMA,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        artifacts=tuple(checked_artifact(one.artifact, sets) for one, sets in zip(evidence, pictures, strict=True)),
    )
    write_parity(result, folder / "parity.json")
    write_text(folder / "parity.md", parity_markdown([one.artifact for one in evidence], pictures))
    return result


def _there(one: Evidence) -> dict[str, Path]:
    return {runtime: path for runtime, path in one.kept.items() if path.exists()}


def _pictures(
    folder: Path, one: Evidence, goldens: Mapping[Path, Golden], faces: Sequence[Face]
) -> tuple[PictureSet, ...]:
    there = _there(one)
    if not there:
        return ()
    golden = goldens[one.golden]
    notes = {note.name: note.description for note in golden.header.samples}
    home = folder / PICTURES / one.artifact.files[0].name
    sets = [
        drawn
        for runtime, path in there.items()
        for drawn in write_pictures(golden, read_golden(path), runtime, home / runtime, folder)
    ]
    shown = [drawn.sample for drawn in sets]
    given = write_inputs(golden, shown, faces, folder / PICTURES / INPUTS / one.golden.stem, folder) if sets else {}
    return tuple(
        replace(drawn, target=given[drawn.sample].target, source=given[drawn.sample].source, about=notes[drawn.sample])
        for drawn in sets
    )
