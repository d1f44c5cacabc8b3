from contracts.verdict import Outcome, SampleVerdict
from reports.parity import parity_markdown, parity_table


def test_a_pass_names_verdict_limits_worst_and_every_sample(make):
    text = parity_markdown([make.artifact()])
    assert text.startswith("# Parity report\n\n**PASS**: all 1 artifacts")
    for wanted in (
        "## mobilefsgan-generator-fp32 (ONNX)",
        "### onnxruntime 1.2.3: PASS",
        "PSNR 101.2 dB ≥ 70 dB in hopper/collins, swapped.",
        "at least 70 dB (90 dB expected), max abs at most 0.001 on a data range of 2, cosine at least 0.99999",
        "101.2",
        "120.0",
        "1.25e-05",
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
