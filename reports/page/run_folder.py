"""What lies in a run folder, read and checked against itself; a page is made of this and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from mobileswap.contracts.artifact import Artifact, read_artifact, require_unchanged
from mobileswap.contracts.bench_result import BENCH, BenchResult, read_result
from mobileswap.contracts.chain import Role
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import size_of
from mobileswap.contracts.lint_report import LintReport, read_lint
from mobileswap.contracts.parity_results import CheckedArtifact, ParityResult, PictureSet, checked_artifact, read_parity
from mobileswap.reports.display_names import artifact_label
from mobileswap.reports.page.cell import JsonSpot
from mobileswap.reports.size_table import CheckpointFile
from mobileswap.reports.whole_systems import role_of

LINT = "lint"
REPORT = "report.html"
_ARTIFACTS, _REJECTED, _WEIGHTS = "artifacts", "rejected", "weights"
_HOMES = (_ARTIFACTS, f"{_ARTIFACTS}/{_REJECTED}", ".", _REJECTED)


@dataclass(frozen=True)
class Subject:
    """An artifact that the page speaks of.

    Attributes:
        checked: what was found of it.
        reports: the place of its reports in the JSON, one per runtime.
        artifact: all of it, with its place and the folder of its files; None in a folder of ``parity check --report``.
    """

    checked: CheckedArtifact
    reports: JsonSpot
    artifact: Artifact | None = None
    place: JsonSpot | None = None
    home: str = ""


@dataclass(frozen=True)
class Run:
    """A run folder.

    Attributes:
        folder: that all names are relative to.
        base: the way from the page's folder to it, for links.
        parity, bench: None where the folder has none.
        lints: one per Core ML package that was linted.
        checkpoints: weights alone, as files.
        contradictions: where two files of the folder speak of different artifacts.
    """

    folder: Path
    base: str
    parity: ParityResult | None
    bench: BenchResult | None
    subjects: tuple[Subject, ...] = ()
    lints: tuple[tuple[LintReport, JsonSpot], ...] = ()
    checkpoints: tuple[CheckpointFile, ...] = ()
    contradictions: tuple[str, ...] = ()

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        return tuple(one.artifact for one in self.subjects if one.artifact)

    @property
    def timings(self) -> JsonSpot:
        return self.spot(BENCH, self.bench)

    def spot(self, name: str, value: object) -> JsonSpot:
        """A file of the folder as the place of a figure."""
        return JsonSpot(name, self.href(name), value)

    def href(self, name: str) -> str:
        """Relative to the page; a name is never taken for a scheme or a fragment."""
        return quote(f"{self.base}{name}")


def read_run(folder: Path, page: Path) -> Run:
    """Read a folder of ``release``, ``parity check --report`` or ``export``.

    Args:
        folder: the run folder.
        page: where the page will lie; links are relative to it.

    Raises:
        BadInput: nothing to report on, a file that is half-written or of another schema, or an artifact whose files
            are not those that its JSON speaks of.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: expected a folder that `mobileswap release` or `parity check --report` made")
    base = Path(os.path.relpath(folder.resolve(), page.absolute().parent.resolve())).as_posix() + "/"
    run = Run(
        folder=folder,
        base="" if base == "./" else base,
        parity=read_parity(folder / "parity.json") if (folder / "parity.json").exists() else None,
        bench=read_result(folder / BENCH) if (folder / BENCH).exists() else None,
    )
    subjects = tuple(_subjects(run))
    if not (subjects or run.bench):
        raise BadInput(
            f"{folder}: no artifact, parity.json or bench.json in it; make one with `mobileswap release` or "
            "`mobileswap parity check --report`"
        )
    order = {one.checked.sha256: i for i, one in enumerate(subjects)}
    lints = tuple(sorted(_lints(run), key=lambda lint: order.get(lint[0].artifact_sha256, len(order))))
    return replace(
        run,
        subjects=subjects,
        lints=lints,
        checkpoints=_checkpoints(folder / _WEIGHTS, subjects),
        contradictions=tuple(_contradictions(subjects, run.parity, lints)),
    )


