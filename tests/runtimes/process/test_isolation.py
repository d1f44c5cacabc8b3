"""Whatever a runtime does in its process, the parent gets a named answer and nothing is left behind."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
from folders import ROOT, SHARED

from mobileswap.contracts.files import write_json
from mobileswap.contracts.verdict import Outcome
from mobileswap.runtimes.process.arrays_file import read_samples, write_samples
from mobileswap.runtimes.process.isolation import run_job
from mobileswap.runtimes.process.job import JOB, Job
from mobileswap.runtimes.runner import RunnerOptions

SLEEPS = "import os, time, pathlib\npathlib.Path({pid!r}).write_text(str(os.getpid()))\ntime.sleep(600)\n"


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """The folder where scratch folders are made; empty again afterwards."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    yield folder
    assert list(folder.iterdir()) == []


def job(path="unused", **changes):
    return Job("onnxruntime", str(path), RunnerOptions(threads=1), samples=1, **changes)


def run(timeout_s=60.0, **changes):
    return run_job(job(**changes), [tiny.sample(0).inputs], timeout_s)


def gone(pid, within_s=10.0):
    """Whether the process ends, waited for; a zombie that nobody has reaped yet counts."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            if sys.platform == "linux":
                return True
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def wait_for_pid(path):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.02)
    raise AssertionError("the worker never came so far")


def test_outputs_come_back(make, scratch):
    reply = run(path=make("onnx"))
    assert reply.answer.outcome is Outcome.PASS
    assert reply.answer.timing is None
    assert reply.answer.load_ms > 0
    assert 5e6 < reply.answer.peak_memory_bytes < 1e9
    assert reply.outputs[0]["swapped"] == pytest.approx(tiny.sample(0).outputs["swapped"], abs=1e-6)


@pytest.mark.parametrize(
    ("source", "detail"),
    [
        ("import os; os.abort()", "ended by SIGABRT: it said nothing"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended by SIGKILL"),
        ("import sys; print('first\\nlast words\\n', file=sys.stderr); sys.exit(7)", "exit status 7: last words"),
        ("raise ValueError('two\\nlines')", "exit status 1: ValueError: two lines"),
        ('import os, sys; print(\'{"outcome": "PASS"}\'); sys.stdout.flush(); os._exit(0)', "no usable answer"),
        ("import os, sys; os.write(2, bytes(range(256)) * 999); os._exit(3)", "exit status 3: "),
    ],
    ids=["abort", "killed", "stderr", "raises", "garbage on stdout", "garbage on stderr"],
)
def test_a_worker_that_dies_is_a_crash(source, detail, fake_onnxruntime, scratch):
    fake_onnxruntime(source)
    answer = run().answer
    assert answer.outcome is Outcome.CRASH
    assert detail in answer.detail


@pytest.mark.parametrize("content", ["", "{}", '{"outcome": "SPLENDID"}', "\x00\x01", '{"outcome": "PASS"}'])
def test_an_answer_that_is_none_is_a_crash(content, fake_onnxruntime, scratch):
    # the last one claims to have passed and left no outputs
    fake_onnxruntime(
        f"import os, pathlib, sys\npathlib.Path(sys.argv[1], 'answer.json').write_text({content!r})\nos._exit(0)\n"
    )
    answer = run().answer
    assert answer.outcome is Outcome.CRASH
    assert "no usable answer" in answer.detail


@pytest.mark.parametrize(
    ("raised", "outcome"),
    [
        ("from mobileswap.contracts.errors import UnknownOperation as E", Outcome.UNKNOWN_OP),
        ("from mobileswap.contracts.errors import Unavailable as E", Outcome.UNAVAILABLE),
        ("from mobileswap.contracts.errors import BadInput as E", Outcome.CRASH),
    ],
)
def test_failures_with_a_name_keep_it(raised, outcome, fake_onnxruntime, scratch):
    fake_onnxruntime(f"{raised}\nraise E('told by the runtime')")
    answer = run().answer
    assert answer.outcome is outcome
    assert answer.detail.endswith("told by the runtime")


def test_a_worker_that_hangs_is_ended_with_its_children(fake_onnxruntime, scratch, tmp_path):
    own, child = tmp_path / "own", tmp_path / "child"
    fake_onnxruntime(
        "import subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-c', {SLEEPS.format(pid=str(child))!r}])\n" + SLEEPS.format(pid=str(own))
    )
    answer = run(timeout_s=4.0).answer
    assert answer.outcome is Outcome.TIMEOUT
    assert answer.detail == "no answer within 4 s"
    assert gone(wait_for_pid(own))
    assert gone(wait_for_pid(child))


def parent_of_a_hanging_worker(tmp_path, fake_onnxruntime):
    """A process that waits for a hanging worker, and the worker's pid."""
    pid = tmp_path / "pid"
    fake_onnxruntime(SLEEPS.format(pid=str(pid)))
    program = (
        f"import sys; sys.path[:0] = [{str(SHARED)!r}, {str(Path(__file__).parent)!r}]\n"
        "import test_isolation\n"
        "test_isolation.run(timeout_s=600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True)
    return parent, wait_for_pid(pid)


def test_ctrl_c_ends_the_worker_and_leaves_nothing(fake_onnxruntime, scratch, tmp_path):
    parent, worker = parent_of_a_hanging_worker(tmp_path, fake_onnxruntime)
    parent.send_signal(signal.SIGINT)
    _, stderr = parent.communicate(timeout=20)
    assert stderr.strip().endswith("KeyboardInterrupt")
    assert gone(worker)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_does_not_outlive_its_parent(how, fake_onnxruntime, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # such a parent cannot clean up
    parent, worker = parent_of_a_hanging_worker(tmp_path, fake_onnxruntime)
    parent.send_signal(how)
    parent.communicate(timeout=20)
    assert gone(worker)


def test_threads_are_set_before_a_library_is_loaded(fake_onnxruntime, scratch):
    names = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"]
    fake_onnxruntime(f"import os\nraise ValueError([os.environ[n] for n in {names}])")
    assert run().answer.detail.endswith("['1', '1', '1', '1']")


def test_a_runtime_reports_to_nobody_and_forgets_nothing(fake_onnxruntime, scratch):
    fake_onnxruntime(
        "import os, pathlib, tempfile\n"
        "pathlib.Path(tempfile.gettempdir(), 'forgotten').write_text('')\n"
        "raise ValueError(os.environ['ORT_DISABLE_TELEMETRY'])"
    )
    assert run().answer.detail.endswith("ValueError: 1")


def test_a_folder_of_our_name_where_the_user_stands_is_not_ours(make, scratch, tmp_path, monkeypatch):
    here = tmp_path / "here"
    (here / "bench").mkdir(parents=True)
    (here / "bench" / "__init__.py").write_text("raise SystemExit('the wrong bench')")
    (here / "numpy.py").write_text("raise SystemExit('the wrong numpy')")
    path = make("onnx").resolve()
    monkeypatch.chdir(here)
    assert run(path=path).answer.outcome is Outcome.PASS


def test_an_onnxruntime_process_imports_no_other_toolchain(make, tmp_path):
    write_samples([tiny.sample(0).inputs], tmp_path / "inputs.safetensors")
    write_json(tmp_path / JOB, job(make("onnx")))
    program = (
        "import sys; from pathlib import Path; from mobileswap.runtimes.process.worker import main\n"
        f"main(Path({str(tmp_path)!r}))\n"
        "print(sorted({'torch', 'coremltools', 'onnx', 'PIL', 'rich', 'onnxruntime'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['onnxruntime']"


def test_samples_keep_their_order_and_their_bytes(tmp_path):
    samples = [{"a": tiny.np.float32([i, tiny.np.nan]), "b/c": tiny.np.uint8([[i]])} for i in range(12)]
    samples[3] = {}
    write_samples(samples, tmp_path / "file")
    back = read_samples(tmp_path / "file", 12)
    assert [{k: v.tobytes() for k, v in s.items()} for s in back] == [
        {k: v.tobytes() for k, v in s.items()} for s in samples
    ]
    with pytest.raises(ValueError, match="expected 11 samples"):
        read_samples(tmp_path / "file", 11)


TAKES_ALL = "import numpy\nheld = numpy.ones(1 << 30, numpy.uint8)"
WORDS_OF_IT = "import os, sys\nsys.stderr.write('terminate called after throwing std::bad_alloc\\n')\nos.abort()"
WRAPPED = "raise RuntimeError('[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can\\'t allocate memory')"


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not hold a process to it")
@pytest.mark.parametrize("source", [TAKES_ALL, WORDS_OF_IT, WRAPPED])
def test_a_file_that_wants_more_memory_than_it_may_have(source, fake_onnxruntime, scratch):
    fake_onnxruntime(source)
    answer = run(memory_bytes=512 << 20).answer
    assert answer.outcome is Outcome.MEMORY
    assert answer.detail == "it asked for more than the 537 MB that it may take; --memory gives it more"


def test_each_sample_has_the_time_that_there_is(make, scratch):
    """A file that answers is not cut off for the number of its samples."""
    samples = [tiny.sample(0).inputs] * 30
    reply = run_job(replace(job(make("onnx")), samples=30), samples, 60.0)
    assert reply.answer.outcome is Outcome.PASS
    assert len(reply.outputs) == 30
