"""What each precision is allowed, and the judgement of one output's metrics."""

import math
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.spec import Kind, TensorSpec
from mobileswap.contracts.verdict import Bound, Limits, Metrics, Outcome
from mobileswap.parity.picture_metrics import SEEN

# ``hard`` is where a file cannot ship, ``expected`` what a sound conversion reaches; between the two a look is due.
# Where a figure comes from:
# - PSNR of half precision is Apple's own guide's (40 / 50 dB), the rest of it in proportion; max abs, SNR, SSIM and
#   cosine are what other tools ask for (docs of Polygraphy, ExecuTorch, LiteRT), never more generous.
# - PSNR of fp32 is tighter than the 70 dB usual elsewhere. On seeded weights sound files reach 119 (face net) to 130 dB
#   (generator), TNN's own runtime among them; one LeakyReLU whose slope is wrong by a tenth leaves 73 to 105, depending
#   on which of the 53 it is. 90 fails half of those and 110 warns of all.
# - A tile may be 5 to 10 dB worse than the picture, as 256 pixels scatter more than 65 536. On the seeded generator a
#   sound file's worst tile is 1 to 3 dB below its picture, and its border 2 dB above, whatever the precision.
# - So the border may be 5 dB worse at most, and in half precision has to be better than the picture must: a
#   normalisation folded into a convolution that pads with zeros leaves 55 dB in the picture and 44 at the border.
# - A pixel changes its level when it lies close to between two, so an error of a hundredth of a level changes about 1 %
#   of the values. In half precision any share is allowed: how far they move is max abs's to say.
# - An 8-bit network may be far off in a single pixel: its max abs of 2.0 is the whole range.
LIMITS: dict[str, Limits] = {
    limits.name: limits
    for limits in (
        Limits(
            "fp32",
            psnr_db=Bound(90, 110),
            snr_db=Bound(70, 90),
            max_abs=Bound(1e-3, 1e-4),
            cosine=Bound(0.99999, 0.999999),
            ssim=Bound(0.9999, 0.99999),
            tile_psnr_db=Bound(80, 100),
            border_psnr_db=Bound(85, 105),
            changed_share=Bound(0.05, 0.01),
        ),
        Limits(
            "fp16-weights",
            psnr_db=Bound(50, 60),
            snr_db=Bound(40, 45),
            max_abs=Bound(1e-2, 5e-3),
            cosine=Bound(0.9999, 0.99995),
            ssim=Bound(0.998, 0.999),
            tile_psnr_db=Bound(45, 55),
            border_psnr_db=Bound(50, 60),
            changed_share=Bound(1.0, 1.0),
        ),
        Limits(
            "fp16-arithmetic",
            psnr_db=Bound(40, 50),
            snr_db=Bound(30, 35),
            max_abs=Bound(5e-2, 2e-2),
            cosine=Bound(0.9995, 0.9998),
            ssim=Bound(0.995, 0.998),
            tile_psnr_db=Bound(35, 45),
            border_psnr_db=Bound(45, 55),
            changed_share=Bound(1.0, 1.0),
        ),
        Limits(
            "int8",
            psnr_db=Bound(30, 35),
            snr_db=Bound(20, 25),
            max_abs=Bound(2.0, 1.0),
            cosine=Bound(0.99, 0.995),
            ssim=Bound(0.95, 0.97),
            tile_psnr_db=Bound(20, 25),
            border_psnr_db=Bound(25, 30),
            changed_share=Bound(1.0, 1.0),
        ),
    )
}

# Where a float lies between two 8-bit levels its last bits decide which it becomes: a level in 1500 differing is 80 dB,
# one in 150 is 70. Sound conversions in fp32 have been seen at 88 dB. In a tile of 768 values one level is 77 dB.
_LEVELS = {
    "psnr_db": Bound(70, 80),
    "snr_db": Bound(50, 60),
    "tile_psnr_db": Bound(55, 65),
    "border_psnr_db": Bound(60, 70),
}


def _times_the_error(value_db: float, limit_db: float) -> float:
    """How many times the root mean square error is that of the limit."""
    return float(10 ** ((limit_db - value_db) / 20))


def _times_from_one(value: float, limit: float) -> float:
    return (1 - value) / (1 - limit) if limit < 1 else math.inf


def _times(value: float, limit: float) -> float:
    return value / limit if limit else math.inf


def _of_picture(metrics: Metrics, metric: str) -> float | None:
    found: float | None = getattr(metrics.picture, metric) if metrics.picture else None
    return None if found is None else float(found)


