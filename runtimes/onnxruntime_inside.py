"""ONNX Runtime, made to show what it computes inside: the wanted tensors become outputs of a copy of the graph."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.runtimes.looking_inside import Run, Sink
from mobileswap.runtimes.runner import RunnerOptions

if TYPE_CHECKING:
    from onnx import ModelProto

_AT_ONCE = 48  # tensors that ONNX Runtime holds at a time; of the released generator at most 0.8 GB


@contextmanager
def watch_onnxruntime(
    path: Path, options: RunnerOptions, wanted: Container[str], sink: Sink, *, widen: bool
) -> Iterator[Run]:
    """See Watcher. With more outputs ONNX Runtime fuses less."""
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

    yield run


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
