"""ONNX Runtime, on one of its execution providers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.errors import Unavailable
from mobileswap.runtimes.execution_providers import PROVIDERS, shares, short_name
from mobileswap.runtimes.runner import RunnerOptions

_CPU = PROVIDERS["cpu"]
# Otherwise CUDA rounds factors to 10 bits of mantissa, and what is called fp32 is not
_PROVIDER_OPTIONS = {PROVIDERS["cuda"]: {"use_tf32": "0"}}


class OnnxRuntimeRunner:
    """One session, sequential, with a fixed number of threads inside an operation.

    Operations that the provider asked for cannot do fall to the CPU; ``ran_on`` counts them. Where it can do none at
    all, the session is refused.
    """

    def __init__(self, path: Path, options: RunnerOptions) -> None:
        """Create the session.

        Raises:
            Unavailable: this build has no such execution provider, or ONNX Runtime took another one.
        """
        import onnxruntime as ort

        provider = PROVIDERS[options.device or "cpu"]
        if provider != _CPU and (reason := missing_provider(options.device)):
            raise Unavailable(reason)
        settings = ort.SessionOptions()
        settings.intra_op_num_threads = options.threads
        settings.inter_op_num_threads = 1
        settings.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        settings.log_severity_level = 3  # errors come as exceptions; warnings would be a user's noise
        if provider != _CPU:
            settings.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
        given = [(provider, _PROVIDER_OPTIONS.get(provider, {}))]
        self._session = ort.InferenceSession(path, settings, providers=given)
        # It falls back to another provider without an error, and the time would be that one's
        taken = self._session.get_providers()
        if taken[:1] != [provider] or not {*taken} <= {provider, _CPU}:
            raise Unavailable(f"onnxruntime: asked for {provider}, it runs on {taken}")
        self.ran_on = "cpu"
        if provider != _CPU:
            self._session.disable_fallback()  # else a pass that fails is tried again on the CPU, and timed there
            self.ran_on = _assignment(self._session, provider)
        self._outputs = [output.name for output in self._session.get_outputs()]
        self.version = f"onnxruntime {ort.__version__}"

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        return dict(zip(self._outputs, self._session.run(self._outputs, dict(inputs)), strict=True))

    def close(self) -> None:
        del self._session


def missing_provider(device: str) -> str | None:
    """Why this build of ONNX Runtime cannot run on a device of PROVIDERS, or None where it can."""
    import onnxruntime as ort

    available = ort.get_available_providers()
    if PROVIDERS[device] in available:
        return None
    known = ", ".join(short_name(name) for name in available)
    return f"onnxruntime {ort.__version__} here has no {PROVIDERS[device]}, only {known}; install a build that has it"


def _assignment(session: Any, provider: str) -> str:  # noqa: ANN401  onnxruntime has no types
    """Who computes what, asked of the session.

    Raises:
        Unavailable: the provider took not one operation.
    """
    if not hasattr(session, "get_provider_graph_assignment_info"):  # came after the 1.20 that we allow
        raise Unavailable(f"this onnxruntime does not say whether {provider} takes part; install a newer one")
    assigned = [(part.ep_name, len(part.get_nodes())) for part in session.get_provider_graph_assignment_info()]
    if provider not in dict(assigned):
        raise Unavailable(f"onnxruntime: {provider} took no operation of this network; all fell to {shares(assigned)}")
    return shares(assigned)