@dataclass(frozen=True)
class MetricRule:
    """How one metric is read.

    Attributes:
        metric: field of Limits.
        words: what a report calls it, to be formatted with the value.
        value: None where the metric is a picture's and the output is none.
        at_least: the limit is a lower one.
        strain: 1.0 at the limit, more where it is broken.
        where: in which place the value was found.
        kinds: of tensors that it holds for. Where most of a tensor may be 0, as in a mask, there is no signal that an
            error could be measured on.
    """

    metric: str
    words: str
    value: Callable[[Metrics], float | None]
    at_least: bool
    strain: Callable[[float, float], float]
    where: Callable[[Metrics], str] = lambda _: ""
    kinds: tuple[Kind, ...] = tuple(Kind)

    def within(self, value: float, limit: float) -> bool:
        """NaN is within nothing."""
        return value >= limit if self.at_least else value <= limit

    def text(self, metrics: Metrics, value: float, bound: Bound) -> str:
        way = "at least" if self.at_least else "at most"
        return (
            f"{self.words.format(value)} ({way} {bound.hard:.6g}, expected {bound.expected:.6g}){self.where(metrics)}"
        )


_SIGNALS = (Kind.PICTURE, Kind.VECTOR, Kind.LATENT, Kind.FEATURES)
RULES: tuple[MetricRule, ...] = (
    MetricRule("psnr_db", "PSNR {:.1f} dB", lambda m: m.psnr_db, at_least=True, strain=_times_the_error),
    MetricRule(
        "max_abs",
        "max abs {:.3g}",
        lambda m: m.max_abs,
        at_least=False,
        strain=_times,
        where=lambda m: f" at {list(m.max_abs_at)}",
    ),
    MetricRule("cosine", "cosine {:.7f}", lambda m: m.cosine, at_least=True, strain=_times_from_one, kinds=_SIGNALS),
    MetricRule("snr_db", "SNR {:.1f} dB", lambda m: m.snr_db, at_least=True, strain=_times_the_error, kinds=_SIGNALS),
    MetricRule("ssim", "SSIM {:.6f}", lambda m: _of_picture(m, "ssim"), at_least=True, strain=_times_from_one),
    MetricRule(
        "tile_psnr_db",
        "worst tile {:.1f} dB",
        lambda m: _of_picture(m, "tile_psnr_db"),
        at_least=True,
        strain=_times_the_error,
        where=lambda m: f" at {list(m.picture.tile_at)}" if m.picture else "",
    ),
    MetricRule(
        "border_psnr_db",
        "border {:.1f} dB",
        lambda m: _of_picture(m, "border_psnr_db"),
        at_least=True,
        strain=_times_the_error,
    ),
    MetricRule(
        "changed_share",
        "{:.2%} of the pixels another level",
        lambda m: _of_picture(m, "changed_share"),
        at_least=False,
        strain=_times,
        kinds=(Kind.PICTURE,),
    ),
)
_PASS_SHOWS = 3  # rules that the sentence of a pass is made of


@dataclass(frozen=True)
class LimitChange:
    """A limit that the user sets.

    Attributes:
        precision: name of the limits; None for all of them.
        metric: field of Limits.
        end: ``hard`` or ``expected``.
    """

    precision: str | None
    metric: str
    end: str
    value: float


@dataclass(frozen=True)
class Judgement:
    """Outcome of one output.

    Attributes:
        detail: the values outside their limits; where all are within, those outside what is expected, or the first few.
        strain: orders outputs with the same outcome by how bad they are: how many times the worst broken limit, or
            where none is broken, what share of PSNR's, both 1.0 at the limit.
    """

    outcome: Outcome
    detail: str
    strain: float


def parse_limit(text: str) -> LimitChange:
    """Read ``--limit [PRECISION.]METRIC[.expected]=NUMBER``.

    Raises:
        BadInput: the name or the number is none.
    """
    name, equals, number = text.partition("=")
    if not equals:
        raise BadInput(f"--limit {text}: expected name=value, for instance psnr_db=75 or fp32.max_abs.expected=1e-5")
    parts = name.strip().split(".")
    precision = parts.pop(0) if parts[0] in LIMITS and len(parts) > 1 else None
    metric, *rest = parts
    return _change(f"--limit {text}", precision, metric, ".".join(rest) or "hard", number)


