"""Ranges of all tensors inside of an artifact, over all samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from math import inf

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.golden_file import Sample
from mobileswap.contracts.place import places_of
from mobileswap.contracts.range_report import ACCUMULATOR, CLOSE, LARGEST, SMALLEST_NORMAL, Severity, TensorRange
from mobileswap.contracts.spec import TensorSpec
from mobileswap.parity.feeding import feed
from mobileswap.runtimes.process.job import Job
from mobileswap.runtimes.process.watching import opened

_SUMS = ("conv", "linear", "matmul", "gemm", "innerproduct")  # in types that multiply and add up, in any format
_MOSTLY = 0.5


class _All:
    """Every name is in it."""

    def __contains__(self, _: object) -> bool:
        return True


@dataclass
class _Seen:
    operation: str
    type: str
    lowest: float = inf
    highest: float = -inf
    smallest: float = inf
    nonzero: int = 0
    below: int = 0
    not_finite: int = 0
    largest: float = 0.0
    sample: str = ""

    def add(self, sample: str, values: Array) -> None:
        finite = np.isfinite(values)
        if not finite.all():
            self.not_finite += int(values.size - np.count_nonzero(finite))
            values = values[finite]
        if not values.size:
            return
        lowest, highest = float(values.min()), float(values.max())
        sizes = np.abs(values)
        nonzero = int(np.count_nonzero(sizes))
        if nonzero:
            below = sizes < SMALLEST_NORMAL
            self.nonzero += nonzero
            self.below += int(np.count_nonzero(below)) - (sizes.size - nonzero)
            self.smallest = min(self.smallest, float(sizes.min() if nonzero == sizes.size else sizes[sizes > 0].min()))
        self.lowest, self.highest = min(self.lowest, lowest), max(self.highest, highest)
        if not self.sample or max(-lowest, highest) > self.largest:
            self.largest, self.sample = max(-lowest, highest), sample


def measure_ranges(
    job: Job, samples: Sequence[Sample], inputs: Sequence[TensorSpec], taps: Mapping[str, str]
) -> tuple[TensorRange, ...]:
    """Run every sample and look at every float tensor that an operation makes, in float32 whatever the file declares.

    Args:
        job: artifact, options, and a runtime that computes in float32.
        samples: golden ones.
        inputs: as the artifact takes them.
        taps: of artifact.json.

    Raises:
        Unavailable: the runtime cannot be looked into.
        UnknownOperation: a reference executor does not know an operation of the file.
    """
    seen: dict[str, _Seen] = {}
    current = ""

    def sink(operation: str, type_: str, tensor: str, value: Array) -> None:
        entry = seen.setdefault(tensor, _Seen(operation, type_))
        if value.dtype.kind == "f":
            entry.add(current, value)

    with ExitStack() as stack:
        run = stack.enter_context(opened(job, _All(), sink, widen=True))
        for sample in samples:
            current = sample.name
            run(feed(sample, inputs))
    places = places_of(seen, taps)
    return tuple(_range_of(tensor, places[tensor], one) for tensor, one in seen.items() if one.sample or one.not_finite)


def _range_of(tensor: str, place: str, seen: _Seen) -> TensorRange:
    below_share = seen.below / seen.nonzero if seen.nonzero else 0.0
    return TensorRange(
        tensor=tensor,
        operation=seen.operation,
        type=seen.type,
        place=place,
        lowest=seen.lowest if seen.sample else 0.0,
        highest=seen.highest if seen.sample else 0.0,
        largest=seen.largest,
        smallest=seen.smallest if seen.nonzero else 0.0,
        below_share=below_share,
        not_finite=seen.not_finite,
        sample=seen.sample,
        severity=_severity(seen.type, seen.largest, below_share, finite=not seen.not_finite),
    )


def _severity(type_: str, largest: float, below_share: float, *, finite: bool) -> Severity:
    sums = any(word in type_.lower() for word in _SUMS)
    if not finite or largest > LARGEST:
        return Severity.OVERFLOWS
    if sums and largest >= ACCUMULATOR:
        return Severity.SATURATES
    if largest > LARGEST / CLOSE:
        return Severity.NEAR
    if sums and largest > ACCUMULATOR / CLOSE:
        return Severity.NEAR_ACCUMULATOR
    return Severity.FADES if below_share > _MOSTLY else Severity.OK
