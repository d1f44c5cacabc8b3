"""What OpenVINO really computes in, what it shows of its inside, and what it refuses."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny
import tiny_openvino

from mobileswap.contracts.errors import BadInput, Unavailable
from mobileswap.contracts.verdict import Outcome
from mobileswap.parity.check import check
from mobileswap.runtimes.process.isolation import run_job
from mobileswap.runtimes.process.job import Job, Watch
from mobileswap.runtimes.process.watching import read_watched, watch_job
from mobileswap.runtimes.runner import RunnerOptions, Settings
from mobileswap.runtimes.runtime_entries import find_runtime, open_runner

pytest.importorskip("openvino", reason="the extra openvino is not installed")


class Compiled:
    """As openvino's compiled model answers on a processor that does not have what was asked for."""

    def get_property(self, name):
        import openvino

        return {"INFERENCE_PRECISION_HINT": openvino.Type.bf16}[name]


def layers(path, dtype):
    """What each layer of the compiled model says that it computes in."""
    import openvino

    from mobileswap.runtimes.openvino import compile_for

    core = openvino.Core()
    compiled = compile_for(core, core.read_model(path), RunnerOptions(settings=Settings(dtype)))
    found = {}
    for operation in compiled.get_runtime_model().get_ordered_ops():
        facts = operation.get_rt_info()
        found[operation.get_friendly_name()] = facts["runtimePrecision"].astype(str), facts["primitiveType"].astype(str)
    return found


def test_fp32_is_fp32_in_every_layer(tmp_path):
    found = layers(tiny_openvino.convolution(tmp_path / "it.xml"), "fp32")
    assert any(exec_type.endswith("_f32") for _, exec_type in found.values()), found
    for precision, exec_type in found.values():
        assert precision in ("f32", "i32")
        assert not exec_type.endswith("f16")


def test_another_arithmetic_than_asked_for_is_refused(make, monkeypatch):
    from mobileswap.runtimes.openvino import compile_for

    class Core:
        def compile_model(self, *_):
            return Compiled()

    with pytest.raises(Unavailable, match=r"openvino: asked to compute in f32, on this processor it takes bf16"):
        compile_for(Core(), None, RunnerOptions())
    assert compile_for(Core(), None, RunnerOptions(settings=Settings("bf16")))


def test_bf16_is_asked_for_by_name_and_rounds_or_is_refused(tmp_path):
    path, inputs = tiny_openvino.convolution(tmp_path / "it.xml"), {"target": tiny.sample(1).inputs["target"]}
    exact = open_runner("openvino", path, RunnerOptions())
    expected = exact.run(inputs)["swapped"]
    exact.close()
    try:
        runner = open_runner("openvino", path, RunnerOptions(settings=Settings("bf16")))
    except Unavailable as error:
        pytest.skip(str(error))
    found = runner.run(inputs)["swapped"]
    runner.close()
    assert found.dtype == np.float32
    error = abs(found - expected).max() / abs(expected).max()
    assert 1e-4 < error < 1e-2  # 8 bits of mantissa are 4e-3


def test_an_input_of_another_shape_is_refused(make):
    runner = open_runner("openvino", make("openvino"), RunnerOptions())
    inputs = dict(tiny.sample(1).inputs)
    inputs["target"] = inputs["target"][:, :2]
    with pytest.raises(BadInput, match=r"the model takes .*target"):
        runner.run(inputs)
    runner.close()


def test_its_inside_is_seen_by_name(make, tmp_path):
    import json

    sample = tiny.sample(2)
    watch = Watch(str(tmp_path), ("scaled", "y"))
    job = Job("openvino", str(make("openvino")), RunnerOptions(), samples=1, watch=watch)
    outputs = watch_job(job, watch, sample.inputs)
    np.testing.assert_allclose(outputs["swapped"], sample.outputs["swapped"], atol=1e-6)
    seen = {one.tensor: one for one in read_watched(tmp_path)}
    np.testing.assert_allclose(np.load(tmp_path / seen["scaled"].file), 0.5 * sample.inputs["target"], atol=1e-6)
    assert seen["scaled"].type == "Multiply"
    assert seen["sum"].file == ""
    assert json.loads(json.dumps(list(seen)))[-1] in ("swapped", "y")


def test_a_wrong_network_fails_its_proof(tmp_path):
    golden = tiny.golden(tmp_path / "golden.safetensors", [tiny.sample(i) for i in range(8)])
    path = tiny_openvino.save(tmp_path / "wrong.xml", scale=0.4)
    report = check(path, golden, "openvino", limits="fp32", inputs=tiny.INPUTS, outputs=tiny.OUTPUTS)
    assert report.outcome is Outcome.TOO_FAR


DAMAGES = {
    "cut xml": lambda xml, weights: xml.write_bytes(xml.read_bytes()[:-200]),
    "no xml": lambda xml, weights: xml.write_text("<net"),
    "cut weights": lambda xml, weights: weights.write_bytes(weights.read_bytes()[:-1]),
    "no weights": lambda xml, weights: weights.unlink(),
    "another type": lambda xml, weights: xml.write_text(xml.read_text().replace('type="Tanh"', 'type="Tahn"')),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_one_line_and_no_crash_of_ours(tmp_path, damage):
    path = tiny_openvino.save(tmp_path / "it.xml")
    DAMAGES[damage](path, path.with_suffix(".bin"))
    reply = run_job(Job("openvino", str(path), RunnerOptions(), samples=1), [tiny.sample(1).inputs], 60.0)
    assert not reply.answer.outcome.passed
    assert len(reply.answer.detail.splitlines()) == 1
    assert "it." in reply.answer.detail


SILENT = """
import sys
from pathlib import Path
from mobileswap.runtimes.runner import RunnerOptions
from mobileswap.runtimes.runtime_entries import find_runtime, open_runner
import socket
def refuse(*_, **__): raise AssertionError("a connection")
socket.socket.connect = socket.getaddrinfo = refuse
find_runtime("openvino").import_toolchain()
open_runner("openvino", Path(sys.argv[1]), RunnerOptions()).close()
print(sys.modules["openvino_telemetry"], [name for name in sys.modules if name.startswith("openvino_telemetry.")])
"""


def test_nothing_is_reported_to_the_vendor(make, tmp_path):
    command = [sys.executable, "-c", SILENT, str(make("openvino"))]
    found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=_home(tmp_path))
    assert found.stdout == "None []\n"
    assert list((tmp_path / "home").iterdir()) == []  # it would write an identity there


def _home(folder):
    import os

    (folder / "home").mkdir()
    return {**os.environ, "HOME": str(folder / "home"), "PYTHONPATH": str(Path(__file__).parents[2] / "src")}


def test_the_list_blocks_what_reports():
    assert find_runtime("openvino").blocked == ("openvino_telemetry",)
