"""Is one run slower than another? Yes only on evidence; "no difference shown" is an answer.

Passes that follow one another are alike, so a hundred of them are far from a hundred independent ones, and a test that
takes them for such finds differences between a runtime and itself. What is independent, nearly, are blocks of passes
with something else in between. So blocks are what is drawn in the bootstrap, and what counts as evidence in the test.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mobileswap.bench.statistics import CONFIDENCE
from mobileswap.contracts.bench_result import BenchResult, BenchRun
from mobileswap.contracts.speed_comparison import SCHEMA, Comparison, Difference, SpeedFinding

# All three have to be met before a difference is shown
# Of p. Blocks are not quite independent, so less than the 0.05 of habit; tests/bench/test_compare.py counts both
# kinds of error on drawn passes
LEVEL = 0.005
EXCLUDES = 1.0  # what the interval of the ratio must not hold
# Of the ratio, off 1. Where a process happens to lie in memory can make a lasting difference between two of one file,
# that no number of passes resolves; and nobody decides by less
LEAST = 0.01
_BLOCK = 8  # passes, of a run that was not taken in blocks
_FEWEST_BLOCKS = 6  # that are left when blocks are joined; of fewer no order is clear enough for LEVEL
_RESAMPLES = 2000

Floats = npt.NDArray[np.float64]


def compare(base: BenchResult, new: BenchResult, names: tuple[str, str]) -> Comparison:
    """Each run of ``new`` against the run of ``base`` of the same kind.

    Args:
        base: for instance of the last release.
        new: likewise.
        names: of the two, for a person.
    """
    machines = (base.environment.cpu, new.environment.cpu)
    return _comparison(_by_kind(base), _by_kind(new), names, machines, together=False)


def compare_within(result: BenchResult, name: str) -> Comparison:
    """The second run of a kind against the first: two artifacts that were timed in one run.

    Args:
        result: of ``bench run --against``.
        name: for a person.
    """
    kinds = _by_kind(result)
    first = {kind: runs[:1] for kind, runs in kinds.items()}
    second = {kind: runs[1:] for kind, runs in kinds.items()}
    machines = (result.environment.cpu, result.environment.cpu)
    return _comparison(first, second, (name, name), machines, together=result.interleaved)


def kind_of(run: BenchRun) -> str:
    """What two runs must have in common to be compared: all but the artifact's file, the time and the version."""
    parts = [run.backend, f"{run.family} {run.component}", run.precision, *run.settings, run.device]
    return ", ".join([*parts, f"{run.threads} thread{'' if run.threads == 1 else 's'}", run.scenario.value])


def difference(base: BenchRun, new: BenchRun, *, together: bool) -> Difference:
    """What the samples of two runs show.

    Args:
        base: with samples.
        new: likewise.
        together: they took turns.
    """
    paired = together and base.blocks == new.blocks and len(base.blocks) > 1
    old_blocks, new_blocks = _blocks(base), _blocks(new)
    if not paired:
        old_blocks, new_blocks = _independent(old_blocks), _independent(new_blocks)
    ratio = _median(new.samples_ms) / _median(base.samples_ms)
    interval = _ratio_interval(old_blocks, new_blocks, paired=paired)
    p_value = (_p_of_rounds if paired else _p_of_blocks)(old_blocks, new_blocks)
    shown = p_value < LEVEL and not interval[0] <= EXCLUDES <= interval[1] and abs(ratio - 1) >= LEAST
    return Difference(
        name=kind_of(new),
        base=f"{base.artifact} {base.artifact_sha256[:8]}, {base.backend_version}",
        new=f"{new.artifact} {new.artifact_sha256[:8]}, {new.backend_version}",
        base_median_ms=_median(base.samples_ms),
        new_median_ms=_median(new.samples_ms),
        ratio=ratio,
        interval=interval,
        p_value=p_value,
        blocks=(len(old_blocks), len(new_blocks)),
        paired=paired,
        finding=(SpeedFinding.SLOWER if ratio > 1 else SpeedFinding.FASTER) if shown else SpeedFinding.NOT_SHOWN,
        doubts=tuple(f"{name}: {flag.doubt}" for name, run in (("base", base), ("new", new)) for flag in run.flags),
    )


def _comparison(
    base: dict[str, list[BenchRun]],
    new: dict[str, list[BenchRun]],
    names: tuple[str, str],
    machines: tuple[str, str],
    *,
    together: bool,
) -> Comparison:
    differences, alone = [], []
    for kind in dict.fromkeys([*base, *new]):
        old_runs, new_runs = base.get(kind, []), new.get(kind, [])
        if len(old_runs) == len(new_runs) == 1 and old_runs[0].samples_ms and new_runs[0].samples_ms:
            differences.append(difference(old_runs[0], new_runs[0], together=together))
        else:
            alone.append(f"{kind}: {_why_alone(old_runs, new_runs)}")
    return Comparison(SCHEMA, *names, machines, together, tuple(differences), tuple(alone))


