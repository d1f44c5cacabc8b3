"""The judgement of a release folder: what stands against it, what it does not show, and one table of what it holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mobileswap.contracts.artifact import Artifact, FileRecord
from mobileswap.contracts.bench_result import BenchResult, BenchRun
from mobileswap.contracts.release_verdict import ReleaseVerdict, decide
from mobileswap.contracts.verdict import Outcome, ParityReport
from mobileswap.reports.caveats import marks_of_artifact, timed, verdict_of
from mobileswap.reports.display_names import artifact_label
from mobileswap.reports.figures import MB_NOTE, NOTHING, decibels, megabytes, milliseconds
from mobileswap.reports.parity_tables import worst_of
from mobileswap.reports.table import Column, Table
from mobileswap.reports.unseen import inputs_unseen, values_unseen, vendors_unseen


@dataclass(frozen=True)
class OtherFile:
    """A file of the folder that is no artifact, and what it is for."""

    record: FileRecord
    purpose: str


@dataclass(frozen=True)
class Release:
    """All that a release folder's README speaks of.

    Attributes:
        version: of mobileswap.
        created: ISO 8601, UTC.
        command: the one that made the folder.
        bench: None where nothing was timed.
        folder: of the artifacts, relative to the README, for instance ``artifacts/``.
    """

    version: str
    created: str
    command: str
    artifacts: tuple[Artifact, ...]
    bench: BenchResult | None
    others: tuple[OtherFile, ...] = ()
    folder: str = ""

    @property
    def trained(self) -> bool:
        return bool(self.artifacts) and all(artifact.weights.trained for artifact in self.artifacts)

    @property
    def verdict(self) -> ReleaseVerdict:
        """Untrained weights do not stand against it: they prove the tool, and are marked everywhere."""
        return decide([artifact.parity for artifact in self.artifacts], problems(self))

    @property
    def passed(self) -> bool:
        return self.verdict.passed

    @property
    def runs(self) -> tuple[BenchRun, ...]:
        return self.bench.runs if self.bench else ()


def problems(release: Release) -> tuple[str, ...]:
    """Why the release does not pass, one sentence each; empty where it does."""
    found = [] if release.artifacts else ["There is no artifact."]
    found += [
        f"{artifact_label(artifact)} is not proven: {verdicts(artifact.parity)}."
        for artifact in release.artifacts
        if not artifact.verified
    ]
    hashes = {artifact.sha256 for artifact in release.artifacts}
    for run in release.runs:
        if run.outcome is Outcome.UNAVAILABLE:
            continue  # stands under what was not checked
        if not timed(run):
            found.append(f"{run.backend} was not timed: {run.outcome.value}, {run.detail or 'no samples'}.")
        elif run.artifact_sha256 not in hashes:
            found.append(f"{run.backend} timed {run.artifact}, which is not a file of this folder.")
    return tuple(found)


def warnings(proofs: Iterable[tuple[str, Sequence[ParityReport]]]) -> tuple[str, ...]:
    """What passed and is not as close as expected, one sentence each.

    Args:
        proofs: of each artifact its label and its reports.
    """
    return tuple(
        f"{label} in {report.runtime}: {report.sentence}"
        for label, reports in proofs
        for report in reports
        if report.outcome is Outcome.PASS_WITH_WARNING
    )


def not_checked(release: Release) -> tuple[str, ...]:
    """What the folder does not show, though a reader might take it for granted."""
    found = [*vendors_unseen(release.artifacts), *inputs_unseen(release.artifacts), *values_unseen(release.artifacts)]
    if release.bench:
        found.append("Speed on a phone: the times were taken on the machine named in the speed table.")
    else:
        found.append("Speed: nothing was timed.")
    found += [f"{run.backend}: not timed; {run.detail}" for run in release.runs if run.outcome is Outcome.UNAVAILABLE]
    found.append("What the pictures look like, and whether they show the person meant: parity compares with PyTorch.")
    if not release.trained:
        found.append(
            "Anything about quality: the weights are untrained. Trained ones are to be exported and proven anew."
        )
    return tuple(found)


def release_table(release: Release) -> Table:
    """One row per artifact: size, verdict and worst PSNR in each runtime, mean time in each backend."""
    columns = (
        Column("Artifact"),
        Column("Precision"),
        Column("MB", figures=True),
        Column("Parity"),
        Column("worst PSNR dB", figures=True),
        Column("mean ms", figures=True),
        Column("Note"),
    )
    rows = tuple(_row(artifact, release) for artifact in release.artifacts)
    title = f"Release: {release.verdict}{'' if release.trained else ', untrained weights'}"
    notes = (
        f"{MB_NOTE} mean ms: of the timed passes of this very file.",
        "PSNR: of the worst output, in the order of the runtimes under Parity.",
    )
    return Table(title, columns, rows, (*problems(release), *notes))


def _row(artifact: Artifact, release: Release) -> tuple[str, ...]:
    runs = [run for run in release.runs if run.artifact_sha256 == artifact.sha256]
    return (
        artifact_label(artifact),
        artifact.precision,
        megabytes(artifact.size_bytes),
        verdicts(artifact.parity),
        ", ".join(_worst_psnr(report) for report in artifact.parity) or NOTHING,
        ", ".join(_mean(run) for run in runs) or NOTHING,
        "; ".join(marks_of_artifact(artifact)),
    )


def _worst_psnr(report: ParityReport) -> str:
    worst = worst_of(report)
    return decibels(worst.metrics.psnr_db) if worst and worst.metrics else NOTHING


def _mean(run: BenchRun) -> str:
    return milliseconds(run.summary.mean_ms) if timed(run) and run.summary else run.outcome.value


def verdicts(reports: Sequence[ParityReport]) -> str:
    """Every runtime's, in one line."""
    return ", ".join(f"{report.runtime} {verdict_of(report)}" for report in reports) or "NOT_CHECKED"
