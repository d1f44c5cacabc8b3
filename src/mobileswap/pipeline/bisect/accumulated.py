"""The error that has gathered since the inputs: every tensor against an undisturbed pass of the untouched model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from mobileswap.contracts.bisection import Distance, LocatedOperation, end_place
from mobileswap.contracts.place import OUTSIDE
from mobileswap.parity.feeding import expected
from mobileswap.parity.inside.distance import distance
from mobileswap.pipeline.bisect.graphs import arguments

if TYPE_CHECKING:
    from torch import Tensor

    from mobileswap.contracts.arrays import Array
    from mobileswap.model.graph.taps import Tap
    from mobileswap.pipeline.bisect.case import Case
    from mobileswap.pipeline.bisect.recording import Recording


def with_totals(
    operations: tuple[LocatedOperation, ...], case: Case, recording: Recording, outputs: Mapping[str, Array]
) -> tuple[LocatedOperation, ...]:
    """The same operations with their ``total``, but where a rewrite gave the tensor another meaning."""
    from mobileswap.model.graph.taps import watch

    plain, moved = case.plain, set(case.rewrites.moved)
    totals: dict[str, Distance] = {}

    def visit(tap: Tap, value: Tensor) -> None:
        entry = recording.entry(tap.place) if tap.place not in moved else None
        if entry and not tap.place.startswith(OUTSIDE):
            totals[tap.place] = distance(value.numpy(), recording.array(entry))

    watch(plain.module, plain.root, arguments(plain, case.sample.inputs), visit)
    for number, spec in enumerate(case.graph.outputs, start=1):
        if spec.name in outputs:
            totals[end_place(number)] = distance(expected(case.sample, spec), outputs[spec.name])
    return tuple(replace(operation, total=totals.get(operation.place)) for operation in operations)