def read_limits(path: Path) -> tuple[LimitChange, ...]:
    """Read ``--limits FILE``: TOML with a table per precision, ``psnr_db = 75`` or ``{hard = 75, expected = 95}``.

    Raises:
        BadInput: it cannot be read, is no TOML, or names what is no limit or no number.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        wanted = "expected a TOML file with lines as [fp32] and psnr_db = 95"
        raise BadInput(f"--limits {path}: {wanted} ({reason})") from error
    changes = []
    for precision, table in content.items():
        if precision not in LIMITS or not isinstance(table, dict):
            raise BadInput(f"--limits {path}: {precision} is no precision; expected a table [{'] or ['.join(LIMITS)}]")
        for metric, given in table.items():
            ends = given if isinstance(given, dict) else {"hard": given}
            changes += [_change(f"--limits {path}", precision, metric, end, value) for end, value in ends.items()]
    return tuple(changes)


def find_limits(name: str, outputs: Sequence[TensorSpec], changes: Iterable[LimitChange] = ()) -> Limits:
    """The limits of that name, as they are for these outputs and with the user's changes.

    An expected value that a changed hard limit has overtaken moves with it.

    Raises:
        BadInput: there are none; the message lists those there are.
    """
    if name not in LIMITS:
        raise BadInput(f"unknown limits {name!r}; expected one of {', '.join(LIMITS)}")
    found = LIMITS[name]
    if any(spec.dtype == "uint8" for spec in outputs):
        for metric, floor in _LEVELS.items():
            found = _with(found, metric, _lower(getattr(found, metric), floor))
    for change in changes:
        if change.precision in (None, name):
            found = _with(found, change.metric, _changed(getattr(found, change.metric), change))
    return found


def judge(metrics: Metrics, limits: Limits, spec: TensorSpec) -> Judgement:
    """Hold the metrics of one output against limits; only values that are within them pass, which NaN never is."""
    if spec.kind in SEEN and metrics.picture is None:
        return Judgement(Outcome.NOT_CHECKED, f"a {spec.kind} that was not measured as one", math.inf)
    checked = []
    for rule in RULES:
        value = rule.value(metrics)
        if value is not None and spec.kind in rule.kinds:
            checked.append((rule, value, bound_of(limits, rule.metric, spec)))
    broken = [entry for entry in checked if not entry[0].within(entry[1], entry[2].hard)]
    if broken:
        worst = max(_strain(rule, value, bound) for rule, value, bound in broken)
        return Judgement(Outcome.TOO_FAR, _details(metrics, broken), worst)
    rule, value, bound = checked[0]
    beside = [entry for entry in checked if not entry[0].within(entry[1], entry[2].expected)]
    outcome = Outcome.PASS_WITH_WARNING if beside else Outcome.PASS
    return Judgement(outcome, _details(metrics, beside or checked[:_PASS_SHOWS]), _strain(rule, value, bound))


def bound_of(limits: Limits, metric: str, spec: TensorSpec) -> Bound:
    """A limit in the output's own unit. Of 8-bit levels one is always allowed: the last bit of a float decides it."""
    bound: Bound = getattr(limits, metric)
    if metric != "max_abs":
        return bound
    least = 1.0 if spec.dtype == "uint8" else 0.0
    return Bound(*(max(end * spec.data_range / 2, least) for end in (bound.hard, bound.expected)))


def _details(metrics: Metrics, entries: Sequence[tuple[MetricRule, float, Bound]]) -> str:
    return ", ".join(rule.text(metrics, value, bound) for rule, value, bound in entries)


def _strain(rule: MetricRule, value: float, bound: Bound) -> float:
    found = rule.strain(value, bound.hard)
    return math.inf if math.isnan(found) else found


def _change(where: str, precision: str | None, metric: str, end: str, value: object) -> LimitChange:
    known = [rule.metric for rule in RULES]
    if metric not in known:
        raise BadInput(f"{where}: {metric} is no limit; expected one of {', '.join(known)}")
    if end not in ("hard", "expected"):
        raise BadInput(f"{where}: {metric}.{end} is no limit; expected {metric} or {metric}.expected")
    try:
        number = math.nan if isinstance(value, bool) else float(str(value))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadInput(f"{where}: {metric} is {str(value).strip()!r}; expected a number")
    return LimitChange(precision, metric, end, number)


def _with(limits: Limits, metric: str, bound: Bound) -> Limits:
    changed: dict[str, Any] = {metric: bound}
    return replace(limits, **changed)


def _changed(bound: Bound, change: LimitChange) -> Bound:
    at_least = next(rule.at_least for rule in RULES if rule.metric == change.metric)
    hard, expected = (change.value if change.end == end else getattr(bound, end) for end in ("hard", "expected"))
    return Bound(hard, max(hard, expected) if at_least else min(hard, expected))


def _lower(bound: Bound, floor: Bound) -> Bound:
    return Bound(min(bound.hard, floor.hard), min(bound.expected, floor.expected))
