"""What each precision is allowed, and the judgement of one output's metrics."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from contracts.errors import BadInput
from contracts.spec import TensorSpec
from contracts.verdict import Limits, Metrics, Outcome

# Half precision as in Apple's own guide (40 / 50 dB), the rest in proportion. The expected PSNR is what a sound
# conversion reaches; less than that is worth a look, though it may ship. An 8-bit network may be far off in a single
# pixel: its max abs of 2.0 is the whole range.
LIMITS: dict[str, Limits] = {
    limits.name: limits
    for limits in (
        Limits("fp32", psnr_hard_db=70, psnr_expected_db=90, max_abs=1e-3, cosine=0.99999),
        Limits("fp16-weights", psnr_hard_db=50, psnr_expected_db=60, max_abs=1e-2, cosine=0.9999),
        Limits("fp16-arithmetic", psnr_hard_db=40, psnr_expected_db=50, max_abs=5e-2, cosine=0.9995),
        Limits("int8", psnr_hard_db=30, psnr_expected_db=35, max_abs=2.0, cosine=0.99),
    )
}

# Where a float lies between two 8-bit levels its last bits decide which it becomes. A whole level in 1500 differing is
# 80 dB, and 90 dB would be one in 15 000: sound conversions in fp32 have been seen at 88.
LEVELS_EXPECTED_DB = 80.0


@dataclass(frozen=True)
class Judgement:
    """Outcome of one output.

    Attributes:
        detail: the values outside their limits, or all where all are within, each with its limit.
        strain: orders outputs with the same outcome by how bad they are: how many times the worst broken limit, or
            where none is broken, what share of PSNR's, both 1.0 at the limit.
    """

    outcome: Outcome
    detail: str
    strain: float


def find_limits(name: str, outputs: Sequence[TensorSpec]) -> Limits:
    """The limits of that name, as they are for these outputs.

    Raises:
        BadInput: there are none; the message lists those there are.
    """
    if name not in LIMITS:
        raise BadInput(f"unknown limits {name!r}; expected one of {', '.join(LIMITS)}")
    found = LIMITS[name]
    if any(spec.dtype == "uint8" for spec in outputs):
        return replace(found, psnr_expected_db=min(found.psnr_expected_db, LEVELS_EXPECTED_DB))
    return found


def judge(metrics: Metrics, limits: Limits, spec: TensorSpec) -> Judgement:
    """Hold the metrics of one output against limits; only values that are within them pass, which NaN never is."""
    most = max_abs_limit(limits, spec)
    psnr = f"PSNR {metrics.psnr_db:.1f} dB (at least {limits.psnr_hard_db:g}, expected {limits.psnr_expected_db:g})"
    max_abs = f"max abs {metrics.max_abs:.3g} (at most {most:.3g}) at {list(metrics.max_abs_at)}"
    cosine = f"cosine {metrics.cosine:.7f} (at least {limits.cosine:g})"
    checks = (
        (metrics.psnr_db >= limits.psnr_hard_db, _times_the_error(limits.psnr_hard_db, metrics.psnr_db), psnr),
        (metrics.max_abs <= most, metrics.max_abs / most, max_abs),
        (metrics.cosine >= limits.cosine, (1 - metrics.cosine) / (1 - limits.cosine), cosine),
    )
    broken = [(strain, text) for within, strain, text in checks if not within]
    if broken:
        worst = max(math.inf if math.isnan(strain) else strain for strain, _ in broken)
        return Judgement(Outcome.TOO_FAR, ", ".join(text for _, text in broken), worst)
    expected = metrics.psnr_db >= limits.psnr_expected_db
    outcome = Outcome.PASS if expected else Outcome.PASS_WITH_WARNING
    return Judgement(outcome, f"{psnr}, {max_abs}, {cosine}", checks[0][1])


def max_abs_limit(limits: Limits, spec: TensorSpec) -> float:
    """The limit in the output's own unit. Of 8-bit levels one is always allowed: the last bit of a float decides it."""
    scaled = limits.max_abs * spec.data_range / 2
    return max(scaled, 1.0) if spec.dtype == "uint8" else scaled


def _times_the_error(limit_db: float, value_db: float) -> float:
    """How many times the root mean square error is that of the limit."""
    return float(10 ** ((limit_db - value_db) / 20))
