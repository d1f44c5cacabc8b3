"""The machine as a result records it."""

import subprocess
import sys

import pytest

from mobileswap.bench.environment import afterwards, busy_cores, commit, environment, governor, quota_cores


def test_this_machine_has_everything():
    found = environment()
    assert found.os
    assert found.cpu
    assert found.cores >= 1
    assert found.memory_bytes > 1e8
    assert found.python.startswith("3.")
    assert found.load_average >= 0
    assert 0 <= found.busy_cores <= found.cores + 0.5
    later = afterwards(found)
    assert later.load_after >= 0
    assert later.celsius is None or later.celsius > 0
    assert (later.cpu, later.busy_cores) == (found.cpu, found.busy_cores)


def test_busy_cores_are_seen():
    spinning = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        assert busy_cores(0.3) > 0.5
    finally:
        spinning.kill()
        spinning.wait()


def test_the_governors_there_are(tmp_path):
    assert governor(tmp_path) == ""
    for core, name in enumerate(("powersave", "performance", "powersave")):
        folder = tmp_path / f"cpu{core}" / "cpufreq"
        folder.mkdir(parents=True)
        (folder / "scaling_governor").write_text(f"{name}\n")
    assert governor(tmp_path) == "performance, powersave"


@pytest.mark.parametrize(
    ("limits", "cores"),
    [
        ({}, None),
        ({"a/b": "max 100000"}, None),
        ({"a/b": "250000 100000"}, 2),
        ({"a/b": "50000 100000"}, 1),
        ({"a/b": "400000 100000", "a": "300000 100000"}, 3),
        ({"": "200000 100000"}, 2),
        ({"other": "100000 100000"}, None),
    ],
)
def test_the_strictest_group_above_us_counts(limits, cores, tmp_path):
    mount, membership = tmp_path / "cgroup", tmp_path / "membership"
    membership.write_text("3:cpuset:/elsewhere\n0::/a/b\n")
    for group, limit in limits.items():
        (mount / group).mkdir(parents=True, exist_ok=True)
        (mount / group / "cpu.max").write_text(limit + "\n")
    assert quota_cores(mount, membership) == cores


def test_no_groups_set_no_limit(tmp_path):
    assert quota_cores(tmp_path, tmp_path / "gone") is None


def test_the_commit_is_that_of_our_own_clone(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", tmp_path, *identity, *arguments], check=True, capture_output=True)

    assert commit(tmp_path) == ""
    git("init")
    assert commit(tmp_path) == ""
    (tmp_path / "file").write_text("1")
    git("add", "file")
    git("commit", "-m", "one")
    first = commit(tmp_path)
    assert len(first) == 40
    (tmp_path / "file").write_text("2")
    assert commit(tmp_path) == f"{first}-dirty"
    (tmp_path / "inside").mkdir()
    assert commit(tmp_path / "inside") == ""
