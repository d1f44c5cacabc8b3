from dataclasses import replace

from mobileswap.contracts.verdict import Bound, Outcome, SampleVerdict, Waiver
from mobileswap.reports.parity_tables import parity_markdown, parity_table


def test_a_pass_names_verdict_limits_worst_and_every_sample(make):
    text = parity_markdown([make.artifact()])
    assert text.startswith("# Parity report\n\n**PASS**: all 1 artifacts")
    for wanted in (
        "## mobilefsgan-generator-fp32 (ONNX)",
        "### onnxruntime 1.2.3: PASS",
        "PSNR 101.2 dB ≥ 70 dB in hopper/collins, swapped.",
        "#### Limits fp32",
        "Took 1.5 s, of which the passes 1.2 s.",
        "101.2",
        "120.0",
        "1.25e-05",
        "2.50e-06",
        "88.8",
        "0.999998",
        "95.5",
        "240, 16",
        "97.5",
        "1.25, 2",
        "0, 2, 255, 7",
        "−0.75 … 0.5",
        "UNTRAINED",
        "fold_basic_norm: 21 places, moved the outputs by at most 4.00e-15 in float64",
    ):
        assert wanted in text


def test_summary_has_one_row_per_runtime_with_the_worst_sample(make, cells):
    artifact = make.artifact("coreml", parity=(make.report("mil-fp16"), make.report("mil-fp32", worst=1)))
    rows = cells(parity_table([artifact]))
    assert [(row["Runtime"], row["worst PSNR dB"], row["Worst sample"]) for row in rows] == [
        ("mil-fp16 1.2.3 (reference executor)", "101.2", "hopper/collins, swapped"),
        ("mil-fp32 1.2.3 (reference executor)", "120.0", "random, swapped"),
    ]


def test_a_failure_is_named_on_top(make):
    bad = make.report(
        outcome=Outcome.NOT_FINITE,
        samples=(SampleVerdict("black", "swapped", Outcome.NOT_FINITE, "3 NaN", None),),
    )
    text = parity_markdown([make.artifact(parity=(bad,))])
    assert "**NOT PROVEN**: mobilefsgan-generator-fp32 (ONNX)." in text
    assert "NOT_FINITE" in text
    assert "3 NaN" in text


def test_no_evidence_is_no_pass(make):
    assert "NOT PROVEN" in parity_markdown([])
    assert "NOT_CHECKED" in parity_markdown([make.artifact(parity=())])
    empty = parity_markdown([make.artifact(parity=(make.report(samples=(), worst=None),))])
    assert "NOT PROVEN" in empty
    assert "NO SAMPLES" in empty


def test_a_pass_over_a_failed_sample_is_no_pass(make):
    report = make.report(samples=(make.sample(outcome=Outcome.TOO_FAR),))
    text = parity_markdown([make.artifact(parity=(report,))])
    assert "CONTRADICTS ITS SAMPLES" in text
    assert "**PASS**" not in text


def test_equal_tensors_are_called_equal(make, cells):
    report = make.report(samples=(make.sample(psnr=300.0),))
    assert cells(parity_table([make.artifact(parity=(report,))]))[0]["worst PSNR dB"] == "equal"


def test_default_and_used_limits_stand_side_by_side(make, cells):
    report = make.report()
    report = replace(report, limits=replace(report.limits, psnr_db=Bound(65, 90)))
    text = parity_markdown([make.artifact(parity=(report,))])
    (line,) = (line for line in text.splitlines() if line.startswith("| PSNR dB, at least"))
    assert [cell.strip() for cell in line.split("|")[2:-1]] == ["65", "90", "70", "90"]
    table = parity_table([make.artifact(parity=(report,))])
    assert cells(table)[0]["Verdict"] == "PASS (limits changed)"
    assert "Limits fp32 were changed, hard / expected: psnr_db 65 / 90 (default 70 / 90)." in table.notes


def test_every_limit_has_its_words(make):
    text = parity_markdown([make.artifact()])
    for word in ("PSNR", "max abs", "cosine", "SNR", "SSIM", "worst tile", "border", "share of pixels"):
        assert f"| {word}" in text


def test_a_waiver_is_shown_and_is_no_pass(make, cells):
    unchecked = SampleVerdict("s", "swapped", Outcome.PASS, "", make.sample().metrics)
    report = make.report(
        outcome=Outcome.NOT_CHECKED, samples=(unchecked,), waiver=Waiver("onnxruntime", "only a first look")
    )
    artifact = make.artifact(parity=(report,))
    assert artifact.accepted
    assert not artifact.verified
    text = parity_markdown([artifact])
    assert "**WAIVED**: not all was checked of mobilefsgan-generator-fp32 (ONNX)" in text
    assert "**Waived**: only a first look" in text
    table = parity_table([artifact])
    assert cells(table)[0]["Verdict"] == "NOT_CHECKED (waived)"
    assert "Waived, onnxruntime not checked: only a first look" in table.notes


def test_a_waiver_does_not_hide_what_was_found_wrong(make):
    report = make.report(
        outcome=Outcome.NOT_CHECKED,
        samples=(make.sample(outcome=Outcome.TOO_FAR), make.sample(outcome=Outcome.NOT_CHECKED)),
        waiver=Waiver("onnxruntime", "never mind"),
    )
    assert not report.waived
    assert "NOT PROVEN" in parity_markdown([make.artifact(parity=(report,))])
