"""Every statement of a release's manifest against the records and files that it is made of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from safetensors import SafetensorError, safe_open

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.bench_result import BENCH, read_result
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.parity_results import ParityResult, checked_artifact, read_parity
from mobileswap.contracts.release_findings import Found, Problem, found
from mobileswap.contracts.release_manifest import ListedArtifact, ReleaseManifest
from mobileswap.contracts.strict_json import require_strict
from mobileswap.pipeline.release_files import is_plain
from mobileswap.pipeline.release_records import Record, check_record, read_record
from mobileswap.reports.release_judgement import Release, problems
from mobileswap.weights.catalogue import state_hash

T = TypeVar("T")
ARTIFACTS = "artifacts"
GOLDEN = f"{ARTIFACTS}/golden"
REJECTED = f"{ARTIFACTS}/rejected"
WEIGHTS = "weights"
README = "README.md"
PARITY = "parity.json"
_MANIFEST = "manifest.json"
_COMMIT = re.compile(r"([0-9a-f]{40}(-dirty)?)?")


def check_statements(folder: Path, manifest: ReleaseManifest, spoilt: set[str]) -> Iterator[Found]:
    """What the manifest says besides its list of files.

    Args:
        folder: of the release.
        manifest: of it.
        spoilt: files of which something was said already; what they say counts for nothing.
    """
    sound = {file.name for file in manifest.files if is_plain(file.name)} - spoilt
    yield from _list_of_artifacts(manifest, sound, spoilt)
    records = _records(folder, manifest, sound)
    yield from _left_out(manifest, records, sound)
    goldens = {
        file.sha256: folder / file.name
        for file in manifest.files
        if file.name in sound and file.name.startswith(f"{GOLDEN}/")
    }
    for record in records:
        if record.artifact is None:
            yield found(Problem.STATEMENT, record.path, record.problem)
        elif not any(record.covers(name) for name in spoilt):
            yield from check_record(folder, record, goldens)
    artifacts = [record.artifact for record in records if record.artifact]
    yield from _summed_up(manifest, artifacts)
    yield from _weights(folder, manifest, artifacts, sound)
    yield from _verdict(folder, manifest, artifacts, sound)
    yield from _origin(folder, manifest, artifacts, sound)


def listing(artifact: Artifact, record: str) -> ListedArtifact:
    """What a manifest says of an artifact."""
    return ListedArtifact(
        record=record,
        sha256=artifact.sha256,
        verdicts={report.runtime: report.outcome.value for report in artifact.parity},
        accepted=artifact.accepted,
    )


def _list_of_artifacts(manifest: ReleaseManifest, sound: set[str], spoilt: set[str]) -> Iterator[Found]:
    for record, times in Counter(listed.record for listed in manifest.artifacts).items():
        if times > 1:
            yield found(Problem.STATEMENT, record, f"{times} times among the artifacts of the manifest")
        if not is_plain(record):
            yield found(Problem.UNSAFE, record, "an artifact's path in the manifest that leads out of the folder")
        elif record not in sound | spoilt:
            yield found(Problem.MISSING, record, "an artifact of the manifest, not among its files")


def _records(folder: Path, manifest: ReleaseManifest, sound: set[str]) -> list[Record]:
    """Those that are listed, and whatever else reads as one."""
    listed = {entry.record for entry in manifest.artifacts if entry.record in sound}
    found_ = [read_record(folder, name) for name in sorted(listed)]
    others = (name for name in sorted(sound - listed) if name.endswith(".json"))
    inside = [name for name in others if not any(record.covers(name) for record in found_)]
    return [*found_, *(record for record in (read_record(folder, name) for name in inside) if record.artifact)]


def _left_out(manifest: ReleaseManifest, records: Sequence[Record], sound: set[str]) -> Iterator[Found]:
    listed = {entry.record: entry for entry in manifest.artifacts}
    for record in records:
        if record.path not in listed:
            yield found(Problem.STATEMENT, record.path, "an artifact that the manifest leaves out of its list")
        elif record.artifact and listing(record.artifact, record.path) != listed[record.path]:
            yield found(Problem.VERDICT, record.path, "its hash and verdicts are not those of the manifest")
        if record.artifact and record.artifact.accepted == record.path.startswith(f"{REJECTED}/"):
            yield found(Problem.VERDICT, record.path, "what is accepted does not lie with what is rejected")
    for name in sorted(sound):
        below = name.startswith(f"{ARTIFACTS}/") and not name.startswith(f"{GOLDEN}/")
        if below and not any(record.covers(name) for record in records):
            yield found(Problem.STATEMENT, name, "lies among the artifacts and belongs to none of the manifest")


def _summed_up(manifest: ReleaseManifest, artifacts: Sequence[Artifact]) -> Iterator[Found]:
    """Versions and ``trained``, which are put together from all the records."""
    versions = {name: version for artifact in artifacts for name, version in artifact.versions.items()}
    for name in sorted(manifest.versions.keys() | versions.keys()):
        if manifest.versions.get(name) != versions.get(name):
            said, there = manifest.versions.get(name, "nothing"), versions.get(name, "nothing")
            yield found(Problem.STATEMENT, _MANIFEST, f"says {said} of {name}'s version, the records say {there}")
    trained = bool(artifacts) and all(artifact.weights.trained for artifact in artifacts)
    if manifest.trained != trained:
        yield found(Problem.STATEMENT, _MANIFEST, f"says trained: {manifest.trained}, the records say {trained}")


def _weights(
    folder: Path, manifest: ReleaseManifest, artifacts: Sequence[Artifact], sound: set[str]
) -> Iterator[Found]:
    for artifact in artifacts:
        if manifest.weights.get(artifact.component) != artifact.weights.sha256:
            detail = f"says other weights of {artifact.component} than {artifact.name}"
            yield found(Problem.STATEMENT, _MANIFEST, detail)
    family = {artifact.component: artifact.family for artifact in artifacts}
    for component, sha256 in manifest.weights.items():
        if component not in family:
            yield found(Problem.STATEMENT, _MANIFEST, f"names weights of {component}, of which there is no artifact")
            continue
        name = f"{WEIGHTS}/{family[component]}-{component}.safetensors"
        if name not in sound:
            yield found(Problem.STATEMENT, name, f"the weights of {component} are not in the folder as they were")
        elif (there := _state_hash(folder / name)) != sha256:
            yield found(Problem.STATEMENT, name, f"weights of SHA-256 {there[:12]}…, the manifest says {sha256[:12]}…")


def _state_hash(path: Path) -> str:
    try:
        with safe_open(path, framework="np") as file:
            return state_hash({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118  no mapping
    except (OSError, SafetensorError, TypeError, ValueError) as error:
        return f"none: {error}"


def _verdict(
    folder: Path, manifest: ReleaseManifest, artifacts: Sequence[Artifact], sound: set[str]
) -> Iterator[Found]:
    bench = None
    if BENCH in sound:
        bench, problem = _read(folder / BENCH, read_result)
        if problem:
            yield found(Problem.STATEMENT, BENCH, problem)
    if not manifest.passed:
        yield found(Problem.VERDICT, README, "the release did not pass; its README.md says why")
        return
    judged = Release("", manifest.created, manifest.command, tuple(artifacts), bench)
    for sentence in problems(judged):
        yield found(Problem.VERDICT, _MANIFEST, f"says that the release passed: {sentence}")
    if not (judged.passed or problems(judged)):
        yield found(Problem.VERDICT, _MANIFEST, f"says that the release passed, the records say {judged.verdict}")
    text = _text(folder / README) if README in sound else ""
    if text and "**Verdict: PASS" not in text:
        yield found(Problem.VERDICT, README, "does not say PASS, the manifest says that the release passed")


def _origin(folder: Path, manifest: ReleaseManifest, artifacts: Sequence[Artifact], sound: set[str]) -> Iterator[Found]:
    """When, by which command and by what it was made."""
    if manifest.versions.get("mobileswap") != manifest.edition:
        yield found(Problem.STATEMENT, _MANIFEST, f"says edition {manifest.edition}, its versions say another")
    if not _COMMIT.fullmatch(manifest.commit):
        yield found(Problem.STATEMENT, _MANIFEST, f"says commit {manifest.commit!r}, which is none")
    created = _moment(manifest.created)
    if created is None or created > datetime.now(UTC) + timedelta(days=1):
        yield found(
            Problem.STATEMENT, _MANIFEST, f"says that it was made {manifest.created!r}, which is no past moment"
        )
    text = _text(folder / README) if README in sound else None
    for words in (manifest.created, manifest.command):
        if text is not None and words not in text:
            yield found(Problem.STATEMENT, README, f"does not say {words!r}, as the manifest does")
    if not any(file.name == README for file in manifest.files):
        yield found(Problem.STATEMENT, README, "not among the manifest's files, so that nobody vouches for its verdict")
    if PARITY in sound:
        parity, problem = _read(folder / PARITY, read_parity)
        if problem:
            yield found(Problem.STATEMENT, PARITY, problem)
        if parity:
            yield from _same_parity(parity, artifacts)


def _same_parity(parity: ParityResult, artifacts: Sequence[Artifact]) -> Iterator[Found]:
    records: Mapping[tuple[str, str], Artifact] = {(one.name, one.format): one for one in artifacts}
    for told in parity.artifacts:
        artifact = records.get((told.name, told.format))
        if artifact is None or checked_artifact(artifact, told.pictures) != told:
            yield found(Problem.VERDICT, PARITY, f"says of {told.format} {told.name} what its artifact.json does not")


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _read(path: Path, read: Callable[[Path], T]) -> tuple[T | None, str]:
    """A result of another version is passed over: nothing is claimed of it here."""
    try:
        value = read(path)
    except BadInput as error:
        return None, "" if "older mobileswap" in str(error) else str(error)
    try:
        require_strict(path, value)
    except BadInput as error:
        return value, str(error)
    return value, ""
