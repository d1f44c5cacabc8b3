"""The tiny family of tests/pipeline, whose networks export in a second, and a sound file of every format to damage."""

import os
import shutil
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import tiny

_spec = spec_from_file_location("tiny_pipeline", Path(__file__).parents[1] / "pipeline" / "conftest.py")
_module = sys.modules["tiny_pipeline"] = module_from_spec(_spec)
_spec.loader.exec_module(_module)
globals().update({name: value for name, value in vars(_module).items() if not name.startswith("__")})
os.environ["ORT_DISABLE_TELEMETRY"] = "1"


@pytest.fixture(scope="session")
def sound(tmp_path_factory):
    """``sound(format, precision)`` is the path of a sound file."""
    made = {}

    def once(format_, precision="fp32"):
        if (format_, precision) not in made:
            made[format_, precision] = tiny.make(format_, tmp_path_factory.mktemp(format_), precision)
        return made[format_, precision]

    return once


@pytest.fixture
def copy(sound, tmp_path):
    """``copy(format, precision)`` is a copy that may be damaged; what lies beside it comes along."""

    def make(format_, precision="fp32"):
        source = sound(format_, precision)
        return shutil.copytree(source.parent, tmp_path / "copy", symlinks=True) / source.name

    return make


def pytest_terminal_summary(terminalreporter):
    """The figures of an attack: what was tried and what got through, file by file."""
    reports = [
        one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, ()) if one.when == "call"
    ]
    rows = {}
    for report in reports:
        name = report.nodeid.partition("::")[0].rpartition("/")[2]
        row = rows.setdefault(name, {"tests": 0, "failed": 0})
        row["tests"] += 1
        row["failed"] += report.failed
        for key, value in report.user_properties:
            if isinstance(value, int):
                row[key] = row.get(key, 0) + value
    if terminalreporter.config.option.markexpr.startswith("attack or"):
        terminalreporter.section("attack")
        for name, row in sorted(rows.items()):
            terminalreporter.write_line(f"{name}: {', '.join(f'{count} {key}' for key, count in row.items())}")
