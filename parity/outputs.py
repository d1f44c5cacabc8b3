"""One sample's outputs against the golden ones: the set of names, then shapes, then finiteness, then the limits."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.golden_file import Sample
from mobileswap.contracts.spec import TensorSpec
from mobileswap.contracts.verdict import Limits, Outcome, SampleVerdict
from mobileswap.parity.feeding import expected
from mobileswap.parity.limits import judge
from mobileswap.parity.metrics import measure_output

_GRAVITY = (  # of two outputs, the one whose outcome stands further down is the worse
    Outcome.PASS,
    Outcome.PASS_WITH_WARNING,
    Outcome.TOO_FAR,
    Outcome.NOT_FINITE,
    Outcome.SHAPE,
    Outcome.OUTPUTS,
    Outcome.NOT_CHECKED,
)


@dataclass(frozen=True)
class Compared:
    """A verdict, and how bad it is: within one outcome, ``strain`` of limits.py decides."""

    verdict: SampleVerdict
    strain: float = math.inf

    @property
    def badness(self) -> tuple[int, float]:
        return _GRAVITY.index(self.verdict.outcome), self.strain


def compare_sample(
    sample: Sample, got: Mapping[str, Array], outputs: Sequence[TensorSpec], limits: Limits
) -> list[Compared]:
    """Judge every output that the golden file, the artifact's specs or the runtime know of.

    Args:
        sample: the golden one.
        got: what the runtime gave.
        outputs: how the artifact says that it gives them.
        limits: what the precision is allowed.
    """
    specs = {spec.name: spec for spec in outputs}
    places: dict[str, Mapping[str, object]] = {
        "the golden file": sample.outputs,
        "artifact.json": specs,
        "what the runtime gave": got,
    }
    names = dict.fromkeys(name for place in places.values() for name in place)
    compared = []
    for name in names:
        absent = [where for where, place in places.items() if name not in place]
        if absent:
            detail = f"it is not in {' nor in '.join(absent)}"
            compared.append(Compared(SampleVerdict(sample.name, name, Outcome.OUTPUTS, detail, None)))
        else:
            compared.append(_compare(sample, got[name], specs[name], limits))
    return compared


def _compare(sample: Sample, got: Array, spec: TensorSpec, limits: Limits) -> Compared:
    golden = sample.outputs[spec.name]
    # Before the conversion to levels, where a NaN would become a number. NaN against NaN proves nothing.
    if not np.isfinite(golden).all() or golden.size == 0:
        return _unmeasured(sample, spec, Outcome.NOT_CHECKED, "the reference is empty or not finite")
    reference = expected(sample, spec)
    if got.shape != reference.shape or got.dtype != reference.dtype:
        detail = f"expected {reference.dtype} {reference.shape}, got {got.dtype} {got.shape}"
        return _unmeasured(sample, spec, Outcome.SHAPE, detail)
    bad = np.argwhere(~np.isfinite(got))
    if len(bad):
        detail = f"{len(bad)} of {got.size} values are NaN or infinite, the first at {bad[0].tolist()}"
        return _unmeasured(sample, spec, Outcome.NOT_FINITE, detail)
    metrics = measure_output(reference, got, spec)
    judgement = judge(metrics, limits, spec)
    verdict = SampleVerdict(sample.name, spec.name, judgement.outcome, judgement.detail, metrics)
    return Compared(verdict, judgement.strain)


def _unmeasured(sample: Sample, spec: TensorSpec, outcome: Outcome, detail: str) -> Compared:
    return Compared(SampleVerdict(sample.name, spec.name, outcome, detail, None))
