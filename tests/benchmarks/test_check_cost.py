"""What checking the released generator on its sixteen samples costs beside the runtime's own passes."""

import os

import pytest

from mobileswap.pipeline.export import ExportOptions, export_one
from mobileswap.pipeline.networks import load_networks
from mobileswap.pipeline.parity_check import CheckOptions, check_artifacts
from mobileswap.pipeline.progress import Silent
from mobileswap.runtimes.runner import RunnerOptions

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

RATIO = 1.3
THREADS = (1, 2)


@pytest.mark.parametrize("format_name", ["onnx", "coreml", "tnn"])
def test_one_check(tmp_path, capsys, format_name):
    source = load_networks("mobilefsgan", ("seeded",))
    path = export_one(source, ExportOptions(format_name, "generator"), tmp_path, Silent()).path
    ratios = []
    for threads in THREADS:
        (evidence,) = check_artifacts([path], CheckOptions(RunnerOptions(threads)), tmp_path, Silent())
        for report in evidence.artifact.parity:
            ratios.append(report.seconds / report.passes_seconds)
            with capsys.disabled():
                print(
                    f"\ncheck {format_name} in {report.runtime}, {threads} threads: {report.seconds:.1f} s, "
                    f"its {len(report.samples)} passes {report.passes_seconds:.1f}: ratio {ratios[-1]:.3f} ",
                    end="",
                )
                print(f"(at most {RATIO}; load {os.getloadavg()[0]:.1f})", end="")
    assert max(ratios) <= RATIO
