"""How artifacts, frameworks and runtimes are called in a report."""

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.bench_result import BenchRun, Scenario
from mobileswap.contracts.format_facts import title_of
from mobileswap.contracts.parity_results import CheckedArtifact
from mobileswap.contracts.verdict import ParityReport


def framework_name(artifact_format: str) -> str:
    """A format's name as the papers write it; a format they do not know keeps its own."""
    return title_of(artifact_format)


def artifact_label(artifact: Artifact | CheckedArtifact) -> str:
    """Name and format: a .pt2, an .onnx and an .mlpackage of one component have the same stem."""
    return f"{artifact.name} ({framework_name(artifact.format)})"


def runtime_name(report: ParityReport) -> str:
    """The runtime with its version; our own executor is marked as such."""
    name = _versioned(report.runtime, report.runtime_version)
    return f"{name} (reference executor)" if report.reference_executor else name


def backend_name(run: BenchRun) -> str:
    """The backend with its version."""
    return _versioned(run.backend, run.backend_version)


def hardware_name(run: BenchRun) -> str:
    """Where it ran, by its own word if that says more than what was asked for, and how it was set."""
    where = run.device if run.ran_on in ("", run.device) else f"{run.device} ({run.ran_on})"
    return ", ".join((where, *run.settings, f"{run.threads} thread{'' if run.threads == 1 else 's'}"))


def work_name(run: BenchRun) -> str:
    """What one pass is, and the precision of the file."""
    what = "swap of a frame" if run.scenario is Scenario.SWAP else run.component
    return f"{run.family} {what} {run.precision}"


def passes_name(run: BenchRun) -> str:
    """How many passes were timed, and what else their time tells."""
    if run.scenario is not Scenario.SWAP or not run.summary:
        alone = f", {run.device_ms:.2f} ms on the device alone" if run.device_ms else ""
        compiled = ", compiled in the first" if "compiled" in run.settings else ""
        return f"{len(run.samples_ms)} passes{compiled}{alone}"
    embedding = f", embedding {run.embedding_ms:.0f} ms once" if run.embedding_ms else ""
    return f"{len(run.samples_ms)} frames, {1000 / run.summary.mean_ms:.1f} a second{embedding}"


def _versioned(name: str, version: str) -> str:
    """A version that begins with the name already is not doubled; one that is not known is left out."""
    return version if version.startswith(name) else f"{name} {version}".strip()
