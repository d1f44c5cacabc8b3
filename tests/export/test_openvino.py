"""OpenVINO's two files: names and places kept, metadata, fp16 weights, the same bytes, nothing reported."""

import subprocess
import sys

import pytest

from mobileswap.contracts.files import sha256_of
from mobileswap.export.exporters import exporter

pytest.importorskip("openvino", reason="the extra openvino is not installed")


def read(path):
    import openvino

    return openvino.Core().read_model(path)


def test_every_place_that_onnx_knows_has_its_tensor(exported):
    path, _, written = exported("openvino")
    made = {name for one in read(path).get_ordered_ops() for port in one.outputs() for name in port.get_names()}
    assert written.taps == exported("onnx")[2].taps
    assert set(written.taps.values()) <= made


def test_borders_are_named_and_static(exported):
    network = read(exported("openvino")[0])
    assert {port.get_any_name(): tuple(port.shape) for port in network.inputs} == {
        "target": (1, 3, 64, 64),
        "embedding": (1, 8),
    }
    assert [port.get_any_name() for port in network.outputs] == ["swapped"]


def test_it_says_what_it_is(exported):
    text = exported("openvino")[0].read_text()
    assert '<weights value="w.pth" />' in text
    assert "synthetic media" in text
    assert "onnxsim" not in text


def test_fp16_halves_the_weights(exported, graph_of, request_for, tmp_path):
    half = exporter("openvino")(graph_of("openvino", "generator"), tmp_path / "half.xml", request_for("fp16"))
    full = exported("openvino")[2]
    sizes = [written.files[1].stat().st_size for written in (half, full)]
    assert 0.45 < sizes[0] / sizes[1] < 0.55


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_the_same_graph_gives_the_same_bytes(small_graph, request_for, tmp_path, precision):
    hashes = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        written = exporter("openvino")(small_graph, tmp_path / name / "x.xml", request_for(precision))
        hashes.add(tuple(sha256_of(path) for path in written.files))
    assert len(hashes) == 1


SILENT = """
import sys
from mobileswap.export.exporters import exporter
exporter("openvino")
import openvino
print(sys.modules["openvino_telemetry"], [name for name in sys.modules if name.startswith("openvino_telemetry.")])
"""


def test_nothing_is_reported_to_the_vendor():
    found = subprocess.run([sys.executable, "-c", SILENT], capture_output=True, text=True, check=True)
    assert found.stdout == "None []\n"