def _why_alone(base: list[BenchRun], new: list[BenchRun]) -> str:
    if len(base) > 1 or len(new) > 1:
        return f"{len(base)} runs in the base and {len(new)} in the new; which belong together is not known"
    if not base or not new:
        return f"only in the {'new' if new else 'base'}"
    failed = base[0] if not base[0].samples_ms else new[0]
    return f"{failed.outcome} in the {'base' if failed is base[0] else 'new'}, so there are no samples"


def _by_kind(result: BenchResult) -> dict[str, list[BenchRun]]:
    kinds = defaultdict(list)
    for run in result.runs:
        kinds[kind_of(run)].append(run)
    return dict(kinds)


def _blocks(run: BenchRun) -> list[Floats]:
    """The samples as they were taken; those taken in one go are cut into pieces of about _BLOCK."""
    samples = np.asarray(run.samples_ms)
    if len(run.blocks) > 1 and sum(run.blocks) == len(samples):
        return np.split(samples, np.cumsum(run.blocks)[:-1])
    return np.array_split(samples, max(1, len(samples) // _BLOCK))


def _p_of_blocks(base: list[Floats], new: list[Floats]) -> float:
    """Mann–Whitney's test on the blocks' medians."""
    from scipy.stats import mannwhitneyu

    medians = ([_median(block) for block in blocks] for blocks in (base, new))
    return float(mannwhitneyu(*medians, alternative="two-sided").pvalue)


def _p_of_rounds(base: list[Floats], new: list[Floats]) -> float:
    """Mann–Whitney's test on the passes, of which those of one round are one piece of evidence.

    The variance is that of clustered data (Obuchowski, Biometrics 53, 1997, 567–578): what drifts or stalls within a
    round adds nothing to the certainty, and what hits both sides of a round cancels. Of k rounds no p is below that of
    k equal throws of a coin.
    """
    from scipy.stats import t

    rounds = len(base)
    old_of, new_of = (np.repeat(np.arange(rounds), [len(block) for block in blocks]) for blocks in (base, new))
    slower = (np.sign(np.concatenate(new)[None, :] - np.concatenate(base)[:, None]) + 1) / 2  # (base, new); ties ½
    share = slower.mean()
    off = np.bincount(old_of, slower.mean(axis=1) - share) / len(old_of)
    off += np.bincount(new_of, slower.mean(axis=0) - share) / len(new_of)
    deviation = np.sqrt(rounds / (rounds - 1) * (off @ off))
    least = 2.0 ** (1 - rounds)
    if deviation == 0:
        return least if share != 0.5 else 1.0
    return max(least, 2 * float(t.sf(abs(share - 0.5) / deviation, rounds - 1)))


def _independent(blocks: list[Floats]) -> list[Floats]:
    """The blocks, joined two by two while neighbours are still alike and there are enough of them."""
    while _alike([_median(block) for block in blocks]):
        pairs = [np.concatenate(blocks[i : i + 2]) for i in range(0, len(blocks) - 1, 2)]
        blocks = pairs if len(blocks) % 2 == 0 else [*pairs[:-1], np.concatenate([pairs[-1], blocks[-1]])]
    return blocks


def _alike(values: list[float]) -> bool:
    """Each value says something of the next: their correlation is beyond what as many drawn ones mostly have."""
    if len(values) < 2 * _FEWEST_BLOCKS:
        return False
    off = np.asarray(values) - np.mean(values)
    spread = float(off @ off)
    return spread > 0 and float(off[1:] @ off[:-1]) / spread > 1 / np.sqrt(len(values))


def _median(samples: Sequence[float] | Floats) -> float:
    return float(np.median(samples))


def _ratio_interval(base: list[Floats], new: list[Floats], *, paired: bool) -> tuple[float, float]:
    """Percentile bootstrap over whole blocks; of paired runs, over whole rounds. The same for the same samples."""
    rng = np.random.default_rng(0)
    old_counts = rng.multinomial(len(base), [1 / len(base)] * len(base), _RESAMPLES)
    new_counts = old_counts if paired else rng.multinomial(len(new), [1 / len(new)] * len(new), _RESAMPLES)
    ratios = _medians(new, new_counts) / _medians(base, old_counts)
    low, high = np.quantile(ratios, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def _medians(blocks: list[Floats], counts: npt.NDArray[np.int64]) -> Floats:
    """The median of every resample, of which a row of ``counts`` says how often it holds each block."""
    samples: Floats = np.concatenate(blocks)
    order = np.argsort(samples)
    owners = np.repeat(np.arange(len(blocks)), [len(block) for block in blocks])[order]
    reached = counts[:, owners].cumsum(axis=1)
    half = reached[:, -1:] / 2
    below, above = (reached >= half).argmax(axis=1), (reached > half).argmax(axis=1)
    ordered = samples[order]
    return np.asarray((ordered[below] + ordered[above]) / 2, dtype=np.float64)
