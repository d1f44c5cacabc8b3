from dataclasses import replace

import pytest

from mobileswap.contracts.lint_report import (
    Basis,
    ChipSummary,
    Finding,
    LintReport,
    OperationVerdict,
    PlannedUnit,
    Share,
    Verdict,
)
from mobileswap.reports.lint_tables import findings_table, lint_markdown, lint_tables, operations_table, summary_table

PAD = Finding("PD2", Verdict.FALLS_OFF, "reflect needs a texture engine", "B", "medium", ("A13",))
FINE = Finding("OK1", Verdict.OK, "native", "B", "high", ("A13",))
SLOW = Finding("LY2", Verdict.SLOW, "the last axis | changes", "A", "high", ("A13",))


def an_operation(name="rim", type_="pad", flops=0, findings=(PAD,), **changes):
    verdict = max((finding.verdict for finding in findings), key=lambda verdict: verdict.severity)
    made = OperationVerdict(
        name, type_, (1, 64, 128, -1), flops, False, verdict, Basis.PREDICTION, tuple(findings), None, False
    )
    return replace(made, **changes)


@pytest.fixture
def report():
    operations = (
        an_operation("c", "conv", 2_500_000, (FINE,)),
        an_operation("rim", "pad"),
        an_operation("rim2", "pad"),
        an_operation("turn", "transpose", None, (SLOW,)),
        an_operation("in", "cast", 0, (FINE,), border=True),
    )
    shares = [Share(verdict, 1, 25.0, 100, 12.5) for verdict in Verdict]
    return LintReport(
        schema=1,
        artifact="net.mlpackage",
        artifact_sha256="e" * 64,
        tiers=("A13",),
        tier_note="names are disputed",
        operations=operations,
        program=(Finding("LY1", Verdict.NUMERIC_RISK, "x: 33 wide", "A", "high", ("A13",)),),
        summaries=(ChipSummary("A13", Basis.PREDICTION, tuple(shares), 2, 4),),
        plan_device="",
        not_counted=("tanh",),
        not_judged=("NU7: takes a phone",),
        sources=("A: Apple", "B: a guide"),
    )


def test_summary_says_that_it_predicts(report):
    table = summary_table(report)
    assert table.title == "net.mlpackage on the Neural Engine: prediction"
    assert table.rows == (("A13", *["1 (25.0 / 12.5)"] * 5, "2, up to 4"),)
    assert any("nothing here was measured" in note for note in table.notes)
    assert "names are disputed" in table.notes
    assert "FLOPs are not counted of tanh." in table.notes


def test_findings_stand_together_by_rule_and_type_the_worst_first(report):
    rows = findings_table(report).rows
    assert [row[:5] for row in rows] == [
        ("numeric risk", "LY1", "the whole file", "–", "–"),
        ("falls off", "PD2", "pad", "2", "0.000"),
        ("slow", "LY2", "transpose", "1", "–"),
    ]
    assert rows[1][5:] == ("A13", "reflect needs a texture engine", "B", "medium")


def test_operations_stand_in_the_order_of_the_file(report):
    rows = operations_table(report).rows
    assert rows[0] == (*("1", "c", "conv", "1×64×128×?", "2.50", "ok", "prediction", "OK1", "native", "–"),)
    assert [row[5] for row in rows] == ["ok", "falls off", "falls off", "slow", "border"]


def test_with_a_plan_only_that_is_called_measured(report):
    unit = PlannedUnit("GPU", ("GPU",), 0.5)
    first = replace(report.operations[0], verdict=Verdict.FALLS_OFF, basis=Basis.MEASURED, plan=unit, overruled=True)
    report = replace(report, operations=(first, *report.operations[1:]), plan_device="iPhone12,1")
    table = summary_table(report)
    assert table.title.endswith("measured on device (iPhone12,1)")
    notes = " ".join(table.notes)
    assert "overrules the prediction for 1 of 4 operations" in notes
    assert "does not speak of 3 of them" in notes
    assert "nothing here was measured" not in notes
    rows = operations_table(report).rows
    assert (rows[0][6], rows[0][9]) == ("measured on device", "GPU")
    assert rows[1][6] == "prediction"


def test_markdown_holds_all_of_it(report):
    text = lint_markdown(report)
    assert "Worst verdict: **falls off**, prediction." in text
    assert "- NU7: takes a phone" in text
    assert "the last axis \\| changes" in text
    assert all(table.title in text for table in lint_tables(report))
    assert text.count("\n| ") > 8


def test_nothing_found(report):
    clean = replace(report, operations=report.operations[:1], program=())
    assert findings_table(clean).rows == ()
    assert "**ok**" in lint_markdown(clean)