def _subjects(run: Run) -> Iterator[Subject]:
    """From the artifacts themselves where there are any, with the pictures of parity.json."""
    parity = run.parity.artifacts if run.parity else ()
    found = list(_artifacts(run))
    if not found:
        for i, checked in enumerate(parity):
            yield Subject(checked, run.spot("parity.json", run.parity).at(f"artifacts[{i}].reports"))
        return
    order = {one.sha256: i for i, one in enumerate(parity)}
    pictures = {one.sha256: one.pictures for one in parity}
    for artifact, place, home in sorted(found, key=lambda one: order.get(one[0].sha256, len(order))):
        checked = checked_artifact(artifact, pictures.get(artifact.sha256, ()))
        yield Subject(checked, place.at("parity"), artifact, place, home)


def _artifacts(run: Run) -> Iterator[tuple[Artifact, JsonSpot, str]]:
    for home in _HOMES:
        for path in sorted((run.folder / home).glob("*.json")):
            # beside the artifacts of a release every such JSON is one's; elsewhere only with its file beside it
            strict = home.startswith(_ARTIFACTS)
            file = path.with_suffix("")
            if file.suffix and (strict or file.exists()):
                artifact = read_artifact(path)
                require_unchanged(artifact, path.parent)
                name = path.relative_to(run.folder).as_posix()
                yield artifact, run.spot(name, artifact), path.parent.relative_to(run.folder).as_posix()


def _lints(run: Run) -> Iterator[tuple[LintReport, JsonSpot]]:
    for path in sorted((run.folder / LINT).glob("*.json")):
        report = read_lint(path)
        yield report, run.spot(path.relative_to(run.folder).as_posix(), report)


def _checkpoints(folder: Path, subjects: tuple[Subject, ...]) -> tuple[CheckpointFile, ...]:
    """Of the networks; what runs once per person comes last."""
    known = {(one.family, one.component): one for one in (subject.artifact for subject in subjects) if one}
    found = []
    for key, one in sorted(known.items(), key=lambda entry: role_of(entry[1]) is Role.EMBEDDER):
        path = folder / f"{'-'.join(key)}.safetensors"
        if path.exists():
            role = role_of(one)
            found.append(CheckpointFile(*key, size_of(path), path.suffix, trained=one.weights.trained, role=role))
    return tuple(found)


def _contradictions(
    subjects: tuple[Subject, ...], parity: ParityResult | None, lints: tuple[tuple[LintReport, JsonSpot], ...]
) -> Iterator[str]:
    known = {one.checked.sha256 for one in subjects}
    for checked in parity.artifacts if parity else ():
        name = artifact_label(checked)
        if checked.sha256 not in known:
            yield f"parity.json speaks of {name}, which is not a file of this folder."
        for one in (one.checked for one in subjects if one.checked.sha256 == checked.sha256):
            if (one.verified, one.accepted) != (checked.verified, checked.accepted):
                yield f"parity.json and its own JSON do not give {name} the same verdict."
    for report, place in lints:
        if any(one.artifact for one in subjects) and report.artifact_sha256 not in known:
            yield f"{place.name} speaks of {report.artifact}, which is not a file of this folder."


def picture_path(run: Run, name: str) -> Path:
    """A picture that parity.json names.

    Raises:
        BadInput: it lies outside of the folder, or is not there.
    """
    path = (run.folder / name).resolve()
    if not path.is_relative_to(run.folder.resolve()):
        raise BadInput(f"{run.folder / 'parity.json'}: the picture {name} lies outside of the folder; check it again")
    if not path.is_file():
        raise BadInput(f"{path}: named in parity.json and not there; run `mobileswap parity check --report` again")
    return path


def pictures_of(run: Run) -> Iterator[tuple[Subject, PictureSet]]:
    return ((subject, drawn) for subject in run.subjects for drawn in subject.checked.pictures)
