"""What is made of benchmarks: the comparison's table, pytest-benchmark's form, the history's table and plot."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mobileswap.contracts.bench_result import Doubt, Flag
from mobileswap.contracts.files import write_json
from mobileswap.contracts.speed_comparison import Comparison, Difference, SpeedFinding
from mobileswap.contracts.verdict import Outcome
from mobileswap.reports.comparison_table import comparison_table
from mobileswap.reports.history_tables import history_table, plot_history
from mobileswap.reports.pytest_benchmark import pytest_benchmark_form


def a_difference(finding, ratio, **changes):
    one = Difference("ort, fp32", "a", "b", 100.0, 100 * ratio, ratio, (1.01, 1.09), 0.00012, (13, 13), True, finding)
    return replace(one, **changes)


def test_a_comparison_says_what_is_shown_and_what_is_not(cells):
    rows = (
        a_difference(SpeedFinding.SLOWER, 1.052, doubts=("base: loaded", "new: drift")),
        a_difference(SpeedFinding.FASTER, 0.9),
        a_difference(SpeedFinding.NOT_SHOWN, 1.01),
    )
    table = comparison_table(Comparison(1, "a.json", "b.json", ("M1", "M2"), False, rows, ("tnn: only in the base",)))
    assert [row["Finding"] for row in cells(table)] == ["slower by 5.2%", "faster by 10.0%", "no difference shown"]
    first = cells(table)[0]
    assert first["Doubts"] == "base: loaded; new: drift"
    assert (first["ratio"], first["95 % interval"], first["p"]) == ("1.052", "1.010–1.090", "0.00012")
    assert table.title == "b.json against a.json"
    assert "not compared: tnn: only in the base" in table.notes
    assert any("different times" in note for note in table.notes)
    assert "On different machines: M1 and M2." in table.notes


def test_a_comparison_by_turns_is_said_to_be_one():
    few = a_difference(SpeedFinding.NOT_SHOWN, 2.0, blocks=(4, 9))
    notes = comparison_table(Comparison(1, "a.json", "a.json", ("M1", "M1"), True, (few,), ())).notes
    assert "Both were timed by turns in one run." in notes
    assert not any("machines" in note for note in notes)
    assert any("4 blocks of passes are too few" in note for note in notes)


@pytest.fixture
def results(make):
    steady = make.run(samples_ms=(150.0, 170.0, 160.0, 155.0), flags=(Flag(Doubt.DRIFT, "far"),))
    failed = make.run("tnn", outcome=Outcome.CRASH, summary=None, samples_ms=())
    first = make.result(steady, failed)
    return [first, replace(first, created="2025-12-01T08:30:00+00:00", runs=(steady, make.run("pytorch")))]


def test_pytest_benchmark_compares_two_of_ours(results, tmp_path):
    for i, result in enumerate(results):
        write_json(tmp_path / f"{i}.json", pytest_benchmark_form(result))
    program = str(Path(sys.executable).with_name("pytest-benchmark"))
    command = [
        program,
        "compare",
        "0.json",
        "1.json",
        "--columns=min,median,rounds,outliers",
        f"--csv={tmp_path / 'x'}",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "x.csv").read_text().splitlines()
    assert len(lines) == 4
    assert sum("onnxruntime-generator-fp32-2t-forward" in line for line in lines) == 2
    assert "pytorch-generator-fp32-2t-forward" in done.stdout


def test_the_statistics_are_those_of_pytest_benchmark(results):
    from pytest_benchmark.stats import Stats

    theirs = Stats()
    for sample in results[0].runs[0].samples_ms:
        theirs.update(sample / 1e3)
    (ours,) = json.loads(json.dumps(pytest_benchmark_form(results[0])))["benchmarks"]
    for name in ("min", "max", "mean", "stddev", "rounds", "median", "ops", "total", "data"):
        assert ours["stats"][name] == pytest.approx(getattr(theirs, name)), name
    assert theirs.as_dict().keys() <= ours["stats"].keys()


def test_the_history_as_a_table(results, cells):
    rows = cells(history_table(results))
    assert [row["Run"].split()[0] for row in rows] == ["onnxruntime", "tnn", "onnxruntime", "pytorch"]
    assert rows[0]["median ms (95 %)"] == "159.50 (157.00–162.00)"
    assert rows[0]["Doubts"] == "drift"
    assert (rows[1]["median ms (95 %)"], rows[1]["p99 ms"]) == ("CRASH", "–")
    assert rows[2]["When (UTC)"] == "2025-12-01 08:30"


def test_the_history_as_a_picture(results, tmp_path):
    from PIL import Image

    plot_history(results, tmp_path / "plot.png")
    with Image.open(tmp_path / "plot.png") as picture:
        assert picture.format == "PNG"
        assert min(picture.size) > 300
        assert len(picture.convert("RGB").getcolors(10**6)) > 50
    plot_history([], tmp_path / "empty.png")
