"""All of the names or none: killed at every change of the file system, refused by the system, interrupted, misused."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kill_points import moments
from replaced import SHAPES, contents, replace_all, whole, write

from mobileswap.contracts import publish as publish_step
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import write_text
from mobileswap.contracts.leftovers import open_to_all
from mobileswap.contracts.publish import settle
from mobileswap.contracts.staging import staging


@pytest.fixture(autouse=True)
def _no_power_cut(monkeypatch):
    """A kill needs none, and thousands take a minute."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(params=["exchange", "fallback"])
def system(request, monkeypatch):
    if request.param == "fallback":
        monkeypatch.setattr(publish_step, "exchange", lambda *_: False)


@pytest.mark.usefixtures("system")
@pytest.mark.parametrize("older", [True, False], ids=["older", "none"])
@pytest.mark.parametrize("shape", SHAPES)
def test_killed_at_any_moment_it_is_the_older_or_the_newer_whole(tmp_path, shape, older):
    folder, names = tmp_path / "out", SHAPES[shape]
    mine = {"mine.txt": "mine", ".staging-mine/x": "mine"}

    def before():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, text in mine.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        if older:
            write(folder, names, "old")

    seen = set()
    for _ in moments(lambda: replace_all(folder, names), before):
        with staging(folder):
            pass
        found = contents(folder)
        assert {name: found.pop(name) for name in mine} == mine
        assert found in ((whole(names, "old") if older else {}), whole(names, "new"))
        seen.add(found.get(names[0]))
    assert len(seen) == 2
    before()
    replace_all(folder, names)
    assert contents(folder) == {**mine, **whole(names, "new")}


def test_a_text_that_is_written_is_the_older_or_the_newer(tmp_path):
    path = tmp_path / "out" / "r.json"

    def before():
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir()
        path.write_text("old")

    for _ in moments(lambda: write_text(path, "new"), before):
        assert path.read_text() in ("old", "new")
        assert path.stat().st_mode & 0o777 == 0o644
        write_text(path.with_name("other"), "")
        assert sorted(entry.name for entry in path.parent.iterdir()) == ["other", "r.json"]


HOLDER = """
import sys
from pathlib import Path
from mobileswap.contracts.staging import staging
with staging(Path(sys.argv[1])) as stage:
    (stage / "half").write_text("half")
    print(stage, flush=True)
    sys.stdin.read()
"""


def test_what_a_dead_process_was_making_is_cleared_and_a_living_ones_stays(tmp_path):
    pair = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    stages = [Path(process.stdout.readline().strip()) for process in pair]
    pair[0].kill()
    pair[0].communicate()
    assert stages[0].exists()
    with staging(tmp_path):
        assert not stages[0].exists()
        assert (stages[1] / "half").exists()
    pair[1].communicate("")
    assert list(tmp_path.iterdir()) == []


