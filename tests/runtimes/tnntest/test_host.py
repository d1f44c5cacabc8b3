"""TNNTest on an Android device, played by a program in adb's place that keeps the device in a folder."""

import stat
import sys

import numpy as np
import pytest

from mobileswap.contracts.errors import Unavailable
from mobileswap.runtimes.runner import RunnerOptions
from mobileswap.runtimes.tnn import TnnTestRunner, TnnTool
from mobileswap.runtimes.tnntest.host import choose_device

PROTO = '"1 2 1 4206624772 ,"\n"x 2 1 3 0 ,"\n"x y ,"\n"y ,"\n"1 ,"\n"Power y 1 1 x y 1.0 2.0 0.0 ,"\n'
NOTHING = bytes.fromhex("0400bcfa00000000")
X = np.array([[1.5, -2.25, 1e-3]], np.float32)
READY = "List of devices attached\n1A2B3C\tdevice\n\n"

# A shell script, as on the device: it doubles nothing, it answers
TEST = """#!/bin/sh
[ "$FAKE_TNN" = hang ] && sleep 30
[ "$LD_LIBRARY_PATH" = . ] && [ -f libTNN.so ] && [ -f network.tnnmodel ] && [ -f in.txt ] || exit 9
printf '1\\ny mat_type: 32 dims: 2 1 3\\n3.0\\n-4.5\\n0.002\\n' > out.txt
echo 'TNN Benchmark time cost: min =  1.000   ms  |  max =  1.000   ms  |  avg =  1.000   ms '
"""
ADB = f"""#!{sys.executable}
import os, shutil, subprocess, sys
root, words = os.environ["FAKE_DEVICE"], sys.argv[1:]
if words == ["devices"]:
    print(os.environ["FAKE_DEVICES"], end="")
    sys.exit()
assert words.pop(0) == "-s" and words.pop(0) == "1A2B3C", words
there = lambda path: path.replace("/data/local/tmp", root)
verb = words.pop(0)
if verb == os.environ.get("FAKE_FAILS"):
    sys.exit(f"adb: error: {{verb}}: no space left")
if verb in ("push", "pull"):
    shutil.copy(*map(there, words))
else:
    sys.exit(subprocess.run(["sh", "-c", there(words[0])]).returncode)
"""


@pytest.fixture
def device(tmp_path, monkeypatch):
    """The device's folder, with one device attached and ready."""
    folder = tmp_path / "device"
    folder.mkdir()
    monkeypatch.setenv("FAKE_DEVICE", str(folder))
    monkeypatch.setenv("FAKE_DEVICES", READY)
    return folder


@pytest.fixture
def tool(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("TNNTest", TEST), ("adb", ADB), ("libTNN.so", "")):
        (programs / name).write_text(text)
        (programs / name).chmod((programs / name).stat().st_mode | stat.S_IXUSR)
    return TnnTool(programs / "TNNTest", android=True, adb=str(programs / "adb"), timeout_s=5)


@pytest.fixture
def network(tmp_path):
    (tmp_path / "net.tnnmodel").write_bytes(NOTHING)
    (tmp_path / "net.tnnproto").write_text(PROTO)
    return tmp_path / "net.tnnproto"


def test_pushed_run_fetched_and_cleaned_up(device, tool, network):
    runner = TnnTestRunner(network, RunnerOptions(1, "ARM"), tool)
    assert np.allclose(runner.run({"x": X})["y"], 2 * X)
    assert len(list(device.iterdir())) == 1
    assert "adb 1A2B3C" in runner.version
    runner.close()
    assert not list(device.iterdir())


def test_a_run_that_hangs_is_ended_on_the_device(device, tool, network, monkeypatch):
    monkeypatch.setenv("FAKE_TNN", "hang")
    short = TnnTool(tool.binary, android=True, adb=tool.adb, timeout_s=0)
    runner = TnnTestRunner(network, RunnerOptions(1, "ARM"), short)
    with pytest.raises(TimeoutError, match="did not end"):
        runner.run({"x": X})
    runner.close()
    assert not list(device.iterdir())


def test_a_push_that_fails_leaves_nothing_behind(device, tool, network, monkeypatch):
    monkeypatch.setenv("FAKE_FAILS", "push")
    with pytest.raises(Unavailable, match="no space left"):
        TnnTestRunner(network, RunnerOptions(1, "ARM"), tool)
    assert not list(device.iterdir())


def test_no_adb(tool, network, tmp_path):
    with pytest.raises(Unavailable, match="platform tools"):
        TnnTestRunner(network, RunnerOptions(), TnnTool(tool.binary, android=True, adb=str(tmp_path / "none")))


@pytest.mark.parametrize(
    ("listing", "serial", "words"),
    [
        ("List of devices attached\n\n", "", "no device attached"),
        ("List of devices attached\nA\tdevice\nB\tdevice\n", "", "2 devices, A, B; choose one"),
        ("List of devices attached\nA\tunauthorized\n", "", "A is unauthorized; allow this computer"),
        ("List of devices attached\nA\toffline\n", "A", "A is offline"),
        ("List of devices attached\nA\tdevice\n", "B", "no device B; attached are A"),
        ("", "B", "no device B; attached are none"),
    ],
)
def test_devices_that_cannot_be_used(listing, serial, words):
    with pytest.raises(Unavailable, match=words):
        choose_device(listing, serial)


def test_device_of_two_by_its_serial():
    assert choose_device("List of devices attached\nA\tdevice\nB\tunauthorized\n", "A") == "A"
