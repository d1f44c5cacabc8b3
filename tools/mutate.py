"""Mutation testing of the code that judges: each small change of it has to make a test fail. Prints those that do not.

    python tools/mutate.py [names of mutants, as mutmut takes them]

mutmut wants a plain tree and its mutants beside it, so it works on a copy in out/mutants, with links as folders.
"""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPY = ROOT / "out" / "mutants"
LEAST_KILLED = 0.90
JUDGES = ("parity/metrics.py", "parity/limits.py", "parity/check.py", "parity/outputs.py", "parity/picture_metrics.py")
JUDGES += ("parity/decibels.py", "bench/statistics.py", "bench/compare.py")
TESTS = ("tests/parity", "tests/bench/test_compare.py", "tests/bench/test_statistics.py")
CONFIG = f"""
[tool.mutmut]
source_paths = ["src"]
only_mutate = {[f"src/mobileswap/{name}" for name in JUDGES]}
also_copy = ["tests"]
pytest_add_cli_args_test_selection = {list(TESTS)}
pytest_add_cli_args = ["-p", "no:xdist", "-p", "no:cacheprovider"]
"""
NO_VERDICT = ("not checked", "check was interrupted by user")  # of a mutant that mutmut did not come to


def main(names: list[str]) -> int:
    stage()
    # a process that a test starts finds the mutated package there, and not the one that is installed
    environment = {**os.environ, "PYTHONPATH": str(COPY / "mutants" / "src"), "OMP_NUM_THREADS": "1"}
    ended = subprocess.run([sys.executable, "-m", "mutmut", "run", *names], cwd=COPY, env=environment, check=False)
    if ended.returncode not in (0, 1):
        return ended.returncode
    results = [sys.executable, "-m", "mutmut", "results", "--all", "true"]
    listed = subprocess.run(results, cwd=COPY, check=True, capture_output=True, text=True).stdout
    return judge(dict(re.findall(r"^\s*(\S+): (.+?)\s*$", listed, re.MULTILINE)))


def judge(outcomes: dict[str, str]) -> int:
    """Only a mutant that a test fails over, or that never ends, is killed; one that nothing runs is not."""
    tried = {name: outcome for name, outcome in outcomes.items() if outcome not in NO_VERDICT}
    killed = sum(outcome in ("killed", "timeout") for outcome in tried.values())
    for name, outcome in sorted(tried.items()):
        if outcome not in ("killed", "timeout"):
            print(f"{outcome}: {name}")
    print(", ".join(f"{count} {outcome}" for outcome, count in Counter(tried.values()).most_common()))
    share = killed / len(tried) if tried else 0.0
    print(f"{killed} of {len(tried)} mutants killed, {share:.1%} (at least {LEAST_KILLED:.0%})")
    return 0 if share >= LEAST_KILLED else 1


def stage() -> None:
    """Copy the sources and tests; what mutmut knows of an earlier run stays in its own folder."""
    COPY.mkdir(parents=True, exist_ok=True)
    for name in ("src", "tests"):
        shutil.rmtree(COPY / name, ignore_errors=True)
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", COPY / "src", ignore=ignore)
    shutil.copytree(ROOT / "tests", COPY / "tests", ignore=ignore)
    (COPY / "pyproject.toml").write_text(
        (ROOT / "pyproject.toml").read_text(encoding="utf-8") + CONFIG, encoding="utf-8"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
