"""The error that has gathered since the inputs: every tensor against an undisturbed pass of the untouched model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.adapt import to_artifact
from bench.distance import distance
from contracts.bisect import END, Distance, Operation
from contracts.place import OUTSIDE
from pipeline.bisect.graphs import arguments

if TYPE_CHECKING:
    from torch import Tensor

    from bench.runner import Array
    from model.taps import Tap
    from pipeline.bisect.case import Case
    from pipeline.bisect.recording import Recording


def with_totals(
    operations: tuple[Operation, ...], case: Case, recording: Recording, outputs: Mapping[str, Array]
) -> tuple[Operation, ...]:
    """The same operations with their ``total``, but where a rewrite gave the tensor another meaning."""
    from model.taps import watch

    plain, moved = case.plain, set(case.rewrites.moved)
    totals: dict[str, Distance] = {}

    def visit(tap: Tap, value: Tensor) -> None:
        entry = recording.entry(tap.place) if tap.place not in moved else None
        if entry and not tap.place.startswith(OUTSIDE):
            totals[tap.place] = distance(value.numpy(), recording.array(entry))

    watch(plain.module, plain.root, arguments(plain, case.sample.inputs), visit)
    (spec,) = case.graph.outputs
    if spec.name in outputs:
        totals[END] = distance(to_artifact(case.sample.outputs[spec.name], spec), outputs[spec.name])
    return tuple(replace(operation, total=totals.get(operation.place)) for operation in operations)
