"""parity.json: what was found of several artifacts, with the pictures that show it, ready for a report."""

from dataclasses import dataclass
from pathlib import Path

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.files import read_versioned, write_json
from mobileswap.contracts.verdict import ParityReport

SCHEMA = 1


@dataclass(frozen=True)
class PictureSet:
    """One output of one sample as three PNG files, relative to the folder of parity.json.

    Attributes:
        difference: absolute, ``DIFFERENCE_GAIN`` of reports/picture_files.py times as bright; what is not finite is
            magenta.
        target: the picture that went in, "" where none did.
        source: the photograph whose embedding went in, "" where no golden file beside this one tells.
        about: what the sample is, in words.
    """

    runtime: str
    sample: str
    output: str
    reference: str
    artifact: str
    difference: str
    target: str = ""
    source: str = ""
    about: str = ""


@dataclass(frozen=True)
class CheckedArtifact:
    """An artifact, what every runtime said of it, and pictures."""

    name: str
    format: str
    precision: str
    sha256: str
    weights_sha256: str
    trained: bool
    verified: bool
    accepted: bool
    reports: tuple[ParityReport, ...]
    pictures: tuple[PictureSet, ...]


@dataclass(frozen=True)
class ParityResult:
    schema: int
    created: str  # ISO 8601, UTC
    command: str
    artifacts: tuple[CheckedArtifact, ...]


def checked_artifact(artifact: Artifact, pictures: tuple[PictureSet, ...] = ()) -> CheckedArtifact:
    """What parity.json keeps of an artifact.json."""
    return CheckedArtifact(
        name=artifact.name,
        format=artifact.format,
        precision=artifact.precision,
        sha256=artifact.sha256,
        weights_sha256=artifact.weights.sha256,
        trained=artifact.weights.trained,
        verified=artifact.verified,
        accepted=artifact.accepted,
        reports=artifact.parity,
        pictures=pictures,
    )


def write_parity(result: ParityResult, path: Path) -> None:
    write_json(path, result)


def read_parity(path: Path) -> ParityResult:
    """Read a parity.json.

    Raises:
        BadInput: not there, half-written, or of another schema.
    """
    return read_versioned(
        path, ParityResult, SCHEMA, what="a parity.json", remedy="run `mobileswap parity check` again"
    )
