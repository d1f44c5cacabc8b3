"""Results over time, in one SQLite file. Several processes may write to it at once.

The table ``result`` holds each result's JSON as it is; the view ``run`` shows what people ask for, to any SQL tool.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

import msgspec

from mobileswap.contracts.bench_result import BenchResult
from mobileswap.contracts.errors import BadInput

_OURS = 0x6D737770  # application_id: "mswp"
_VERSION = 1
_WAIT_S = 30.0  # for another writer; each needs some milliseconds
# One statement, so that nobody makes the tables between two answers.
_WHOSE = """
SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
FROM pragma_application_id, pragma_user_version
"""
_TABLES = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS result (id INTEGER PRIMARY KEY, created TEXT NOT NULL, json TEXT NOT NULL) STRICT;
CREATE VIEW IF NOT EXISTS run AS
SELECT result.id AS result, created, json_extract(result.json, '$.environment.commit') AS "commit",
       json_extract(result.json, '$.environment.cpu') AS cpu,
       json_extract(value, '$.backend') AS backend, json_extract(value, '$.component') AS component,
       json_extract(value, '$.precision') AS "precision", json_extract(value, '$.threads') AS threads,
       json_extract(value, '$.outcome') AS outcome, json_extract(value, '$.summary.median_ms') AS median_ms,
       json_extract(value, '$.summary.median_interval_ms[0]') AS low_ms,
       json_extract(value, '$.summary.median_interval_ms[1]') AS high_ms,
       json_extract(value, '$.artifact_sha256') AS artifact_sha256
FROM result, json_each(result.json, '$.runs');
PRAGMA application_id = 1836283760; -- _OURS
PRAGMA user_version = 1; -- _VERSION
COMMIT;
"""


def remember(result: BenchResult, path: Path, *, wait_s: float = _WAIT_S) -> None:
    """Add a result; the file is made where there is none.

    Args:
        result: as it goes to JSON.
        path: of the history.
        wait_s: seconds to wait for other writers.

    Raises:
        BadInput: the file is no history, damaged, locked for longer than that, or cannot be written.
    """
    json = msgspec.json.encode(result).decode()
    with _opened(path, wait_s, make=True) as database, database:
        database.execute("INSERT INTO result (created, json) VALUES (?, ?)", (result.created, json))


def recall(path: Path, *, wait_s: float = _WAIT_S) -> list[BenchResult]:
    """All results, in the order of time.

    Raises:
        BadInput: there is no such file, or as ``remember``; or a result in it is of another version.
    """
    if not path.is_file():
        raise BadInput(f"{path}: no history there; `mobileswap bench run --history {path}` begins one")
    with _opened(path, wait_s, make=False) as database:
        rows = database.execute("SELECT json FROM result ORDER BY created, id").fetchall()
    try:
        return [msgspec.json.decode(json, type=BenchResult) for (json,) in rows]
    except msgspec.DecodeError as error:
        raise BadInput(f"{path}: holds a result that cannot be read ({error}); begin a new history") from error


def require_history(path: Path) -> None:
    """Refuse a file that results cannot be added to, before any work is done for them; makes none.

    Raises:
        BadInput: as ``remember``; or there is no such folder.
    """
    if path.exists():
        with _opened(path, _WAIT_S, make=True):
            pass
    elif not path.absolute().parent.is_dir():
        raise BadInput(f"{path}: expected a file in a folder that is there; make {path.parent}")


@contextmanager
def _opened(path: Path, wait_s: float, *, make: bool) -> Iterator[sqlite3.Connection]:
    """Whatever SQLite finds wrong is told in one line."""
    mode = "rwc" if make else "rw"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=wait_s)) as database:
            kind, version, tables = database.execute(_WHOSE).fetchone()
            if kind != _OURS and tables:
                raise BadInput(f"{path}: another program's database, not a history of mobileswap; name another file")
            if kind != _OURS and not make:  # as mktemp leaves it, or a process that died before it had begun one
                raise BadInput(f"{path}: no history there yet; `mobileswap bench run --history {path}` begins one")
            if version > _VERSION:
                raise BadInput(f"{path}: a newer mobileswap wrote this history; use that one, or another file")
            if kind != _OURS:
                _write_ahead(database, wait_s)
                database.executescript(_TABLES)
            yield database
    except sqlite3.Error as error:
        advice = {
            "SQLITE_NOTADB": "expected a history, an SQLite file; name another file",
            "SQLITE_CORRUPT": "damaged; take a copy of it, or begin a new one",
            "SQLITE_BUSY": f"another program held it for {wait_s:g} s; end that, and try again",
        }.get(getattr(error, "sqlite_errorname", "").partition("_RECOVERY")[0], "make room, or name another file")
        raise BadInput(f"{path}: {error}: {advice}") from error


def _write_ahead(database: sqlite3.Connection, wait_s: float) -> None:
    """Readers and a writer then do not wait for one another. SQLite does not wait for this change by itself."""
    end = monotonic() + wait_s
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or monotonic() > end:
                raise
            sleep(0.01)
        else:
            return
