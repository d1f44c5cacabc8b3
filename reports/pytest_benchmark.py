"""A result as pytest-benchmark writes it, so that its storage, ``compare`` and plots work on it.

The form is that of pytest-benchmark 5 (its ``--benchmark-json``), times in seconds.
"""

from statistics import fmean, median, quantiles, stdev
from typing import Any

from mobileswap.contracts.bench_result import BenchResult, BenchRun
from mobileswap.reports.caveats import timed

_FORM = "5.3.1"


def pytest_benchmark_form(result: BenchResult) -> dict[str, Any]:
    """What becomes of the result; runs without figures are left out."""
    machine = result.environment
    commit, _, dirty = machine.commit.partition("-")
    return {
        "machine_info": {
            "node": "",  # the machine's name is nobody's business
            "system": machine.os,
            "python_version": machine.python,
            "cpu": {"brand_raw": machine.cpu, "count": machine.cores},
        },
        "commit_info": {"id": commit or "unversioned", "time": result.created, "dirty": bool(dirty)},
        "benchmarks": [_benchmark(run) for run in result.runs if timed(run)],
        "datetime": result.created,
        "version": _FORM,
    }


def _benchmark(run: BenchRun) -> dict[str, Any]:
    params = {
        "backend": run.backend,
        "component": run.component,
        "precision": run.precision,
        "device": run.device,
        "threads": run.threads,
        "settings": "+".join(run.settings),
        "scenario": run.scenario.value,
        "artifact": run.artifact_sha256[:8],
    }
    name = "-".join([run.backend, run.component, run.dtype, *run.settings, f"{run.threads}t", run.scenario.value])
    return {
        "group": f"{run.family} {run.component}",
        "name": name,
        "fullname": f"mobileswap::{name}",
        "params": params,
        "param": name,
        "extra_info": {"verified": run.verified, "trained": run.trained, "flags": [f.doubt.value for f in run.flags]},
        "options": {
            "disable_gc": True,
            "timer": "perf_counter_ns",
            "min_rounds": len(run.samples_ms),
            "max_time": 0.0,
            "min_time": 0.0,
            "warmup": run.warmup,
        },
        "stats": _stats([sample / 1e3 for sample in run.samples_ms]),
    }


def _stats(seconds: list[float]) -> dict[str, Any]:
    ordered, mean = sorted(seconds), fmean(seconds)
    spread = stdev(seconds) if len(seconds) > 1 else 0.0
    q1, _, q3 = quantiles(seconds, method="inclusive") if len(seconds) > 1 else (mean, mean, mean)
    low, high = q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)
    by_spread = sum(abs(one - mean) > spread for one in seconds)
    by_quartiles = sum(not low <= one <= high for one in seconds)
    return {
        "min": ordered[0],
        "max": ordered[-1],
        "mean": mean,
        "stddev": spread,
        "rounds": len(seconds),
        "median": median(seconds),
        "iqr": q3 - q1,
        "q1": q1,
        "q3": q3,
        "iqr_outliers": by_quartiles,
        "stddev_outliers": by_spread,
        "outliers": f"{by_spread};{by_quartiles}",
        "ld15iqr": next(one for one in ordered if one >= low),
        "hd15iqr": next(one for one in reversed(ordered) if one <= high),
        "ops": 1 / mean,
        "total": sum(seconds),
        "iterations": 1,
        "data": seconds,
    }
