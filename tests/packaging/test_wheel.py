"""The package as others get it: one name in site-packages, which gets on with whatever the user calls their folders."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from folders import ROOT, SHARED

WITHOUT_OURS = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
SHADOWS = ("model", "bench", "export", "weights", "reports", "command", "contracts")


def checkout(folder):
    """A copy of what git has of the project, links as links; building leaves its own files there."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if not name.startswith("tests/") and (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder


def run(*command, cwd):
    done = subprocess.run([*map(str, command)], cwd=cwd, env=WITHOUT_OURS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("setuptools")
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "wheel", *options, "-w", folder, ".", cwd=checkout(folder / "checkout"))
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment with the wheel, and with what it depends on from the environment of the tests."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    (packages,) = folder.glob("lib/python*/site-packages")
    options = ("--no-deps", "--no-index", "--quiet", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, wheel, cwd=folder)
    # a path of a .pth file is searched, but its own .pth files are not read: so the checkout is not found by it
    dependencies = [path for path in sys.path if Path(path).name == "site-packages"]
    (packages / "dependencies.pth").write_text("\n".join(dependencies))
    return python


@pytest.fixture
def users(tmp_path):
    """A user's project, with folders of the names of our rooms."""
    for name in SHADOWS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"WHOSE = 'the user, {name}'\n")
    return tmp_path


def test_the_wheel_has_one_name_and_every_file(wheel):
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        others = {name.partition("/")[0] for name in archive.namelist()} - {"mobileswap"}
        assert len(others) == 1, others
        (about,) = others
        assert archive.read(f"{about}/top_level.txt").split() == [b"mobileswap"]
    links = {path.name for path in (ROOT / "src" / "mobileswap").iterdir() if path.is_symlink()}
    expected = set()
    for name in listed.splitlines():
        folder, _, inside = name.partition("/")
        if folder in links and (ROOT / name).exists() and not name.endswith(".md"):  # those are for a clone's readers
            expected.add(f"mobileswap/{name}")
        elif folder == "src" and not (ROOT / name).is_symlink():
            expected.add(inside)
    assert {"mobileswap/py.typed", "mobileswap/weights/manifest.toml"} <= expected
    assert any(name.startswith("mobileswap/reports/page/templates/") for name in expected)
    assert any(name.startswith("mobileswap/weights/faces/") for name in expected)
    assert held == expected


def test_the_command_and_the_users_own_imports_get_on(installed, users):
    command = installed.with_name("mobileswap")
    assert run(command, "--version", cwd=users).startswith("mobileswap ")
    assert "MobileFSGAN" in run(command, "models", cwd=users)
    program = (
        f"import {', '.join(SHADOWS)}\n"
        "import mobileswap.model.families, mobileswap.bench.benchmark, mobileswap.weights.catalogue\n"
        f"print({', '.join(f'{name}.WHOSE' for name in SHADOWS)}, mobileswap.model.families.__file__, sep='\\n')\n"
    )
    *whose, ours = run(installed, "-c", program, cwd=users).splitlines()
    assert whose == [f"the user, {name}" for name in SHADOWS]
    assert Path(ours).is_relative_to(installed.parents[1])


def test_a_worker_finds_the_package_there_too(installed, users, golden, make):
    program = (
        f"import sys; sys.path.append({str(SHARED)!r})\n"
        "import tiny; from pathlib import Path; from mobileswap.parity.check import check\n"
        f"path, golden = Path({str(make('onnx'))!r}), Path({str(golden)!r})\n"
        "report = check(path, golden, 'onnxruntime', limits='fp32', inputs=tiny.INPUTS, outputs=tiny.OUTPUTS)\n"
        "print(report.outcome.name, report)\n"
    )
    assert run(installed, "-c", program, cwd=users).startswith("PASS")
