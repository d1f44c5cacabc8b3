"""Runs an artifact once and writes down what is inside: every operation, and the values of the tensors asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from bench.job import WATCHED, Job, Watch, Watched
from bench.runner import Array, RunnerOptions
from contracts.errors import Unavailable

if TYPE_CHECKING:
    from onnx import ModelProto
    from torch import Tensor

Sink = Callable[[str, str, str, Array], None]  # operation's name and type, tensor's name and value
_AT_ONCE = 48  # tensors that ONNX Runtime holds at a time; of the released generator at most 0.8 GB

WATCHABLE = ("onnxruntime", "mil-fp32", "mil-fp16", "tnn-fp32", "tnn-fp16")  # runtimes that can be looked into


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

    outputs = _run(job, watch, inputs, wanted, sink)
    (folder / WATCHED).write_bytes(msgspec.json.encode(seen))
    return outputs


def read_watched(folder: Path) -> list[Watched]:
    """What ``watch_job`` wrote down."""
    return msgspec.json.decode((folder / WATCHED).read_bytes(), type=list[Watched])


def _run(job: Job, watch: Watch, inputs: Mapping[str, Array], wanted: Collection[str], sink: Sink) -> dict[str, Array]:
    path, options = Path(job.artifact), job.options

    def observe(operation: str, type_: str, tensor: str, value: Tensor) -> None:
        sink(operation, type_, tensor, value.numpy())

    match job.runtime:
        case "onnxruntime":
            return _run_onnx(path, options, inputs, wanted, sink, widen=watch.widen)
        case "mil-fp32" | "mil-fp16":
            from bench.reference.mil import MilRunner

            mil = MilRunner(path, options, "fp32" if job.runtime == "mil-fp32" else "fp16", observe)
            try:
                return mil.run(inputs)
            finally:
                mil.close()
        case "tnn-fp32" | "tnn-fp16":
            from bench.reference.tnn import TnnRunner

            tnn = TnnRunner(path, options, job.runtime.removeprefix("tnn-"), observe)
            try:
                return tnn.run(inputs)
            finally:
                tnn.close()
        case _:
            raise Unavailable(f"{job.runtime} shows nothing of what it computes inside; use {', '.join(WATCHABLE)}")


def _run_onnx(
    path: Path,
    options: RunnerOptions,
    inputs: Mapping[str, Array],
    wanted: Collection[str],
    sink: Sink,
    *,
    widen: bool,
) -> dict[str, Array]:
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
    session = ort.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])
    del model
    for start in range(0, len(makers), _AT_ONCE):
        chunk = list(makers)[start : start + _AT_ONCE]
        asked = [name for name in chunk if name in wanted]
        values = dict(zip(asked, session.run(asked, dict(inputs)), strict=True)) if asked else {}
        for name in chunk:
            sink(*makers[name], name, values.pop(name, np.empty(0, np.float32)))
    return dict(zip(outputs, session.run(outputs, dict(inputs)), strict=True))


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
