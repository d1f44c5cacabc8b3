"""What one search of the released generator costs: seconds, and resident memory of the command and its worker."""

import subprocess
import sys
from time import perf_counter, sleep

import psutil
import pytest

from mobileswap.pipeline.export import ExportOptions, export_one
from mobileswap.pipeline.networks import load_networks
from mobileswap.pipeline.progress import Silent

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

SECONDS, BYTES = 60.0, 3 * 2**30
EVERY = 0.02  # seconds between two looks at the memory
KINDS = [(format_, precision) for format_ in ("onnx", "coreml", "tnn") for precision in ("fp32", "fp16")]


@pytest.mark.parametrize(("format_", "precision"), KINDS)
def test_one_search(tmp_path, format_, precision):
    options = ExportOptions(format_, "generator", precision, verify=False)
    path = export_one(load_networks("mobilefsgan", ("seeded",)), options, tmp_path, Silent()).path
    seconds, peak = cost(
        [sys.executable, "-m", "mobileswap", "parity", "bisect", str(path), "-o", str(tmp_path / "out")]
    )
    print(f"\nbisect {format_} {precision}: {seconds:.1f} s, {peak / 2**30:.2f} GiB resident, worker included")
    assert seconds <= SECONDS
    assert peak <= BYTES


def cost(command):
    """Seconds, and the most that was resident at once, pages that two processes share counted twice."""
    start, peak = perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        whole = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, resident(whole))
            sleep(EVERY)
    assert process.returncode == 0
    return perf_counter() - start, peak


def resident(process):
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_info().rss
        except psutil.NoSuchProcess:  # between the two looks
            continue
    return total
