"""artifact.json: what a proven file is, where it came from and what was found when it was held against the model."""

from dataclasses import dataclass, field
from pathlib import Path

from mobileswap.contracts.chain import Role
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import read_versioned, sha256_of, size_of, write_json
from mobileswap.contracts.publish import settle
from mobileswap.contracts.spec import TensorSpec
from mobileswap.contracts.verdict import ParityReport

SCHEMA = 2


@dataclass(frozen=True)
class FileRecord:
    """A file or package folder of an artifact, relative to the folder of artifact.json."""

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class WeightsRecord:
    """Where the numbers came from. ``sha256`` is over the sorted keys and their bytes, whatever container held them."""

    name: str
    sha256: str
    trained: bool
    source: str
    licence: str


@dataclass(frozen=True)
class IdentityRecord:
    """The source person that was baked in: the photo or embedding file it came from, and the embedding's hash."""

    source: str
    sha256: str


@dataclass(frozen=True)
class RewriteRecord:
    """An exact rewrite: in how many places it applied, and how far it moved the outputs in float64."""

    name: str
    places: int
    max_abs_float64: float


@dataclass(frozen=True)
class KeptRecord:
    """An operation that computes in float32 in a file that computes in fp16 otherwise.

    Attributes:
        operation: its name in the file.
        type: in the words of the format.
        place: of the network (contracts/place.py).
        alone_db: PSNR that would be left with this operation alone in fp16, estimated on the worst sample; None where
            fp16 overflows there.
    """

    operation: str
    type: str
    place: str
    alone_db: float | None


@dataclass(frozen=True)
class Artifact:
    """One component in one format.

    Attributes:
        name: stem of the file names, ``<family>-<component>-<precision>`` and what sets this variant apart.
        precision: ``fp32`` or ``fp16``, of the stored weights and of the operations the file declares; ``mixed`` is
            fp16 with the operations of ``kept`` in fp32.
        io: ``tensor`` (floats) or ``image`` (8-bit RGB, the scaling is in the graph).
        files: the first one is what a runtime opens; artifact.json carries its name with ``.json`` added.
        options: what else was asked of the exporter, for instance the opset or the deployment target.
        parity: empty only where the user asked for ``--no-verify``.
        taps: place of the network (contracts/place.py) → tensor of the file, for ``parity bisect``.
        kept: of a ``mixed`` file, in the order of execution; empty where fp16 passes everywhere.
        flops: of one pass of the untouched network, two for each multiplication with its addition, so that all formats
            are held against the same work; 0 in a file of an older mobileswap.
        role: what the component is for; None in a file of an older mobileswap.

    Raises:
        ValueError: no file, no input or no output.
    """

    schema: int
    name: str
    family: str
    component: str
    format: str
    precision: str
    io: str
    identity: IdentityRecord | None
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    files: tuple[FileRecord, ...]
    weights: WeightsRecord
    rewrites: tuple[RewriteRecord, ...]
    options: dict[str, str]
    versions: dict[str, str]
    notice: str
    command: str
    parity: tuple[ParityReport, ...]
    taps: dict[str, str] = field(default_factory=dict)
    kept: tuple[KeptRecord, ...] = ()
    flops: int = 0
    role: Role | None = None

    def __post_init__(self) -> None:
        if not (self.files and self.inputs and self.outputs):
            raise ValueError("an artifact has at least one file, one input and one output")

    @property
    def size_bytes(self) -> int:
        return sum(record.size_bytes for record in self.files)

    @property
    def sha256(self) -> str:
        """Of the file, or of all the files' hashes where the format has several."""
        if len(self.files) == 1:
            return self.files[0].sha256
        return sha256_of("\n".join(f"{record.name} {record.sha256}" for record in self.files).encode())

    @property
    def verified(self) -> bool:
        return bool(self.parity) and all(report.passed for report in self.parity)

    @property
    def accepted(self) -> bool:
        """Verified, or what was not checked is waived by name; a figure of it is still marked as unverified."""
        return bool(self.parity) and all(report.passed or report.waived for report in self.parity)


def record_file(path: Path) -> FileRecord:
    """Hash and measure one file or package folder."""
    return FileRecord(path.name, sha256_of(path), size_of(path))


def json_beside(path: Path) -> Path:
    """The artifact.json that belongs to an artifact's file: ``x.onnx`` has ``x.onnx.json``."""
    return path.with_name(path.name + ".json")


def write_artifact(artifact: Artifact, path: Path) -> None:
    write_json(path, artifact)


def read_artifact(path: Path) -> Artifact:
    """Read artifact.json, given itself or a file of the artifact; a change that a crash cut short is finished first.

    Raises:
        BadInput: there is no such file, it is not an artifact.json, it is another artifact's, or another version of
            mobileswap wrote it.
    """
    record = path if path.suffix == ".json" else json_beside(path)
    for folder in (path.parent, path.absolute().parent.parent):  # what lies in rejected/ was published from above it
        settle(folder)
    if not path.exists():
        raise BadInput(f"{path}: no such artifact; make one with `mobileswap export`")
    if not record.exists():
        raise BadInput(f"{path}: {record.name} is not beside it; export it again, or keep the two together")
    artifact = parse_artifact(record)
    if record != json_beside(record.with_name(artifact.files[0].name)):
        raise BadInput(f"{record}: it speaks of {artifact.files[0].name}; keep each file with its own JSON")
    return artifact


def parse_artifact(record: Path) -> Artifact:
    """Read an artifact.json, and look at nothing else.

    Raises:
        BadInput: it is none, or another version of mobileswap wrote it.
    """
    return read_versioned(record, Artifact, SCHEMA, what="an artifact.json", remedy="export it again")


def require_unchanged(artifact: Artifact, folder: Path) -> None:
    """Refuse an artifact whose files are not the ones that its artifact.json speaks of.

    Raises:
        BadInput: a file is missing or its hash differs.
    """
    for record in artifact.files:
        path = folder / record.name
        if not path.exists():
            raise BadInput(f"{path}: named in artifact.json and not there; export it again")
        found = sha256_of(path)
        if found != record.sha256:
            raise BadInput(f"{path}: SHA-256 {found[:12]}…, artifact.json says {record.sha256[:12]}…; export it again")


def read_unchanged(path: Path) -> tuple[Artifact, Path]:
    """An artifact as it was exported, and its first file, which is what a runtime opens.

    Args:
        path: of its first file, or its artifact.json.

    Raises:
        BadInput: as read_artifact and require_unchanged.
    """
    artifact = read_artifact(path)
    require_unchanged(artifact, path.parent)
    return artifact, path.parent / artifact.files[0].name
