from dataclasses import replace

from mobileswap.contracts.bench_result import Doubt, Flag, Peak
from mobileswap.contracts.verdict import Outcome
from mobileswap.reports.speed_table import speed_table
from mobileswap.reports.table import markdown


def test_paper_rows_are_table_3_as_printed(make, cells):
    # MobileFSGAN, arXiv 2204.08339, table 3
    rows = [
        (r["Platform"], r["OS"], r["Framework"], r["Hardware"], r["mean ms"]) for r in cells(speed_table(make.result()))
    ]
    assert rows == [
        ("iPhone 8", "iOS", "TNN", "GPU", "398.8"),
        ("iPhone 11", "iOS", "TNN", "GPU", "242.4"),
        ("iPhone 11", "iOS", "CoreML", "ANE", "135.0"),
        ("Mate 40 Pro", "Android", "TNN", "GPU", "152.5"),
        ("Mate 40 Pro", "Android", "TNN", "NPU", "229.1"),
        ("PC", "Ubuntu", "PyTorch", "1060Ti", "31.5"),
    ]


def test_a_measured_row_stands_below_with_its_own_source(make, cells):
    run = make.run(flops=64_766_476_288, flags=(Flag(Doubt.FEW_RUNS, "3 passes, 30 is the least"),))
    *paper, ours = cells(speed_table(replace(make.result(run), peaks=(Peak("CPU", "fp32", 2, 500.0),))))
    assert all("table 3" in row["Source"] for row in paper)
    assert ours == {
        "Source": "measured 2025-11-20",
        "Platform": "Some CPU",
        "OS": "Linux 6.1",
        "Framework": "onnxruntime 1.2.3",
        "Hardware": "CPU, 2 threads",
        "Network": "mobilefsgan generator fp32",
        "mean ms": "160.00",
        "median ms (95 %)": "159.50 (157.00–162.00)",
        "p90 ms": "168.00",
        "p99 ms": "169.80",
        "min ms": "150.00",
        "CV %": "5.0",
        "drift %": "+1.0",
        "GFLOP/s": "406.1",
        "of peak %": "81",
        "load ms": "45.68",
        "first ms": "200.00",
        "peak MB": "345.68",
        "size MB": "10.09",
        "Note": "UNTRAINED weights; 3 passes; few runs: 3 passes, 30 is the least",
    }


def test_trained_and_verified_rows_carry_no_mark(make, cells):
    assert cells(speed_table(make.result(make.run(trained=True))))[-1]["Note"] == "3 passes"


def test_an_unverified_artifact_is_marked(make, cells):
    assert "UNVERIFIED" in cells(speed_table(make.result(make.run(verified=False))))[-1]["Note"]


def test_a_failed_backend_shows_its_outcome_and_no_figures(make, cells):
    # what came before the crash must not be read as a result
    run = make.run("tnn", outcome=Outcome.CRASH, detail="killed by signal 11")
    row = cells(speed_table(make.result(run)))[-1]
    assert row["mean ms"] == "CRASH"
    assert {
        row[name] for name in ("median ms (95 %)", "p90 ms", "p99 ms", "min ms", "load ms", "first ms", "peak MB")
    } == {"–"}
    assert "killed by signal 11" in row["Note"]


def test_an_unavailable_backend_is_shown_with_its_reason(make, cells):
    run = make.run(
        "coreml", backend_version="", outcome=Outcome.UNAVAILABLE, detail="macOS only", summary=None, samples_ms=()
    )
    row = cells(speed_table(make.result(run)))[-1]
    assert (row["Framework"], row["mean ms"]) == ("coreml", "UNAVAILABLE")
    assert "macOS only" in row["Note"]


def test_a_pass_without_samples_is_no_figure(make, cells):
    assert cells(speed_table(make.result(make.run(samples_ms=()))))[-1]["mean ms"] == "NO SAMPLES"


def test_a_peak_of_another_kind_is_no_peak(make, cells):
    result = make.result(make.run(flops=1_000_000))
    for other in (Peak("CPU", "bf16", 2, 1.0), Peak("CPU", "fp32", 1, 1.0), Peak("cuda", "fp32", 2, 1.0)):
        assert cells(speed_table(replace(result, peaks=(other,))))[-1]["of peak %"] == "–"
    assert cells(speed_table(make.result(make.run())))[-1]["GFLOP/s"] == "–"


def test_markdown_says_what_the_papers_figure_is(make):
    text = markdown(speed_table(make.result(make.run())))
    assert (
        "arXiv 2204.08339; its rows stand as printed. Mean of 100 forward passes, the face net's pass not counted"
        in text
    )
    assert "1 MB = 10⁶ bytes" in text
