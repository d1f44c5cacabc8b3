"""What has to stand beside a figure, so that nobody quotes it for more than it is worth."""

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.bench_result import BenchRun
from mobileswap.contracts.verdict import ParityReport

UNTRAINED = "UNTRAINED weights"
UNVERIFIED = "UNVERIFIED artifact"


def verdict_of(report: ParityReport) -> str:
    """The outcome's name; a pass that compared nothing, or holds a sample that failed, is none.

    What the user changed of the judgement is said with it.
    """
    name = _outcome_of(report)
    if report.waived:
        return f"{name} (waived)"
    return f"{name} (limits changed)" if report.limits != report.default_limits else name


def _outcome_of(report: ParityReport) -> str:
    if report.outcome.passed and not report.samples:
        return "NO SAMPLES"
    if report.outcome.passed and not all(sample.outcome.passed for sample in report.samples):
        return "CONTRADICTS ITS SAMPLES"
    return report.outcome.value


def marks_of_artifact(artifact: Artifact) -> tuple[str, ...]:
    """The warnings that belong to every figure of this artifact."""
    return _marks(trained=artifact.weights.trained, verified=artifact.verified)


def marks_of_run(run: BenchRun) -> tuple[str, ...]:
    """The warnings that belong to every figure of this run."""
    return _marks(trained=run.trained, verified=run.verified)


def timed(run: BenchRun) -> bool:
    """There are figures to print: the run passed and left samples."""
    return run.outcome.passed and run.summary is not None and bool(run.samples_ms)


def _marks(*, trained: bool, verified: bool) -> tuple[str, ...]:
    return (() if trained else (UNTRAINED,)) + (() if verified else (UNVERIFIED,))
