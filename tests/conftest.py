"""What every room's tests share: the tiny network's golden file, one artifact per format and precision, made once."""

import os
import signal
import threading

import pytest
import tiny

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before anything imports onnxruntime

# A shell starts what runs in the background with Ctrl-C ignored, and children inherit that: they could not be
# interrupted, which some tests are about. A handler, unlike SIG_IGN, is not inherited.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def golden(tmp_path_factory):
    return tiny.golden(tmp_path_factory.mktemp("golden") / "golden.safetensors", [tiny.sample(i) for i in range(8)])


@pytest.fixture(scope="session")
def make(tmp_path_factory):
    """``make(format, precision)`` is the path of an artifact."""
    made = {}

    def once(format_, precision="fp32"):
        if (format_, precision) not in made:
            made[format_, precision] = tiny.make(format_, tmp_path_factory.mktemp(format_), precision)
        return made[format_, precision]

    return once


@pytest.fixture
def fake_onnxruntime(tmp_path, monkeypatch):
    """``fake_onnxruntime(source)``: in a worker, ``import onnxruntime`` runs this source instead."""

    def install(source):
        folder = tmp_path / "fake"
        folder.mkdir()
        (folder / "onnxruntime.py").write_text(source)
        monkeypatch.setenv("PYTHONPATH", str(folder))

    return install
