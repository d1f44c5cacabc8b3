"""Runs an artifact once and writes down what is inside: every operation, and the values of the tensors asked for."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.errors import Unavailable
from mobileswap.runtimes.process.job import WATCHED, Job, Watch, Watched
from mobileswap.runtimes.runner import RunnerOptions

if TYPE_CHECKING:
    from onnx import ModelProto
    from torch import Tensor

Sink = Callable[[str, str, str, Array], None]  # operation's name and type, tensor's name and value
_AT_ONCE = 48  # tensors that ONNX Runtime holds at a time; of the released generator at most 0.8 GB

WATCHABLE = ("onnxruntime", "mil-fp32", "mil-fp16", "tnn-fp32", "tnn-fp16")  # runtimes that can be looked into
WIDE = {"coreml": "mil-fp32", "onnx": "onnxruntime", "tnn": "tnn-fp32"}  # by format, the one that computes in float32


def watch_job(job: Job, watch: Watch, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Do it, and return the outputs.

    Raises:
        Unavailable: the runtime is one that cannot be looked into.
    """
    folder, wanted = Path(watch.folder), frozenset(watch.tensors)
    seen: list[Watched] = []

    def sink(operation: str, type_: str, tensor: str, value: Array) -> None:
        file = f"{len(seen):04d}.npy" if tensor in wanted else ""
        if file:
            np.save(folder / file, value.astype(np.float32, copy=False))
        seen.append(Watched(tensor, operation, type_, file))

    with opened(job, wanted, sink, widen=watch.widen) as run:
        outputs = run(inputs)
    (folder / WATCHED).write_bytes(msgspec.json.encode(seen))
    return outputs


def read_watched(folder: Path) -> list[Watched]:
    """What ``watch_job`` wrote down."""
    return msgspec.json.decode((folder / WATCHED).read_bytes(), type=list[Watched])


@contextmanager
def opened(
    job: Job, wanted: Container[str], sink: Sink, *, widen: bool
) -> Iterator[Callable[[Mapping[str, Array]], dict[str, Array]]]:
    """The job's artifact, ready for any number of passes; each shows all it computes inside.

    Args:
        job: artifact, runtime and options.
        wanted: names of tensors whose values are wanted; a runtime may leave the others' out.
        sink: shown every tensor, in the order of execution.
        widen: as in Watch.

    Raises:
        Unavailable: the runtime is one that cannot be looked into.
    """
    path, options = Path(job.artifact), job.options

    def observe(operation: str, type_: str, tensor: str, value: Tensor) -> None:
        sink(operation, type_, tensor, value.numpy())

    match job.runtime:
        case "onnxruntime":
            yield _open_onnx(path, options, wanted, sink, widen=widen)
        case "mil-fp32" | "mil-fp16":
            from mobileswap.runtimes.reference.mil import MilRunner

            with closing(MilRunner(path, options, "fp32" if job.runtime == "mil-fp32" else "fp16", observe)) as mil:
                yield mil.run
        case "tnn-fp32" | "tnn-fp16":
            from mobileswap.runtimes.reference.tnn import TnnRunner

            with closing(TnnRunner(path, options, job.runtime.removeprefix("tnn-"), observe)) as tnn:
                yield tnn.run
        case _:
            raise Unavailable(f"{job.runtime} shows nothing of what it computes inside; use {', '.join(WATCHABLE)}")


def _open_onnx(
    path: Path, options: RunnerOptions, wanted: Container[str], sink: Sink, *, widen: bool
) -> Callable[[Mapping[str, Array]], dict[str, Array]]:
    """ONNX Runtime gives outputs only, so the wanted tensors become outputs of a copy; it then fuses less."""
    import onnx
    import onnxruntime as ort

    model = onnx.load(path)
    if widen:
        _widen(model)
    outputs = [output.name for output in model.graph.output]
    makers = {name: (node.name, node.op_type) for node in model.graph.node for name in node.output if name}
    extra = [name for name in makers if name in wanted and name not in outputs]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in extra)
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 3
    settings.enable_cpu_mem_arena = False  # its chunks grow by powers of two: 2.4 GiB in place of 1.4 for float16
    settings.enable_mem_pattern = False
    session = ort.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])
    order = list(makers)

    def run(inputs: Mapping[str, Array]) -> dict[str, Array]:
        for start in range(0, len(order), _AT_ONCE):
            chunk = order[start : start + _AT_ONCE]
            asked = [name for name in chunk if name in wanted]
            values = dict(zip(asked, session.run(asked, dict(inputs)), strict=True)) if asked else {}
            for name in chunk:
                sink(*makers[name], name, values.pop(name, np.empty(0, np.float32)))
        return dict(zip(outputs, session.run(outputs, dict(inputs)), strict=True))

    return run


def _widen(model: ModelProto) -> None:
    """Float16 to float32 throughout; the numbers stay those that the file stores."""
    import onnx

    half, single = onnx.TensorProto.FLOAT16, onnx.TensorProto.FLOAT
    attributes = [attribute for node in model.graph.node for attribute in node.attribute]
    for tensor in (*model.graph.initializer, *(one.t for one in attributes if one.HasField("t"))):
        if tensor.data_type == half:
            tensor.CopyFrom(
                onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(tensor).astype(np.float32), tensor.name)
            )
    for node in model.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == half:
                attribute.i = single
    for value in (*model.graph.input, *model.graph.output):
        if value.type.tensor_type.elem_type == half:
            value.type.tensor_type.elem_type = single
    model.graph.ClearField("value_info")
