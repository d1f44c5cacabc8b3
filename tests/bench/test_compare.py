"""A runtime is not shown to differ from itself, a slowed one is; on drawn passes, which no machine disturbs."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_run import MACHINE, a_result, a_run

from mobileswap.bench.compare import (
    _alike,
    _independent,
    _medians,
    _p_of_rounds,
    _ratio_interval,
    compare,
    compare_within,
    difference,
    kind_of,
)
from mobileswap.contracts.bench_result import Doubt, Flag, Scenario
from mobileswap.contracts.speed_comparison import SCHEMA, SpeedFinding
from mobileswap.contracts.verdict import Outcome


def passes(rng, factor=1.0, noise=0.01, walk=0.003, drift=0.0, tail=0.03):
    """Passes that are like those before them: a slow wander and a drift under the noise, and now and then a stall."""
    slow = np.zeros(100)
    for i in range(1, 100):
        slow[i] = 0.9 * slow[i - 1] + rng.normal(0, walk)
    stalls = rng.exponential(1.0, 100) * (rng.random(100) < tail)
    return (5 * factor * (1 + slow + np.linspace(0, drift, 100) + np.abs(rng.normal(0, noise, 100)) + stalls)).tolist()


def shown(factor, rounds, **how):
    rng = np.random.default_rng(1)
    found = [
        difference(a_run(passes(rng, **how)), a_run(passes(rng, factor, **how)), together=True) for _ in range(rounds)
    ]
    return tuple(sum(one.finding is kind for one in found) for kind in (SpeedFinding.SLOWER, SpeedFinding.FASTER))


def test_a_runtime_is_rarely_shown_to_differ_from_itself():
    assert sum(shown(1.0, 20)) <= 2
    assert sum(shown(1.0, 20, drift=0.2)) <= 2
    assert sum(shown(1.0, 20, noise=0.1, tail=0.2)) <= 2


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("blocks", range(3, 12))
def test_too_short_is_what_no_order_would_show(blocks, together):
    base, new = (a_run([value + i / 1e4 for i in range(8 * blocks)], blocks=(8,) * blocks) for value in (1.0, 9.0))
    found = difference(base, new, together=together)
    assert found.too_short == (found.finding is SpeedFinding.NOT_SHOWN)


def test_passes_taken_for_independent_would_be_shown_to_differ():
    from scipy.stats import mannwhitneyu

    rng = np.random.default_rng(1)
    pairs = [(passes(rng, walk=0.006), passes(rng, walk=0.006)) for _ in range(20)]
    assert sum(mannwhitneyu(*pair).pvalue < 0.05 for pair in pairs) > 5
    found = [difference(*map(a_run, pair), together=True).finding for pair in pairs]
    assert sum(finding is not SpeedFinding.NOT_SHOWN for finding in found) <= 2


def test_five_percent_more_are_shown():
    slower, faster = shown(1.05, 20)
    assert slower >= 19
    assert faster == 0
    slower, faster = shown(1.05, 10, drift=0.2)  # of the machine, so that it hits both
    assert slower >= 9
    assert faster == 0
    assert shown(0.95, 10) == (0, 10)


def test_what_two_processes_of_one_file_may_differ_by_is_never_shown():
    one = difference(a_run(np.linspace(5, 5.0001, 100)), a_run(np.linspace(5.04, 5.0401, 100)), together=True)
    assert one.interval[0] > 1
    assert one.p_value < 0.001
    assert one.finding is SpeedFinding.NOT_SHOWN


def test_a_drift_of_the_machine_cancels_between_paired_rounds():
    drifting = np.linspace(5, 10, 100)
    paired = difference(a_run(drifting), a_run(drifting * 1.1), together=True)
    apart = difference(a_run(drifting), a_run(drifting * 1.1), together=False)
    assert paired.paired
    assert not apart.paired
    assert paired.interval == pytest.approx((1.1, 1.1), abs=1e-9)
    assert apart.interval[0] < 1 < apart.interval[1]


def test_the_figures_by_hand_and_always_the_same():
    one = difference(a_run([4.0] * 100), a_run([6.0] * 100, artifact_sha256="b" * 64), together=True)
    assert (one.base_median_ms, one.new_median_ms, one.ratio, one.interval) == (4, 6, 1.5, (1.5, 1.5))
    assert (one.blocks, one.finding) == ((13, 13), SpeedFinding.SLOWER)
    assert one == difference(a_run([4.0] * 100), a_run([6.0] * 100, artifact_sha256="b" * 64), together=True)
    assert (one.worse_by(0.49), one.worse_by(0.5)) == (True, False)
    doubted = difference(a_run(flags=(Flag(Doubt.LOADED, "2 cores"),)), a_run(), together=True)
    assert doubted.doubts == ("base: loaded",)
    back = difference(a_run([6.0] * 100), a_run([4.0] * 100), together=True)
    assert back.finding is SpeedFinding.FASTER
    assert not back.worse_by(0)


def test_passes_in_one_go_are_cut_into_blocks():
    assert difference(a_run(blocks=(100,)), a_run(blocks=()), together=True).blocks == (12, 12)
    assert difference(a_run([1.0] * 5, blocks=(5,)), a_run([2.0], blocks=(1,)), together=False).blocks == (1, 1)
    assert difference(a_run(blocks=(3, 4)), a_run(blocks=(3, 4)), together=False).blocks == (12, 12)  # not all of them


@pytest.mark.parametrize("count", [1, 5, 30])
def test_few_passes_show_nothing(count):
    one = difference(a_run([4.0] * count, blocks=(count,)), a_run([8.0] * count, blocks=(count,)), together=False)
    assert (one.ratio, one.finding) == (2.0, SpeedFinding.NOT_SHOWN)


def test_runs_are_matched_by_their_kind():
    kinds = [
        a_run(backend="pytorch"),
        a_run(),
        a_run(precision="fp16"),
        a_run(settings=("bf16",)),
        a_run(scenario=Scenario.SWAP),
        a_run(component="embedder"),
        a_run(threads=1),
    ]
    assert len({kind_of(run) for run in kinds}) == len(kinds)
    found = compare(a_result(*kinds), a_result(*kinds[::-1]), ("a", "b"))
    assert [one.name for one in found.differences] == [kind_of(run) for run in kinds]
    assert (found.base, found.new, found.together, found.alone) == ("a", "b", False, ())


def test_a_comparison_says_on_which_machines_and_in_which_form():
    other = replace(a_result(a_run()), environment=replace(MACHINE, cpu="another CPU"))
    found = compare(a_result(a_run()), other, ("a", "b"))
    assert (found.schema, found.machines) == (SCHEMA, ("CPU", "another CPU"))
    assert compare_within(other, "x").machines == ("another CPU", "another CPU")


def test_neighbours_that_are_alike_are_joined_in_the_order_of_time():
    rising = [np.array([float(i)]) for i in range(25)]
    # 25 become 12, the last of three; 12 are alike still, and become 6, of which no order would show anything with less
    joined = [list(map(float, range(i, i + 4))) for i in range(0, 20, 4)] + [[20.0, 21.0, 22.0, 23.0, 24.0]]
    assert [block.tolist() for block in _independent(rising)] == joined
    assert [block.tolist() for block in _independent(rising[:12])] == [[i, i + 1] for i in range(0, 12, 2)]
    assert _independent(rising[:11]) == rising[:11]
    assert len(_independent([np.array([float(i % 2)]) for i in range(24)])) == 24


def test_what_has_no_partner_is_named_with_the_reason():
    crashed = a_run((), "coreml", outcome=Outcome.CRASH)
    base = a_result(a_run(), a_run((), "tnn"), a_run(backend="coreml"))
    new = a_result(a_run(backend="pytorch"), a_run((2.0,), "tnn"), crashed)
    found = compare(base, new, ("a", "b"))
    assert found.differences == ()
    assert [words.rpartition(": ")[2] for words in found.alone] == [
        "only in the base",
        "PASS in the base, so there are no samples",
        "CRASH in the new, so there are no samples",
        "only in the new",
    ]


def test_two_files_of_one_run_are_compared_with_one_another():
    rival = a_run([2.0] * 100, artifact_sha256="b" * 64)
    (one,) = compare_within(a_result(a_run(), rival), "x").differences
    assert (one.ratio, one.paired, one.finding) == (2.0, True, SpeedFinding.SLOWER)
    assert not compare_within(a_result(a_run(), rival, interleaved=False), "x").differences[0].paired
    (words,) = compare_within(a_result(a_run(), rival, rival), "x").alone
    assert words.endswith(": 1 runs in the base and 2 in the new; which belong together is not known")
    (words,) = compare(a_result(a_run(), rival), a_result(a_run()), ("a", "b")).alone
    assert words.endswith(": 2 runs in the base and 1 in the new; which belong together is not known")


def test_a_kind_in_words():
    assert kind_of(a_run()) == "onnxruntime, tiny generator, fp32, cpu, 2 threads, forward"
    assert kind_of(a_run(threads=1, settings=("bf16",))).endswith(", fp32, bf16, cpu, 1 thread, forward")


def test_a_difference_names_both_files_and_the_doubts_of_both():
    loaded = (Flag(Doubt.LOADED, "2 cores"),)
    new = a_run([6.0] * 4, blocks=(2, 2), artifact="rival", artifact_sha256="0123456789", flags=loaded)
    one = difference(a_run([4.0] * 4, blocks=(2, 2), flags=loaded), new, together=True)
    assert (one.base, one.new) == ("tiny aaaaaaaa, 1", "rival 01234567, 1")
    assert one.doubts == ("base: loaded", "new: loaded")
    assert (one.paired, one.blocks) == (True, (2, 2))
    assert not difference(a_run(blocks=(100,)), a_run(blocks=(100,)), together=True).paired


def test_p_of_three_rounds_by_hand():
    base = [np.array([1.0, 3.0]), np.array([2.0, 4.0]), np.array([3.0, 5.0])]
    new = [np.array([2.0, 3.0]), np.array([2.0, 6.0]), np.array([2.0, 8.0])]
    # 19.5 of 36 pairs are slower, a share of 13/24; the rounds are off by 0, 1/36 and -1/36, so the deviation is
    # sqrt(3/2 * 2) / 36, t is 0.866, and with two degrees of freedom p is 1 - t / sqrt(2 + t * t)
    t = (13 / 24 - 1 / 2) / (np.sqrt(3) / 36)
    assert _p_of_rounds(base, new) == pytest.approx(1 - t / np.sqrt(2 + t * t))
    assert _p_of_rounds(base, [block + 9 for block in base]) == 0.25  # three throws of a coin that fell alike
    same = [np.array([1.0, 1.0])] * 3
    assert _p_of_rounds(same, same) == 1.0


def test_neighbours_are_alike_beyond_what_as_many_drawn_ones_mostly_are():
    assert _alike([0.0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1])  # correlation 5/12, the bound is 1 / sqrt(12) = 0.289
    assert _alike([0.0, 0, 0, 1e-3, 1e-3, 1e-3, 0, 0, 0, 1e-3, 1e-3, 1e-3])  # whatever their unit
    assert not _alike([0.0, 0, 100, 100, 0, 0, 100, 100, 0, 0, 100, 100])  # 1/12
    assert not _alike([7.0] * 12)
    assert not _alike([float(i) for i in range(11)])  # too few to join


def test_medians_of_resamples_by_hand():
    counts = np.array([[1, 1], [2, 0], [0, 2], [1, 2]])
    found = _medians([np.array([1.0, 4.0]), np.array([2.0, 9.0])], counts)
    assert found.dtype == np.float64
    assert found.tolist() == [3.0, 2.5, 5.5, 3.0]  # the last of 1, 2, 2, 4, 9, 9


@pytest.mark.parametrize("paired", [True, False])
def test_the_interval_is_that_of_a_plain_bootstrap(paired):
    base = [np.array([value]) for value in np.random.default_rng(1).normal(10, 1, 20)]
    new = [block + 1 for block in base]
    rng = np.random.default_rng(2)
    picked = rng.integers(0, 20, (4000, 20))
    others = picked if paired else rng.integers(0, 20, (4000, 20))
    flat, later = np.concatenate(base), np.concatenate(new)
    ratios = np.median(later[others], axis=1) / np.median(flat[picked], axis=1)
    expected = tuple(np.quantile(ratios, [0.025, 0.975]).tolist())
    found = _ratio_interval(base, new, paired=paired)
    width = expected[1] - expected[0]
    assert found == pytest.approx(expected, abs=0.15 * width)
    assert found == _ratio_interval(base, new, paired=paired)
