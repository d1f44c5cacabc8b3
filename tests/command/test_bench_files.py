"""`bench compare` and `bench history`, and what they say to files that are not what they should be."""

import json

import numpy as np
import pytest
from tiny_run import a_result, a_run

from mobileswap.contracts.bench_result import SCHEMA, Summary, read_result, write_result


def timed(median, backend):
    samples = (median * (1 + 0.001 * np.random.default_rng(0).normal(size=100))).tolist()
    summary = Summary(median, median, (median, median), median, median, median, 0.0, 0.0)
    return a_run(samples, backend, summary=summary)


@pytest.fixture
def written(tmp_path):
    """``written(name, *medians)``: the path of a result; a second median is another backend's."""

    def write(name, *medians):
        runs = [timed(m, b) for m, b in zip(medians, ("onnxruntime", "pytorch", "tnn"), strict=False)]
        write_result(a_result(*runs), tmp_path / name)
        return tmp_path / name

    return write


def test_a_regression_beyond_the_limit_fails(cli, written):
    base, slower = written("base.json", 10.0, 10.0), written("new.json", 10.0, 11.0)
    assert cli("bench", "compare", base, slower).status == 0
    ended = cli("bench", "compare", base, slower, "--fail-over", "5%")
    assert (ended.status, ended.err) == (1, "")
    assert "slower by 10.0%" in ended.out
    assert "no difference shown" in ended.out
    assert cli("bench", "compare", base, slower, "--fail-over", "11 %").status == 0
    assert cli("bench", "compare", slower, base, "--fail-over", "5%").status == 0  # faster


def test_the_comparison_goes_to_json(cli, written, tmp_path):
    ended = cli("bench", "compare", written("a.json", 10.0), written("b.json", 12.0), "--json", tmp_path / "c.json")
    found = json.loads((tmp_path / "c.json").read_text())
    assert (ended.status, found["differences"][0]["finding"]) == (0, "slower")


@pytest.mark.parametrize("limit", ["abc", "5", "-1%", "nan%", "inf%", "%", ""])
def test_a_limit_that_is_no_percentage(refusal, written, limit):
    path = written("a.json", 10.0)
    words = refusal("bench", "compare", path, path, f"--fail-over={limit}")
    assert words == f"--fail-over {limit}: expected a percentage, for instance 5%"


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text[: len(text) // 2], "expected a JSON file"),
        (lambda text: "", "expected a JSON file"),
        (lambda text: "[]", "not a benchmark of schema"),
        (lambda text: text.replace(f'"schema": {SCHEMA}', '"schema": 1'), "schema 1, this mobileswap reads"),
        (lambda text: text.replace(f'"schema": {SCHEMA}', '"schema": 99'), "schema 99, this mobileswap reads"),
        (lambda text: text.replace('"runs"', '"races"'), "not a benchmark of schema"),
    ],
    ids=["half", "empty", "list", "older", "newer", "other"],
)
def test_a_benchmark_that_cannot_be_read(refusal, written, damage, words):
    good, bad = written("good.json", 10.0), written("bad.json", 10.0)
    bad.write_text(damage(bad.read_text()))
    said = refusal("bench", "compare", good, bad)
    assert said.startswith(f"{bad}: ")
    assert words in said


def test_an_older_schema_of_another_form_is_named_as_such(refusal, written):
    path = written("old.json", 10.0)
    old = json.loads(path.read_text())
    del old["runs"][0]["summary"]["drift"]
    path.write_text(json.dumps({**old, "schema": 1}))
    assert "schema 1, this mobileswap reads" in refusal("bench", "compare", path, path)


def test_nothing_to_compare(refusal, written, tmp_path):
    path = written("one.json", 10.0)
    assert "nothing to compare: onnxruntime, tiny generator" in refusal("bench", "compare", path)
    assert "nothing to compare: no runs" in refusal("bench", "compare", written("none.json"), written("none.json"))
    missing = tmp_path / "missing.json"
    assert refusal("bench", "compare", path, missing).startswith(f"{missing}: expected a JSON file")


def test_the_history_of_two_results(cli, written, tmp_path):
    from mobileswap.bench.history import remember

    file = tmp_path / "h.sqlite"
    for name, median in (("a", 10.0), ("b", 12.0)):
        remember(read_result(written(name, median)), file)
    ended = cli("bench", "history", file, "--plot", tmp_path / "h.png")
    assert (ended.status, ended.err) == (0, "")
    assert "10.00 (10.00–10.00)" in ended.out
    assert "12.00 (12.00–12.00)" in ended.out
    assert (tmp_path / "h.png").read_bytes().startswith(b"\x89PNG")


def test_a_history_that_is_none(refusal, tmp_path):
    file = tmp_path / "h.sqlite"
    assert "no history there" in refusal("bench", "history", file)
    file.write_text("no database " * 99)
    assert "not a database" in refusal("bench", "history", file)
    assert "not a database" in refusal("bench", "run", "--backend", "onnxruntime", "--history", file)
    assert "--plot x.jpg: expected a name" in refusal("bench", "history", file, "--plot", "x.jpg")


def test_a_rival_needs_a_file_to_be_held_against(refusal):
    assert refusal("bench", "run", "--backend", "onnxruntime", "--against", "x.onnx").startswith("--against goes with")
    words = refusal("bench", "run", "--backend", "onnxruntime", "--artifact", "y", "--against", "x", "--no-interleave")
    assert "not with --no-interleave" in words
