"""The top of the page: the verdict, a few figures that it rests on, what stands against it, what it leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mobileswap.contracts.bench_result import BenchRun
from mobileswap.contracts.release_verdict import ReleaseVerdict, decide
from mobileswap.contracts.verdict import Waiver
from mobileswap.reports.caveats import timed
from mobileswap.reports.display_names import artifact_label, backend_name, framework_name
from mobileswap.reports.figures import decibels, megabytes, milliseconds
from mobileswap.reports.page.cell import Cell
from mobileswap.reports.page.run_folder import Run, Subject
from mobileswap.reports.parity_tables import worst_of
from mobileswap.reports.release_judgement import Release, not_checked, problems, verdicts, warnings
from mobileswap.reports.whole_systems import whole_systems

_TONES = {
    ReleaseVerdict.PASS: "pass",
    ReleaseVerdict.PASS_WITH_WARNING: "warn",
    ReleaseVerdict.WAIVED: "warn",
    ReleaseVerdict.FAIL: "fail",
}


@dataclass(frozen=True)
class Fact:
    """A large figure with what it is."""

    figure: Cell
    unit: str
    words: str


@dataclass(frozen=True)
class Headline:
    """The judgement of a run folder.

    Attributes:
        word: of a ReleaseVerdict.
        tone: of the word.
        reach: how far it goes, in a sentence.
        waivers: with the artifact and runtime that each is about.
        changes: limits that the user changed, one sentence each.
    """

    word: str
    tone: str
    reach: str
    trained: bool
    facts: tuple[Fact, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    not_checked: tuple[str, ...]
    waivers: tuple[tuple[str, Waiver], ...]
    changes: tuple[str, ...]


def verdict(run: Run) -> Headline:
    """Judge by what the folder holds; only where nothing stands against it does it pass."""
    found = (*_problems(run), *run.contradictions)
    decided = decide([one.checked.reports for one in run.subjects], found)
    return Headline(
        word=decided.value,
        tone=_TONES[decided],
        reach=decided.reach,
        trained=all(one.checked.trained for one in run.subjects) and all(one.trained for one in _runs(run)),
        facts=tuple(_facts(run)),
        problems=found,
        warnings=warnings((artifact_label(one.checked), one.checked.reports) for one in run.subjects),
        not_checked=_open(run),
        waivers=tuple(_waivers(run)),
        changes=tuple(_changes(run)),
    )


def _release(run: Run) -> Release:
    """As the README's judge sees the folder."""
    return Release("", "", "", run.artifacts, run.bench, ())


def _runs(run: Run) -> tuple[BenchRun, ...]:
    return run.bench.runs if run.bench else ()


def _problems(run: Run) -> tuple[str, ...]:
    if run.artifacts:
        return problems(_release(run))
    if not run.subjects:
        return ("There is no proof in this folder: it holds times alone.",)
    return tuple(
        f"{artifact_label(one)} is not proven: {verdicts(one.reports)}."
        for one in (subject.checked for subject in run.subjects)
        if not one.accepted
    )


def _waivers(run: Run) -> Iterator[tuple[str, Waiver]]:
    for one in run.subjects:
        for report in one.checked.reports:
            if report.waiver:
                yield f"{artifact_label(one.checked)} in {report.runtime}", report.waiver


def _changes(run: Run) -> Iterator[str]:
    for one in run.subjects:
        for report in one.checked.reports:
            if report.limits != report.default_limits:
                name = artifact_label(one.checked)
                yield f"{name} in {report.runtime}: judged by other limits than the default ones."


def _open(run: Run) -> tuple[str, ...]:
    if run.artifacts:
        left = not_checked(_release(run))
    else:
        left = ("Speed and size: this folder holds neither times nor the files themselves.",)
        left += ("What the pictures look like, and whether they show the person meant: parity compares with PyTorch.",)
    return left if run.lints else (*left, "What of it a Neural Engine would run: nothing was linted.")


def _facts(run: Run) -> Iterator[Fact]:
    proven = [one for one in run.subjects if one.checked.verified]
    if run.subjects:
        where = "parity.json" if not run.artifacts else "the JSON of every artifact"
        share = Cell(f"{len(proven)}/{len(run.subjects)}", title=f"{where}: artifacts whose reports all passed")
        yield Fact(share, "", "artifacts proven from the files on disk")
    if margin := min(_margins(run.subjects), key=lambda one: one[0], default=None):
        _, subject, i, worst = margin
        report = subject.checked.reports[i]
        cell = subject.reports.cell(f"[{i}].samples[{worst}].metrics.psnr_db", decibels)
        hard = report.limits.psnr_db.hard
        words = f"PSNR where it is closest to its hard limit, {hard:g} dB: {artifact_label(subject.checked)}"
        yield Fact(cell, "dB", words)
    runs = [(one.summary.median_ms, i, one) for i, one in enumerate(_runs(run)) if timed(one) and one.summary]
    if runs:
        _, i, one = min(runs, key=lambda entry: entry[:2])
        cell = run.timings.cell(f"runs[{i}].summary.median_ms", milliseconds)
        words = f"median of the quickest backend here, {backend_name(one)}, {one.threads} threads"
        yield Fact(cell, "ms", words)
    complete = [one for one in whole_systems(run.artifacts) if one.complete and not one.main.identity]
    if small := min(complete, key=lambda one: one.size_bytes, default=None):
        place = next(one.place for one in run.subjects if one.artifact is small.main)
        cell = Cell(megabytes(small.size_bytes), place.href if place else "", "sum of files[*].size_bytes")
        words = f"smallest set of files that an app needs: {framework_name(small.main.format)}"
        yield Fact(cell, "MB", f"{words} {small.main.precision}")


def _margins(subjects: tuple[Subject, ...]) -> Iterator[tuple[float, Subject, int, int]]:
    """How far each report's worst PSNR lies above its hard limit."""
    for subject in subjects:
        for i, report in enumerate(subject.checked.reports):
            worst = worst_of(report)
            if worst and worst.metrics and report.worst is not None:
                yield worst.metrics.psnr_db - report.limits.psnr_db.hard, subject, i, report.worst
