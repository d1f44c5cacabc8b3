"""The history file: nothing is lost between writers, and what is wrong with it is told in one line."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from folders import SHARED
from tiny_run import a_result, a_run

from mobileswap.bench.history import recall, remember, require_history
from mobileswap.contracts.errors import BadInput

WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from dataclasses import replace
from mobileswap.bench.history import remember
from tiny_run import a_result, a_run
sys.stdin.read(1)
for i in range(20):
    remember(replace(a_result(a_run([1.5] * 9)), command=f"{sys.argv[3]} {i}"), Path(sys.argv[2]))
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "history.sqlite"


def test_what_is_remembered_is_recalled_in_the_order_of_time(path):
    late, early = (replace(a_result(a_run()), created=f"2026-01-0{day}T00:00:00+00:00") for day in (2, 1))
    remember(late, path)
    remember(early, path)
    assert recall(path) == [early, late]


def test_writers_at_once_lose_nothing(path):
    command = [sys.executable, "-c", WRITER, str(SHARED), str(path)]
    writers = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for name in "abc"
    ]
    for writer in writers:
        writer.stdin.write("go")  # imports are done, so that they really meet, on a file that is not there yet
        writer.stdin.flush()
    assert [writer.communicate()[1] for writer in writers] == [""] * 3
    assert {result.command for result in recall(path)} == {f"{name} {i}" for name in "abc" for i in range(20)}
    assert len(recall(path)) == 60


def test_writers_who_all_make_the_file_lose_nothing(tmp_path):
    start = Barrier(6)

    def write(file, name):
        start.wait()
        remember(replace(a_result(a_run()), command=name), file)

    with ThreadPoolExecutor(start.parties) as pool:
        for file in (tmp_path / f"{i}.sqlite" for i in range(20)):  # one alone may not meet
            list(pool.map(write, [file] * start.parties, "abcdef"))
            assert {result.command for result in recall(file)} == set("abcdef")


def test_any_sql_tool_can_read_the_figures(path):
    remember(a_result(a_run(), a_run(backend="pytorch")), path)
    database = sqlite3.connect(path)
    assert database.execute("SELECT backend, threads, outcome FROM run").fetchall() == [
        ("onnxruntime", 2, "PASS"),
        ("pytorch", 2, "PASS"),
    ]
    database.close()


def refusal(call, *arguments, **options):
    with pytest.raises(BadInput) as refused:
        call(*arguments, **options)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_locked_file(path):
    remember(a_result(a_run()), path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    words = refusal(remember, a_result(a_run()), path, wait_s=0.1)
    assert words == f"{path}: database is locked: another program held it for 0.1 s; end that, and try again"
    assert len(recall(path)) == 1  # who reads does not wait
    other.execute("ROLLBACK")
    other.close()
    remember(a_result(a_run()), path)


def test_a_file_that_is_none(path):
    path.write_text("median,12.3\n" * 99)
    before = path.read_bytes()
    for call in (recall, require_history, lambda p: remember(a_result(), p)):
        assert "file is not a database: expected a history" in refusal(call, path)
    assert path.read_bytes() == before


def test_another_programs_database(path):
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE songs (title TEXT)")
    database.close()
    for call in (recall, require_history, lambda p: remember(a_result(), p)):
        assert "another program's database" in refusal(call, path)


def test_a_newer_history(path):
    remember(a_result(a_run()), path)
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 2")
    database.close()
    assert "a newer mobileswap wrote this history" in refusal(recall, path)


@pytest.mark.parametrize("where", [0.3, 0.6, 0.9])
def test_a_damaged_file(path, where):
    for _ in range(5):
        remember(a_result(a_run([1.5] * 2000)), path)
    content = bytearray(path.read_bytes())
    start = int(len(content) * where) // 4096 * 4096
    content[start : start + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    assert str(path) in refusal(recall, path)


def test_a_truncated_file(path):
    for _ in range(5):
        remember(a_result(a_run([1.5] * 2000)), path)
    path.write_bytes(path.read_bytes()[:5000])
    assert "damaged" in refusal(recall, path)


def test_what_is_not_there(path, tmp_path):
    assert "no history there; `mobileswap bench run --history" in refusal(recall, path)
    assert "expected a file in a folder that is there" in refusal(require_history, tmp_path / "no" / "h.sqlite")
    require_history(path)
    assert not path.exists()
    path.touch()  # as mktemp leaves it
    require_history(path)
    remember(a_result(a_run()), path)
    assert len(recall(path)) == 1
    assert str(tmp_path) in refusal(remember, a_result(), tmp_path)  # a folder
