"""How artifacts, frameworks and runtimes are called in a report."""

from contracts.artifact import Artifact
from contracts.result import BenchRun
from contracts.verdict import ParityReport


def framework_name(artifact_format: str) -> str:
    """A format's name as the papers write it; a format they do not know keeps its own."""
    names = {"pytorch": "PyTorch", "coreml": "CoreML", "onnx": "ONNX", "tnn": "TNN"}
    return names.get(artifact_format, artifact_format)


def artifact_label(artifact: Artifact) -> str:
    """Name and format: a .pt2, an .onnx and an .mlpackage of one component have the same stem."""
    return f"{artifact.name} ({framework_name(artifact.format)})"


def runtime_name(report: ParityReport) -> str:
    """The runtime with its version; our own executor is marked as such."""
    name = _versioned(report.runtime, report.runtime_version)
    return f"{name} (reference executor)" if report.reference_executor else name


def backend_name(run: BenchRun) -> str:
    """The backend with its version."""
    return _versioned(run.backend, run.backend_version)


def _versioned(name: str, version: str) -> str:
    """A version that begins with the name already is not doubled; one that is not known is left out."""
    return version if version.startswith(name) else f"{name} {version}".strip()
