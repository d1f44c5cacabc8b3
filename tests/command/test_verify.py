"""`mobileswap verify` on folders with names that nobody should print, and on 300,000 files that are not there."""

import errno
import json
import os

import pytest

from mobileswap.command import app

MANIFEST = {
    "schema": 1,
    "created": "2026-01-01T00:00:00+00:00",
    "command": "mobileswap release",
    "edition": "0\u001b[2J",
    "commit": "",
    "versions": {},
    "weights": {},
    "trained": False,
    "passed": True,
    "artifacts": [],
    "files": [],
}


def released(folder, **values):
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({**MANIFEST, **values}))
    return folder


def test_names_that_are_no_text_are_shown_escaped(cli, tmp_path):
    folder = released(tmp_path / "release")
    for name in (b"\xff.txt", b"\x1b[31mred", b"a\nb"):
        (folder / os.fsdecode(name)).touch()
    (folder / "link").symlink_to(os.fsdecode(b"\xff\x1b[2J"))
    ended = cli("verify", folder, "--json", tmp_path / "found.json")
    assert ended.status == 1
    assert "\x1b" not in ended.out + ended.err
    assert all(name in ended.out for name in ("\\xff.txt", "\\x1b[31mred", "a\\nb", "NOT VERIFIED"))
    found = json.loads((tmp_path / "found.json").read_text())["found"]
    assert {one["name"] for one in found if one["problem"] == "EXTRA"} == {"\\xff.txt", "\\x1b[31mred", "a\\nb"}


def test_very_many_missing_files_are_a_few_lines(cli, tmp_path):
    files = [{"name": f"pictures/{i}.png", "sha256": "0" * 64, "size_bytes": 1} for i in range(300_000)]
    ended = cli("verify", released(tmp_path / "release", files=files))
    assert ended.status == 1
    assert len(ended.out.splitlines()) < 40
    assert "300000 MISSING" in ended.out


@pytest.mark.parametrize(
    ("number", "words"), [(errno.EMFILE, "ulimit -n"), (errno.EACCES, "permissions"), (errno.ENOSPC, "make room")]
)
def test_an_error_of_the_system_is_told_with_what_helps(cli, monkeypatch, number, words):
    def failing(**_):
        raise OSError(number, os.strerror(number), "out/\x1bx")

    monkeypatch.setattr(app, "app", failing)
    ended = cli("models")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(f"mobileswap: out/\\x1bx: {os.strerror(number)}; ")
    assert words in ended.err
