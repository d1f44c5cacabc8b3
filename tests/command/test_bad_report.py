"""`mobileswap report` on what is no run folder: one line, status 2."""

import pytest


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: None, "expected a folder that `mobileswap release`"),
        (lambda folder: folder.mkdir(), "no artifact, parity.json or bench.json"),
        (lambda folder: folder.write_text("x"), "expected a folder"),
        (lambda folder: (folder.mkdir(), (folder / "bench.json").write_text('{"schema": 2')), "expected a JSON file"),
    ],
)
def test_no_run_folder(refusal, tmp_path, make, words):
    make(tmp_path / "run")
    assert words in refusal("report", tmp_path / "run")
    assert not list(tmp_path.rglob("*.html"))


def test_an_out_that_is_a_folder(refusal, tmp_path):
    assert "-o" in refusal("report", tmp_path, "-o", tmp_path)


def test_the_page_of_an_export_folder(cli, exported, tmp_path):
    ended = cli("report", exported, "-o", tmp_path / "r.html")
    assert (ended.status, ended.err) == (0, "")
    assert "PASS" in (tmp_path / "r.html").read_text()
