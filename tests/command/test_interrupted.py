"""Ctrl-C and SIGTERM in the middle: exit status 130, one line, no half file, no process left over."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from mobileswap.command import app

NAME = "mobilefsgan-embedder-fp32.onnx"
LINE = "mobileswap: interrupted; nothing half-written was left"


def children(process):
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def is_staging(_, out):
    return any(out.glob("**/.staging-*"))


def is_working(process, _):
    return any("mobileswap.runtimes.process.worker" in words(child) for child in children(process))


def words(process):
    with contextlib.suppress(psutil.NoSuchProcess):  # ZombieProcess is one
        return process.cmdline()
    return []


@pytest.fixture
def interrupted(tmp_path):
    """``interrupted(arguments, out, when, signal)`` is the ended command and what it wrote on stderr."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a child inherits it where a shell ignores it
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    started = []

    def run(arguments, out, when, number):
        process = subprocess.Popen(
            [sys.executable, "-m", "mobileswap", *map(str, arguments)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(scratch), "OMP_NUM_THREADS": "1"},
            start_new_session=True,
        )
        started.append(process)
        while not when(process, out):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.005)
        below = children(process)
        process.send_signal(number)
        error = process.communicate(timeout=60)[1]
        _, alive = psutil.wait_procs(below, timeout=10)
        assert alive == []
        assert list(scratch.glob("mobileswap-*")) == []
        return process.returncode, error.splitlines()

    yield run
    signal.signal(signal.SIGINT, before)
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_while_exporting(interrupted, tmp_path, embedder_pth, number):
    out = tmp_path / "out"
    arguments = ("export", "onnx", "--weights", embedder_pth, "-o", out)
    status, error = interrupted(arguments, out, is_staging, number)
    assert (status, error[-1]) == (130, LINE)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.real)], ids=["SIGINT", "SIGTERM"]
)
def test_while_proving_an_export_the_old_artifact_stays(interrupted, tmp_path, embedder_pth, exported, number):
    out = shutil.copytree(exported, tmp_path / "out")
    for path in (out / NAME, out / f"{NAME}.json"):
        path.write_text("old")
    arguments = ("export", "onnx", "--weights", embedder_pth, "-o", out)
    status, error = interrupted(arguments, out, is_working, number)
    assert (status, error[-1]) == (130, LINE)
    assert [(out / NAME).read_text(), (out / f"{NAME}.json").read_text()] == ["old", "old"]
    assert sorted(path.name for path in out.iterdir()) == ["golden", NAME, f"{NAME}.json"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_while_timing(interrupted, tmp_path, exported, number):
    out = tmp_path / "out"
    artifact = ("--backend", "onnxruntime", "--artifact", exported / NAME)
    arguments = ("bench", "run", *artifact, "--runs", 1_000_000, "--json", tmp_path / "r.json", "-o", out)
    status, error = interrupted(arguments, out, is_working, number)
    assert (status, error[-1]) == (130, LINE)
    assert list(out.iterdir()) == []
    assert not (tmp_path / "r.json").exists()


def test_while_checking(interrupted, tmp_path, exported):
    status, error = interrupted(("parity", "check", exported / NAME), tmp_path, is_working, signal.SIGINT)
    assert (status, error[-1]) == (130, LINE)


@pytest.mark.real
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_while_releasing(interrupted, tmp_path, embedder_pth, number):
    out = tmp_path / "out"
    arguments = ("release", "--weights", embedder_pth, "-o", out / "release")
    status, error = interrupted(arguments, out, is_working, number)
    assert (status, error[-1]) == (130, LINE)
    assert {entry.name for entry in out.iterdir()} <= {".release.part"}  # what is proven, for the next time
    assert not list(out.rglob(".staging-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_interrupt_that_a_library_swallows_still_counts(cli, monkeypatch, number):
    """Torch's imports do that, and fail later over a module that is half there."""

    def failing(**_):
        try:
            signal.raise_signal(number)
        except KeyboardInterrupt:
            raise RuntimeError("partially initialized module") from None

    monkeypatch.setattr(app, "app", failing)
    ended = cli("models")
    assert (ended.status, ended.err) == (130, f"{LINE}\n")


def test_our_own_mistake_keeps_its_traceback(monkeypatch, cli):
    def failing(**_):
        raise RuntimeError("a bug")

    monkeypatch.setattr(app, "app", failing)
    with pytest.raises(RuntimeError, match="a bug"):
        app.main(["models"])
