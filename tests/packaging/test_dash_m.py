"""``python -m export`` and ``python -m bench`` from the root of a checkout."""

import subprocess
import sys

import pytest
from folders import ROOT


def ended(package, *arguments):
    command = [sys.executable, "-m", package, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("package", ["export", "bench"])
def test_it_is_the_command(package):
    here, there = ended(package, "--help"), ended("mobileswap", package, "--help")
    assert (here.returncode, here.stderr) == (0, "")
    assert here.stdout.startswith(f"Usage: mobileswap {package} ")
    assert here.stdout == there.stdout


@pytest.mark.parametrize("package", ["export", "bench"])
def test_it_refuses_alike(package):
    refused = ended(package, "--nosuch")
    assert (refused.returncode, refused.stdout, len(refused.stderr.splitlines())) == (2, "", 1)
    assert refused.stderr.endswith(f"See `mobileswap {package} --help`\n")
