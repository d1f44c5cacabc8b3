"""A benchmark's run and result, made by hand."""

from dataclasses import replace

from mobileswap.contracts.bench_result import SCHEMA, BenchResult, BenchRun, Environment
from mobileswap.contracts.verdict import Outcome

MACHINE = Environment("Linux", "CPU", 2, 1, "3.11", 0.0, "")
BLOCKS = (7, 9, 6, 8, 10, 5, 9, 8, 7, 10, 6, 8, 7)  # 100


def a_run(samples=(1.0,) * 100, backend="onnxruntime", **changes):
    run = BenchRun(
        backend=backend,
        backend_version="1",
        family="tiny",
        component="generator",
        artifact="tiny",
        artifact_sha256="a" * 64,
        size_bytes=1,
        precision="fp32",
        device="cpu",
        trained=True,
        verified=True,
        threads=2,
        warmup=10,
        outcome=Outcome.PASS,
        detail="",
        load_ms=1.0,
        first_pass_ms=1.0,
        peak_memory_bytes=1,
        samples_ms=tuple(samples),
        summary=None,
        blocks=BLOCKS,
    )
    return replace(run, **changes)


def a_result(*runs, interleaved=True):
    return BenchResult(SCHEMA, "2026-01-01T00:00:00+00:00", "", MACHINE, runs, interleaved=interleaved)
