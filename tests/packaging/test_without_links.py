"""A checkout where git wrote links as files with a path in them, as it does on Windows, gets one line that says so."""

import subprocess
import sys

import pytest
from folders import ROOT

PACKAGE = ROOT / "src" / "mobileswap"
TASKS = ("release", "test", "lint", "bench")


@pytest.fixture
def flat(tmp_path):
    package = tmp_path / "src" / "mobileswap"
    package.mkdir(parents=True)
    (tmp_path / "run.py").write_bytes((ROOT / "run.py").read_bytes())
    for path in PACKAGE.iterdir():
        if path.is_symlink():
            (package / path.name).write_text(path.readlink().as_posix())
        elif path.is_dir():
            (package / path.name).mkdir()
        else:
            (package / path.name).write_bytes(path.read_bytes())
    return tmp_path


@pytest.mark.parametrize("task", TASKS)
def test_one_line(flat, task):
    ended = subprocess.run([sys.executable, "run.py", task], cwd=flat, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert "expected a link to a folder, this is a file" in ended.stderr
    assert "git config core.symlinks true" in ended.stderr
    assert not (flat / ".venv").exists()


def test_every_room_is_a_link():
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_symlink()}
    assert {"model", "export", "formats", "runtimes", "parity", "lint", "bench", "reports", "weights"} <= rooms
    for room in rooms:
        assert (PACKAGE / room).readlink().as_posix() == f"../../{room}"  # relative: a clone lies where it likes
        assert (PACKAGE / room / "__init__.py").is_file()
