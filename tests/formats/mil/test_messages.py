"""The protobuf classes come without coremltools, and get on with it in the same process."""

import subprocess
import sys

import pytest
import tiny_mil
import torch
from folders import ROOT
from tiny_mil import F32, mb

from mobileswap.contracts.errors import Unavailable
from mobileswap.contracts.files import read_json, write_json
from mobileswap.contracts.verdict import Outcome
from mobileswap.formats.mil import messages
from mobileswap.formats.mil.messages import load_messages
from mobileswap.runtimes import runtime_entries
from mobileswap.runtimes.process.arrays_file import write_samples
from mobileswap.runtimes.process.job import ANSWER, JOB, Answer, Job
from mobileswap.runtimes.runner import RunnerOptions

OURS = """
from mobileswap.formats.mil.load import survey_program
from mobileswap.formats.mil.messages import load_messages
from mobileswap.formats.mil.package import read_package
assert len(survey_program(read_package(package)).operations) == 1
mine = load_messages("Model_pb2").Model()
mine.ParseFromString(read_package(package).specification)
"""
THEIRS = """
import coremltools as ct
from coremltools.converters.mil.frontend.milproto.load import load
from coremltools.proto import MIL_pb2
theirs = ct.utils.load_spec(str(package))
assert isinstance(theirs.mlProgram, MIL_pb2.Program)
assert len(load(theirs, theirs.specificationVersion).functions["main"].operations) == 1
ct.models.MLModel(str(package), skip_model_load=True).save(str(package.with_name("copy.mlpackage")))
"""
TOGETHER = """
assert isinstance(mine.mlProgram, MIL_pb2.Program)
assert mine == theirs
assert len(load(mine, mine.specificationVersion).functions["main"].operations) == 1
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return tiny_mil.save(tmp_path_factory.mktemp("it") / "it.mlpackage", lambda x: mb.relu(x=x), ((2, 3), F32))


def run(program):
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("parts", [(OURS, THEIRS), (THEIRS, OURS)], ids=["ours first", "theirs first"])
def test_coremltools_may_be_imported_before_or_after(package, parts):
    begin = f"from pathlib import Path\npackage = Path({str(package)!r})\n"
    run("".join((begin, *parts, TOGETHER)))


def test_a_worker_reads_a_package_without_coremltools(package, tmp_path):
    write_samples([{"x": tiny_mil.np.float32([[1, -2, 3], [0, 0, 0]])}], tmp_path / "inputs.safetensors")
    write_json(tmp_path / JOB, Job("mil-fp32", str(package), RunnerOptions(threads=1), samples=1))
    found = run(
        "import sys; from pathlib import Path; from mobileswap.runtimes.process.worker import main\n"
        f"main(Path({str(tmp_path)!r}))\n"
        "print(sorted({'torch', 'coremltools', 'sympy', 'onnx', 'onnxruntime'} & sys.modules.keys()))"
    )
    assert found == "['torch']"
    answer = read_json(tmp_path / ANSWER, Answer)
    assert answer.outcome is Outcome.PASS
    assert answer.runtime_version == f"mil-fp32 (torch {torch.__version__})"


def test_the_lint_needs_neither_coremltools_nor_pytorch(package):
    assert (
        run(
            "import sys; from pathlib import Path; from mobileswap.lint.ane import lint\n"
            f"lint(Path({str(package)!r}))\n"
            "print(sorted({'torch', 'coremltools'} & sys.modules.keys()))"
        )
        == "[]"
    )


@pytest.mark.parametrize("missing", ["torch", "coremltools"])
def test_what_is_not_installed_is_named(monkeypatch, missing):
    monkeypatch.setattr(runtime_entries, "find_spec", lambda name: None if name == missing else object())
    reason = f"mil-fp16 is not available: the Python module {missing} is not installed; pip install it"
    assert runtime_entries.unavailable_reason("mil-fp16") == reason


def test_without_coremltools_nothing_can_be_read(monkeypatch):
    monkeypatch.delitem(sys.modules, "coremltools.proto", raising=False)
    monkeypatch.delitem(sys.modules, messages._OURS, raising=False)
    monkeypatch.setattr(messages, "find_spec", lambda _: None)
    with pytest.raises(Unavailable, match="coremltools, which is not installed"):
        load_messages("Model_pb2")
