"""Each artifact.json of a release folder against its files and against itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mobileswap.contracts.artifact import Artifact, json_beside, parse_artifact
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import sha256_of, size_of
from mobileswap.contracts.golden_file import read_golden
from mobileswap.contracts.release_findings import Found, Problem, found
from mobileswap.contracts.strict_json import require_strict
from mobileswap.contracts.tool_version import tool_version
from mobileswap.contracts.verdict import Outcome, ParityReport
from mobileswap.parity.check import MINIMUM_SAMPLES
from mobileswap.parity.limits import find_limits, judge
from mobileswap.pipeline.release_files import is_plain
from mobileswap.runtimes.border import at_border
from mobileswap.runtimes.runtime_entries import RUNTIMES
from mobileswap.weights.catalogue import manifest as built_in

if TYPE_CHECKING:
    from mobileswap.contracts.spec import TensorSpec
    from mobileswap.contracts.verdict import Limits, SampleVerdict


@dataclass(frozen=True)
class Record:
    """An artifact.json of a folder, by its path there; ``artifact`` is None where it cannot be read as one."""

    path: str
    artifact: Artifact | None
    problem: str = ""

    @property
    def home(self) -> str:
        return self.path.rpartition("/")[0]

    def covers(self, name: str) -> bool:
        """Whether a file of the folder is this record, or one of the artifact's files."""
        files = self.artifact.files if self.artifact else ()
        start = f"{self.home}/" if self.home else ""
        return name == self.path or any(
            name == start + file.name or name.startswith(f"{start}{file.name}/") for file in files
        )


def read_record(folder: Path, name: str) -> Record:
    """Nothing but the file itself is read."""
    path = folder / name
    try:
        artifact = parse_artifact(path)
        require_strict(path, artifact)
    except (BadInput, OSError) as error:
        return Record(name, None, str(error).replace(f"{folder}/", ""))
    return Record(name, artifact)


def check_record(folder: Path, record: Record, goldens: Mapping[str, Path]) -> Iterator[Found]:
    """What an artifact.json says that its files, the golden file or its own samples do not bear out.

    Args:
        folder: of the release.
        record: that could be read.
        goldens: SHA-256 → golden file of the folder.
    """
    artifact = record.artifact
    assert artifact is not None
    for name in (file.name for file in artifact.files):
        if not is_plain(name) or "/" in name:
            yield found(Problem.UNSAFE, record.path, f"its file {name} is not beside it")
            return
    yield from _own_files(folder, record, artifact)
    if artifact.weights.sha256 in _untrained() and artifact.weights.trained:
        yield found(Problem.STATEMENT, record.path, "says trained of weights that are built in and are not")
    if not artifact.parity:
        yield found(Problem.VERDICT, record.path, "was never held against the model")
    for runtime in _owed(artifact):
        yield found(Problem.VERDICT, record.path, f"says nothing of {runtime}, which has a say in it")
    for report in artifact.parity:
        yield from _report(record, artifact, report, goldens)


def _own_files(folder: Path, record: Record, artifact: Artifact) -> Iterator[Found]:
    home = (folder / record.path).parent
    if folder / record.path != json_beside(home / artifact.files[0].name):
        yield found(Problem.STATEMENT, record.path, f"speaks of {artifact.files[0].name}")
    for file in artifact.files:
        path = home / file.name
        if path.is_symlink() or not path.exists():
            yield found(Problem.MISSING, record.path, f"its file {file.name} is not beside it")
        elif sha256_of(path) != file.sha256:
            yield found(Problem.CHANGED, record.path, f"its file {file.name} has another SHA-256")
        elif size_of(path) != file.size_bytes:
            yield found(
                Problem.STATEMENT, record.path, f"{file.name} has {size_of(path)} bytes, it says {file.size_bytes}"
            )


def _untrained() -> set[str]:
    return {entry.sha256 for entry in built_in().weights if not entry.trained}


def _owed(artifact: Artifact) -> list[str]:
    """Runtimes that prove such an artifact wherever it is made, and have no report."""
    told = [report.runtime for report in artifact.parity]
    return [
        runtime.name
        for runtime in RUNTIMES
        if (artifact.format, artifact.precision) in runtime.proves
        and not (runtime.platform or runtime.program)
        and runtime.name not in told
    ]


def _report(record: Record, artifact: Artifact, report: ParityReport, goldens: Mapping[str, Path]) -> Iterator[Found]:
    """Of a runtime that is said to have passed; the verdict of one that did not stands for itself."""
    if not report.outcome.passed:
        return
    try:
        specs = at_border(artifact.outputs, report.runtime)
    except BadInput as error:
        yield found(Problem.STATEMENT, record.path, str(error))
        return
    if artifact.versions.get("mobileswap") == tool_version() and report.default_limits not in _defaults(
        artifact, specs
    ):
        yield found(Problem.STATEMENT, record.path, f"{report.runtime}: its default limits are not this mobileswap's")
    if report.golden_sha256 not in goldens:
        yield found(Problem.STATEMENT, record.path, f"{report.runtime}: the golden file is not in the folder")
    elif detail := _other_samples(report, goldens[report.golden_sha256], [spec.name for spec in specs]):
        yield found(Problem.VERDICT, record.path, f"{report.runtime}: {detail}")
    for sample in report.samples:
        outcome = _judged(sample, report, {spec.name: spec for spec in specs})
        if outcome is not sample.outcome:
            detail = (
                f"{report.runtime}: {sample.sample}, {sample.output} says {sample.outcome}; by its figures {outcome}"
            )
            yield found(Problem.VERDICT, record.path, detail)


def _defaults(artifact: Artifact, specs: Sequence[TensorSpec]) -> list[Limits]:
    names = {runtime.proves.get((artifact.format, artifact.precision)) for runtime in RUNTIMES}
    return [find_limits(name, specs) for name in names if name]


def _other_samples(report: ParityReport, golden: Path, outputs: list[str]) -> str:
    try:
        expected = [note.name for note in read_golden(golden).header.samples]
    except BadInput as error:
        return str(error)
    if len(expected) < MINIMUM_SAMPLES:
        return f"{len(expected)} samples, at least {MINIMUM_SAMPLES} make a proof"
    told = {(sample.sample, sample.output) for sample in report.samples}
    missing = next(((name, out) for name in expected for out in outputs if (name, out) not in told), None)
    return f"says nothing of sample {missing[0]}, output {missing[1]}" if missing else ""


def _judged(sample: SampleVerdict, report: ParityReport, specs: Mapping[str, TensorSpec]) -> Outcome:
    if sample.metrics is None or sample.output not in specs:
        return Outcome.NOT_CHECKED if sample.outcome.passed else sample.outcome
    return judge(sample.metrics, report.limits, specs[sample.output]).outcome