def test_what_older_versions_left(tmp_path):
    for name in (".staging-abcd123_", ".replaced-abcd123_", ".replaced-abcd123x"):
        (tmp_path / name).mkdir(0o700)
    (tmp_path / ".replaced-abcd123_" / "a.mlpackage").mkdir()
    (tmp_path / ".replaced-abcd123x" / "b.mlpackage").mkdir()
    (tmp_path / "b.mlpackage").write_text("newer")
    (tmp_path / ".staging-releases").mkdir(0o755)
    with staging(tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [".staging-releases", "a.mlpackage", "b.mlpackage"]
    assert (tmp_path / "b.mlpackage").read_text() == "newer"


@pytest.mark.usefixtures("system")
@pytest.mark.parametrize("at", [0, 1, 2])
def test_what_the_system_refuses_is_taken_back(tmp_path, monkeypatch, at):
    folder, names = tmp_path / "out", SHAPES["two-files"]
    write(folder, names, "old")
    put, calls = publish_step._put, []

    def fails(*arguments):
        calls.append(arguments)
        if len(calls) == at + 1:
            raise OSError(errno.EIO, "broken")
        return put(*arguments)

    monkeypatch.setattr(publish_step, "_put", fails)
    with pytest.raises(OSError, match="broken"):
        replace_all(folder, names)
    assert contents(folder) == whole(names, "old")
    assert not list(folder.glob(".*"))


def test_the_second_rename_of_the_fallback_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(publish_step, "exchange", lambda *_: False)
    folder, names = tmp_path / "out", SHAPES["package"]
    write(folder, names, "old")
    rename = Path.rename

    def fails(self, target):
        if target == folder / "a.mlpackage.json" and not self.name.startswith("older"):
            raise OSError(errno.EIO, "broken")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(OSError, match="broken"):
        replace_all(folder, names)
    assert contents(folder) == whole(names, "old")
    assert not list(folder.glob(".*"))


@pytest.mark.usefixtures("system")
@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_interrupt_waits_until_all_have_their_names(tmp_path, monkeypatch, at):
    folder, names = tmp_path / "out", SHAPES["two-files"]
    write(folder, names, "old")
    put, calls = publish_step._put, []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == at + 1:
            raise KeyboardInterrupt
        return put(*arguments)

    monkeypatch.setattr(publish_step, "_put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_all(folder, names)
    assert contents(folder) == whole(names, "new")
    assert not list(folder.glob(".*"))


def test_a_living_process_is_waited_for(tmp_path):
    """Who reads while names are given gets the newer files, and not a half of each."""
    code = """
import sys, time
from pathlib import Path
from mobileswap.contracts import publish as step
from mobileswap.contracts.staging import staging
put = step._put
def slow(*given):
    print("begun", flush=True)
    time.sleep(0.3)
    return put(*given)
step._put = slow
folder = Path(sys.argv[1])
with staging(folder) as stage:
    for name in ("a", "b"):
        (stage / name).write_text("new")
    step.publish(stage, {stage / name: folder / name for name in ("a", "b")})
"""
    process = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    settle(tmp_path)
    assert contents(tmp_path) == {"a": "new", "b": "new"}
    process.communicate()
    assert process.returncode == 0


def journal(folder, source, final):
    moving = folder / ".moving-abcdefgh"
    moving.mkdir(parents=True)
    (moving / "new").write_text("new")
    moves = [{"source": source, "final": final, "sha256": "0" * 64}]
    (moving / "moves.json").write_text(json.dumps({"moves": moves}))
    return moving


@pytest.mark.parametrize(
    ("source", "final"),
    [("new", "../a"), ("new", "/etc/a"), ("../mine", "a"), ("../../mine", "a"), ("../.b.part", "a"), ("new", "link/a")],
)
def test_a_journal_that_leads_out_is_not_followed(tmp_path, source, final):
    folder = tmp_path / "out"
    moving = journal(folder, source, final)
    for name in ("mine", ".b.part"):
        (folder / name).write_text("mine")
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(BadInput, match="moves something out of its folder; remove"):
        settle(folder)
    assert moving.exists()
    assert (folder / "mine").read_text() == (folder / ".b.part").read_text() == "mine"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"moves": [{}]}'])
def test_a_damaged_journal_is_told(tmp_path, text):
    (journal(tmp_path, "new", "a") / "moves.json").write_text(text)
    with pytest.raises(BadInput, match=r"moves\.json"):
        settle(tmp_path)


def test_what_cannot_be_finished_is_told(tmp_path, monkeypatch):
    journal(tmp_path, "new", "a")

    def refuse(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(publish_step, "_finish", refuse)
    with pytest.raises(BadInput, match=r"cut short .*\(Permission denied\); run a command there as somebody who may"):
        settle(tmp_path)


def test_everybody_may_read_what_is_finished(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True, mode=0o700)
    (tmp_path / "a" / "b" / "c").touch(0o600)
    open_to_all(tmp_path / "a")
    assert [oct(path.stat().st_mode & 0o777) for path in (tmp_path / "a", tmp_path / "a/b", tmp_path / "a/b/c")] == [
        "0o755",
        "0o755",
        "0o644",
    ]
