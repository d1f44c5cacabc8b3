"""The released networks at their full size, from seeded weights to proven files: the distances the project promises."""

import pytest

from mobileswap.pipeline.export import ExportOptions, export_one
from mobileswap.pipeline.networks import load_networks
from mobileswap.pipeline.progress import Silent

pytestmark = [pytest.mark.real, pytest.mark.benchmark, pytest.mark.timeout(900)]

# (format, precision): least PSNR in dB by runtime, on the outputs' data range
LEAST = {
    ("onnx", "fp32"): {"onnxruntime": 100},
    ("coreml", "fp32"): {"mil-fp32": 100},
    ("coreml", "fp16"): {"mil-fp16": 40, "mil-fp32": 50},
}


@pytest.fixture(scope="module")
def source():
    return load_networks("mobilefsgan", ("seeded",))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("released")


@pytest.mark.parametrize("part", ["generator", "embedder"])
@pytest.mark.parametrize(("format_name", "precision"), LEAST)
def test_every_artifact_is_as_close_as_promised(source, folder, capsys, part, format_name, precision):
    done = export_one(source, ExportOptions(format_name, part, precision=precision, threads=2), folder, Silent())
    assert done.accepted, [report.sentence for report in done.artifact.parity]
    least = LEAST[format_name, precision]
    assert least.keys() <= {report.runtime for report in done.artifact.parity}
    for report in done.artifact.parity:
        psnr = min(sample.metrics.psnr_db for sample in report.samples)
        max_abs = max(sample.metrics.max_abs for sample in report.samples)
        with capsys.disabled():
            print(f"\n{done.path.name} in {report.runtime}: worst of {len(report.samples)} samples ", end="")
            print(f"{psnr:.1f} dB (at least {least.get(report.runtime)}), max abs {max_abs:.1e}")
        assert report.passed
        assert psnr >= least.get(report.runtime, 0)
