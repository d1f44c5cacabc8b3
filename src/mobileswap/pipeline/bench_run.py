"""``bench run`` as a whole: what is to be timed is found or exported, timed, and written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mobileswap.bench.compare import compare_within
from mobileswap.bench.history import remember, require_history
from mobileswap.contracts.bench_result import BenchResult, Scenario, write_result
from mobileswap.contracts.errors import BadInput, Unavailable
from mobileswap.contracts.files import write_json
from mobileswap.contracts.speed_comparison import Comparison
from mobileswap.pipeline.bench_options import BenchOptions
from mobileswap.pipeline.export import ExportOptions
from mobileswap.pipeline.measure import format_of, measure, require_backend
from mobileswap.pipeline.networks import Networks, load_networks
from mobileswap.pipeline.progress import Progress
from mobileswap.pipeline.reuse import found_or_exported
from mobileswap.reports.pytest_benchmark import pytest_benchmark_form


@dataclass(frozen=True)
class BenchRequest:
    """What is asked of ``bench run``.

    Attributes:
        backends: names of runtimes.
        artifact: time this file; None is what the other fields make.
        against: and this one by turns with it.
        weights: to export from, of ``family``.
        component: that is timed; None is the one that papers time.
        precision: None is the format's default.
        command: as typed, for the records.
        json, history, pytest_benchmark: files that the result is written to as well.
    """

    backends: tuple[str, ...]
    options: BenchOptions
    artifact: Path | None = None
    against: Path | None = None
    weights: tuple[str, ...] = ()
    family: str = ""
    component: str | None = None
    precision: str | None = None
    command: str = ""
    json: Path | None = None
    history: Path | None = None
    pytest_benchmark: Path | None = None


@dataclass(frozen=True)
class Benched:
    """The result, and of two files the comparison."""

    result: BenchResult
    comparison: Comparison | None


def run_bench(request: BenchRequest, folder: Path, progress: Progress) -> Benched:
    """Time what is asked for; a backend that fails leaves the others' figures as they are.

    Args:
        request: what to time, and how.
        folder: for what has to be exported first.
        progress: told of each step.

    Raises:
        BadInput: options that do not go together, or an unknown word.
        GateFailed: what was exported for it did not pass.
        Unavailable: none of the backends is there.
    """
    if request.history:
        require_history(request.history)
    _require_backends(request)
    pairs = _given(request) if request.artifact else _made(request, folder, progress)
    result = measure(pairs, request.options, folder, progress, request.command)
    if request.json:
        write_result(result, request.json)
    if request.pytest_benchmark:
        write_json(request.pytest_benchmark, pytest_benchmark_form(result))
    if request.history:
        remember(result, request.history)
    return Benched(result, compare_within(result, str(request.artifact)) if request.against else None)


def _require_backends(request: BenchRequest) -> None:
    """One that is missing shows in the result; where all are, there is nothing to do."""
    if request.options.scenario is Scenario.SWAP and request.component:
        raise BadInput(f"--scenario swap: it takes all components together; leave --component {request.component} out")
    missing = [reason for name in request.backends if (reason := require_backend(name, request.options))]
    if len(missing) == len(request.backends):
        raise Unavailable("; ".join(missing))


def _given(request: BenchRequest) -> list[tuple[str, Path]]:
    files = [path for path in (request.artifact, request.against) if path]
    return [(name, path) for name in request.backends for path in files]


def _made(request: BenchRequest, folder: Path, progress: Progress) -> list[tuple[str, Path]]:
    """A swap finds the others beside the one that gives the picture, the last."""
    networks = load_networks(request.family, request.weights)
    swap = request.options.scenario is Scenario.SWAP
    main = request.component or networks.family.components[0]
    parts = networks.family.chain.parts() if swap else (main,)
    return [(name, _exported(networks, request, name, parts, folder, progress)) for name in request.backends]


def _exported(
    networks: Networks, request: BenchRequest, backend: str, parts: Sequence[str], folder: Path, progress: Progress
) -> Path:
    made = [
        found_or_exported(
            networks,
            ExportOptions(
                format=format_of(backend),
                component=part,
                precision=request.precision,
                threads=request.options.threads,
                command=request.command,
            ),
            folder,
            progress,
        )
        for part in parts
    ]
    return made[-1]
