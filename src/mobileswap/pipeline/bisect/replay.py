"""PyTorch beside the file, always on the file's own tensors: each operation's own error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mobileswap.contracts.bisection import LocatedOperation, end_place
from mobileswap.contracts.place import parse_place
from mobileswap.parity.inside.distance import blamed, distance
from mobileswap.pipeline.bisect.graphs import arguments
from mobileswap.runtimes.process.job import Watched

if TYPE_CHECKING:
    from torch import Tensor

    from mobileswap.contracts.arrays import Array
    from mobileswap.contracts.bisection import Tolerance
    from mobileswap.model.graph.deploy import DeployGraph
    from mobileswap.model.graph.taps import Tap
    from mobileswap.pipeline.bisect.recording import Recording


@dataclass(frozen=True)
class Suspect:
    """What the first operation that was blamed should have given, and what it gave."""

    expected: Array
    got: Array


@dataclass(frozen=True)
class Replayed:
    """All operations in the order of execution, the last of which stands for the outputs as a caller gets them."""

    operations: tuple[LocatedOperation, ...]
    suspect: Suspect | None


def replay(
    graph: DeployGraph,
    recording: Recording,
    tolerance: Tolerance,
    fed: Mapping[str, Array],
    outputs: Mapping[str, Array],
) -> Replayed:
    """Run the graph, put the file's tensor in the place of each result, and judge the two.

    Args:
        graph: that the file was made from, as it is stored.
        recording: of the file's pass.
        tolerance: what the precision of that pass explains.
        fed: the inputs of that pass.
        outputs: what a caller got of it.
    """
    import torch

    from mobileswap.model.graph.taps import Tap, watch

    bench = _Bench(tolerance)

    def visit(tap: Tap, value: Tensor) -> Tensor | None:
        entry = recording.entry(tap.place)
        if entry is None:
            return None
        got = recording.array(entry)
        bench.judge(tap, value.float().numpy(), got, entry)
        return torch.from_numpy(got.reshape(value.shape)).to(value.dtype) if got.size == value.numel() else value

    results = watch(graph.module, graph.root, arguments(graph, fed), visit)
    complete = outputs.keys() == {spec.name for spec in graph.outputs}
    for number, (spec, result) in enumerate(zip(graph.outputs, results, strict=True), start=1):
        end = Watched(spec.name if complete else ", ".join(outputs), "", "output", "")
        got = outputs[spec.name] if complete else np.empty(0, np.float32)
        step = 1.0 if spec.dtype == "uint8" else 0.0
        bench.judge(Tap(end_place(number), result.inputs, ()), result.value.numpy(), got, end, step)
    return Replayed(tuple(bench.operations), bench.suspect)


class _Bench:
    """Judges one operation after the other."""

    def __init__(self, tolerance: Tolerance) -> None:
        self._tolerance = tolerance
        self.operations: list[LocatedOperation] = []
        self.suspect: Suspect | None = None

    def judge(self, tap: Tap, expected: Array, got: Array, entry: Watched, step: float = 0.0) -> None:
        own = distance(expected, got, rounding=self._tolerance.rounding, step=step)
        guilty = blamed(own, self._tolerance, parse_place(tap.place).operation)
        self.operations.append(
            LocatedOperation(
                place=tap.place,
                tensor=entry.tensor,
                name=entry.operation,
                type=entry.type,
                inputs=tap.inputs,
                through=tap.through,
                shape=tuple(got.shape),
                own=own,
                total=None,
                blamed=guilty,
            )
        )
        if guilty and self.suspect is None:
            self.suspect = Suspect(expected.copy(), got.copy())  # the next operation may work in place
