"""Artifacts and benchmark runs made by hand; every test changes only what it is about."""

from dataclasses import replace

import pytest

from mobileswap.contracts.artifact import SCHEMA, Artifact, FileRecord, RewriteRecord, WeightsRecord
from mobileswap.contracts.bench_result import SCHEMA as BENCH_SCHEMA
from mobileswap.contracts.bench_result import BenchResult, BenchRun, Environment, Summary
from mobileswap.contracts.spec import TensorSpec
from mobileswap.contracts.verdict import Bound, Limits, Metrics, Outcome, ParityReport, PictureMetrics, SampleVerdict

HASH = {"pytorch": "a" * 64, "onnx": "b" * 64, "coreml": "c" * 64}
SUFFIX = {"pytorch": "pt2", "onnx": "onnx", "coreml": "mlpackage"}


LIMITS = Limits(
    "fp32",
    psnr_db=Bound(70, 90),
    snr_db=Bound(60, 80),
    max_abs=Bound(1e-3, 1e-4),
    cosine=Bound(0.99999, 0.999999),
    ssim=Bound(0.9999, 0.99999),
    tile_psnr_db=Bound(61, 81),
    border_psnr_db=Bound(65, 85),
    changed_share=Bound(0.05, 0.01),
)


def a_sample(name="hopper/collins", psnr=101.25, outcome=Outcome.PASS):
    picture = PictureMetrics(0.999998, 0.0125, 1.25, 2, 95.5, (240, 16), 97.5)
    metrics = Metrics(
        1.25e-5, (0, 2, 255, 7), 1.5e-6, 2.5e-6, psnr, 88.75, 0.9999999, (-0.75, 0.5), (-0.75, 0.5), picture
    )
    return SampleVerdict(name, "swapped", outcome, "", metrics)


def a_report(runtime="onnxruntime", **changes):
    report = ParityReport(
        runtime=runtime,
        runtime_version=f"{runtime} 1.2.3",
        reference_executor=runtime.startswith("mil"),
        limits=LIMITS,
        default_limits=LIMITS,
        golden_sha256="d" * 64,
        outcome=Outcome.PASS,
        sentence="PSNR 101.2 dB ≥ 70 dB in hopper/collins, swapped.",
        samples=(a_sample(), a_sample("random", 120.0)),
        worst=0,
        seconds=1.5,
        passes_seconds=1.25,
    )
    return replace(report, **changes)


def an_artifact(format_="onnx", component="generator", size=10_092_964, **changes):
    runtime = {"onnx": "onnxruntime", "coreml": "mil-fp32", "pytorch": "pytorch"}[format_]
    name = f"mobilefsgan-{component}-fp32"
    image = TensorSpec("target", (1, 3, 256, 256), "float32", "NCHW", (-1.0, 1.0), 2.0, "RGB target face, aligned")
    embedding = TensorSpec("embedding", (1, 512), "float32", "NC", (-1.0, 1.0), 0.35, "source face, L2 norm 1")
    swapped = replace(image, name="swapped", meaning="RGB target face with the source's identity")
    swaps = component == "generator"
    artifact = Artifact(
        schema=SCHEMA,
        name=name,
        family="mobilefsgan",
        component=component,
        format=format_,
        precision="fp32",
        io="tensor",
        identity=None,
        inputs=(image, embedding) if swaps else (replace(image, name="source"),),
        outputs=(swapped,) if swaps else (embedding,),
        files=(FileRecord(f"{name}.{SUFFIX[format_]}", HASH[format_], size),),
        weights=WeightsRecord("seeded", "e" * 64, False, "drawn by rule", "MIT"),
        rewrites=(RewriteRecord("fold_basic_norm", 21, 4e-15),),
        options={},
        versions={},
        notice="Makes synthetic media.",
        command="mobileswap export all",
        parity=(a_report(runtime),),
    )
    return replace(artifact, **changes)


def a_run(backend="onnxruntime", **changes):
    run = BenchRun(
        backend=backend,
        backend_version=f"{backend} 1.2.3",
        family="mobilefsgan",
        component="generator",
        artifact="mobilefsgan-generator-fp32",
        artifact_sha256=HASH["onnx"],
        size_bytes=10_092_964,
        precision="fp32",
        device="CPU",
        trained=False,
        verified=True,
        threads=2,
        warmup=10,
        outcome=Outcome.PASS,
        detail="",
        load_ms=45.678,
        first_pass_ms=200.0,
        peak_memory_bytes=345_678_901,
        samples_ms=(150.0, 160.0, 170.0),
        summary=Summary(160.0, 159.5, (157.0, 162.0), 168.0, 169.8, 150.0, 0.05, 0.01),
    )
    return replace(run, **changes)


def a_result(*runs):
    environment = Environment("Linux 6.1", "Some CPU", 2, 8_000_000_000, "3.11.9", 0.25, "")
    return BenchResult(BENCH_SCHEMA, "2025-11-20T16:00:00Z", "mobileswap bench run", environment, runs)


class Make:
    artifact = staticmethod(an_artifact)
    report = staticmethod(a_report)
    result = staticmethod(a_result)
    run = staticmethod(a_run)
    sample = staticmethod(a_sample)


@pytest.fixture
def make():
    return Make


@pytest.fixture
def cells():
    """Rows of a table as dictionaries by column name."""
    return lambda table: [dict(zip((c.name for c in table.columns), row, strict=True)) for row in table.rows]
