"""ONNX Runtime on the CPU."""

from collections.abc import Mapping
from pathlib import Path

from bench.runner import Array, RunnerOptions
from contracts.errors import Unavailable

_PROVIDER = "CPUExecutionProvider"


class OnnxRuntimeRunner:
    """One session, sequential, with a fixed number of threads inside an operation."""

    def __init__(self, path: Path, options: RunnerOptions) -> None:
        """Create the session.

        Raises:
            Unavailable: ONNX Runtime took another execution provider than the one asked for.
        """
        import onnxruntime as ort

        settings = ort.SessionOptions()
        settings.intra_op_num_threads = options.threads
        settings.inter_op_num_threads = 1
        settings.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        settings.log_severity_level = 3  # errors come as exceptions; warnings would be a user's noise
        self._session = ort.InferenceSession(path, settings, providers=[_PROVIDER])
        # It falls back to another provider without an error, and the time would be that one's
        if self._session.get_providers() != [_PROVIDER]:
            raise Unavailable(f"onnxruntime: asked for {_PROVIDER}, it runs on {self._session.get_providers()}")
        self._outputs = [output.name for output in self._session.get_outputs()]
        self.version = f"onnxruntime {ort.__version__}"

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        return dict(zip(self._outputs, self._session.run(self._outputs, dict(inputs)), strict=True))

    def close(self) -> None:
        del self._session
