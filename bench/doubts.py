"""When a figure is worth less than it looks. Nothing is dropped for it: the doubt stands beside the figure."""

from collections.abc import Iterator

from mobileswap.bench.statistics import median_interval
from mobileswap.contracts.bench_result import BenchRun, Doubt, Environment, Flag, Summary
from mobileswap.runtimes.execution_providers import part_elsewhere

# The limits, and why just these
UNSTEADY = 0.05  # coefficient of variation: beyond it, 100 passes no longer show a difference of 5 %
VERY_UNSTEADY = 0.10  # beyond it not even one of 10 % can be told from a single run
DRIFT = 0.05  # between the first and the last third; less than what people decide by
BUSY = 0.25  # of the cores, kept busy by others: a pass on all cores then waits for a quarter of its threads
FEWEST = 30  # passes: of fewer the 99th percentile is the slowest one, and the median's interval is a guess
HOT_CELSIUS = 90.0  # where processors begin to slow themselves down
FULL_SPEED = "performance"  # the governor that does not change the clock with the load


def doubts(
    run: BenchRun, asked: int, machine: Environment, *, elsewhere: bool = False, unproven: str = ""
) -> tuple[Flag, ...]:
    """What speaks against the figures of a run; nothing where it has none.

    Args:
        run: with its samples.
        asked: passes that were asked for.
        machine: before and after the run.
        elsewhere: it ran on another machine, of whose state nothing is known.
        unproven: what speaks against its parity as it was set for this run.
    """
    if run.summary is None:
        return ()
    of_machine = () if elsewhere else _of_machine(run, machine)
    return (*_of_proof(run, unproven), *_of_passes(run, run.summary, asked), *of_machine)


def _of_proof(run: BenchRun, unproven: str) -> Iterator[Flag]:
    if not run.verified:
        yield Flag(Doubt.UNVERIFIED, unproven or "parity has not passed for this very file")


def _of_passes(run: BenchRun, summary: Summary, asked: int) -> Iterator[Flag]:
    if len(run.samples_ms) < max(asked, FEWEST):
        wanted = f"{asked} were asked for" if len(run.samples_ms) < asked else f"{FEWEST} is the least"
        yield Flag(Doubt.FEW_RUNS, f"{len(run.samples_ms)} passes, {wanted}")
    if part_elsewhere(run.ran_on):
        yield Flag(Doubt.FELL_BACK, f"{run.device} was asked for: {run.ran_on}")
    if summary.cv > UNSTEADY:
        limit = VERY_UNSTEADY if summary.cv > VERY_UNSTEADY else UNSTEADY
        yield Flag(Doubt.UNSTEADY, f"CV {summary.cv:.1%} > {limit:.0%}")
    if abs(summary.drift) > DRIFT and _apart(run):
        yield Flag(Doubt.DRIFT, f"the last third is {summary.drift:+.1%} off the first")


def _of_machine(run: BenchRun, machine: Environment) -> Iterator[Flag]:
    if machine.busy_cores > BUSY * machine.cores:
        yield Flag(Doubt.LOADED, f"others kept {machine.busy_cores:.1f} of {machine.cores} cores busy")
    if run.threads > machine.cores:
        yield Flag(Doubt.OVERSUBSCRIBED, f"{run.threads} threads on {machine.cores} cores")
    if machine.governor not in ("", FULL_SPEED):
        yield Flag(Doubt.THROTTLED, f"governor {machine.governor}")
    if machine.celsius is not None and machine.celsius >= HOT_CELSIUS:
        yield Flag(Doubt.THROTTLED, f"{machine.celsius:.0f} °C")


def _apart(run: BenchRun) -> bool:
    """The first and the last third differ by more than their own noise."""
    third = len(run.samples_ms) // 3
    first, last = median_interval(run.samples_ms[:third]), median_interval(run.samples_ms[-third:])
    return first[1] < last[0] or last[1] < first[0]
