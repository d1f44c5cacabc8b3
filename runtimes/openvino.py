"""OpenVINO on the CPU, told what to compute in, and asked whether it does."""

from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.errors import BadInput, Unavailable
from mobileswap.runtimes.looking_inside import Run, Sink
from mobileswap.runtimes.runner import RunnerOptions

_ELEMENTS = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}  # by our names


class OpenVinoRunner:
    """A compiled model with one stream and a fixed number of threads.

    Left alone, OpenVINO computes in bf16 on processors that can: 48 dB in place of 123 of the released generator. So it
    is always told, and an answer other than what was asked is a refusal.
    """

    def __init__(self, path: Path, options: RunnerOptions) -> None:
        """Compile the model.

        Raises:
            BadInput: the .xml or the .bin cannot be read.
            Unavailable: this processor does not compute in what was asked for.
        """
        import openvino

        core = openvino.Core()
        self._start(core, _read(core, path), options)
        self.version = f"openvino {openvino.get_version().partition('-')[0]}"

    def _start(self, core: Any, network: Any, options: RunnerOptions) -> None:  # noqa: ANN401  openvino is imported late
        compiled = compile_for(core, network, options)
        self.ran_on = ", ".join(compiled.get_property("EXECUTION_DEVICES")).lower()
        self._request = compiled.create_infer_request()
        self._inputs = {port.get_node().get_friendly_name(): tuple(port.shape) for port in network.inputs}
        self._outputs = _output_names(network)

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """One pass.

        Raises:
            BadInput: an input is missing, unknown or of another shape; OpenVINO would take an earlier pass's.
        """
        given = {name: array.shape for name, array in inputs.items()}
        if given != self._inputs:
            raise BadInput(f"the model takes {self._inputs}, not {given}")
        self._request.infer([inputs[name] for name in self._inputs])
        # A copy: the next pass writes to the same memory
        return {name: np.array(self._request.get_output_tensor(i).data) for i, name in enumerate(self._outputs)}

    def close(self) -> None:
        del self._request


def compile_for(core: Any, network: Any, options: RunnerOptions) -> Any:  # noqa: ANN401  openvino is imported late
    """The model, compiled as asked.

    Raises:
        Unavailable: this processor does not compute in what was asked for.
    """
    wanted = _ELEMENTS[options.settings.dtype]
    compiled = core.compile_model(
        network,
        "CPU",
        {
            "INFERENCE_PRECISION_HINT": wanted,
            "INFERENCE_NUM_THREADS": options.threads,
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,  # the worker's process has its cores already
        },
    )
    taken = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
    if taken != wanted:
        raise Unavailable(f"openvino: asked to compute in {wanted}, on this processor it takes {taken}")
    return compiled


@contextmanager
def watch_openvino(
    path: Path, options: RunnerOptions, wanted: Container[str], sink: Sink, *, widen: bool
) -> Iterator[Run]:
    """See Watcher. The wanted tensors become outputs, so OpenVINO fuses less than it does in an app."""
    import openvino

    del widen
    core = openvino.Core()
    network = _read(core, path)
    makers = {
        name: (operation.get_friendly_name(), operation.get_type_name())
        for operation in network.get_ordered_ops()
        for port in operation.outputs()
        for name in sorted(port.get_names())
        if operation.get_type_name() not in ("Parameter", "Constant", "Result")
    }
    inputs_in_order = [port.get_node().get_friendly_name() for port in network.inputs]
    outputs = _output_names(network)
    extra = [name for name in makers if name in wanted]
    network.add_outputs(extra)
    shown = frozenset(extra)
    request = compile_for(core, network, options).create_infer_request()

    def run(inputs: Mapping[str, Array]) -> dict[str, Array]:
        request.infer([inputs[name] for name in inputs_in_order])
        for name, maker in makers.items():
            sink(*maker, name, np.array(request.get_tensor(name).data) if name in shown else np.empty(0, np.float32))
        return {name: np.array(request.get_output_tensor(i).data) for i, name in enumerate(outputs)}

    yield run


def _output_names(network: Any) -> list[str]:  # noqa: ANN401  openvino is imported late
    """By which they were exported: a tensor may have several names, what takes it as an output is called after one."""
    return [port.get_node().get_friendly_name().partition("/sink_port_")[0] for port in network.outputs]


def _read(core: Any, path: Path) -> Any:  # noqa: ANN401  openvino is imported late
    weights = path.with_suffix(".bin")
    if not weights.is_file():
        raise BadInput(f"{weights}: expected the weights beside {path.name}; keep the two files together")
    try:
        return core.read_model(path, weights)
    except RuntimeError as error:
        words = " ".join(str(error).split())
        raise BadInput(f"{path}: OpenVINO cannot read it, export it again ({words[:300]})") from error
