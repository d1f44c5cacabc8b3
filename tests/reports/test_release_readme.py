from dataclasses import replace

import pytest

from mobileswap.contracts.artifact import FileRecord, WeightsRecord
from mobileswap.contracts.verdict import Outcome
from mobileswap.reports.release_judgement import OtherFile, Release, not_checked, problems, release_table
from mobileswap.reports.release_readme import release_readme

TRAINED = WeightsRecord("mine.pth", "9" * 64, True, "our training", "proprietary")


@pytest.fixture
def release(make):
    return Release(
        version="0.1.0",
        created="2025-11-20T16:00:00Z",
        command="mobileswap release",
        artifacts=(make.artifact("onnx"), make.artifact("coreml")),
        bench=make.result(make.run()),
        others=(OtherFile(FileRecord("bench.json", "8" * 64, 12_000), "every timed pass"),),
    )


def test_verdict_stands_on_top_and_says_untrained(release):
    text = release_readme(release)
    assert text.startswith("# Release of mobileswap artifacts\n\n**Verdict: PASS**. Each file below computes")
    assert text.index("**UNTRAINED WEIGHTS.") < text.index("## ")
    assert "Do not ship them in an app.**" in text


def test_trained_weights_get_no_untrained_notice(release):
    trained = replace(release, artifacts=tuple(replace(a, weights=TRAINED) for a in release.artifacts))
    text = release_readme(trained)
    assert "UNTRAINED" not in text.replace("UNTRAINED weights", "")  # the run in the fixture is
    assert "mine.pth, trained; our training; licence proprietary" in text


def test_folder_lists_every_file_with_its_whole_hash(release):
    text = release_readme(release)
    for name, digest in (
        ("mobilefsgan-generator-fp32.onnx", "b" * 64),
        ("mobilefsgan-generator-fp32.mlpackage", "c" * 64),
        ("bench.json", "8" * 64),
    ):
        assert any(name in line and digest in line for line in text.splitlines())


def test_use_in_an_app_has_the_artifacts_own_names(release):
    text = release_readme(release)
    assert '"target": MLFeatureValue(multiArray: target), "embedding": MLFeatureValue(multiArray: embedding)' in text
    assert 'session.run(mapOf("target" to target, "embedding" to embedding))' in text
    assert "- in `target`: RGB target face, aligned, 1×3×256×256, −1 … 1" in text


def test_a_picture_interface_passes_pixel_buffers(release, make):
    artifact = make.artifact("coreml", io="image")
    text = release_readme(replace(release, artifacts=(artifact,)))
    assert '"target": MLFeatureValue(pixelBuffer: target), "embedding": MLFeatureValue(multiArray: embedding)' in text
    assert "imageBufferValue" in text


def test_what_nobody_checked_is_said(release):
    text = release_readme(release)
    assert "never on an iPhone's GPU or Neural Engine" in text
    assert "Speed on a phone" in text
    assert "synthetic media" in text
    assert "Makes synthetic media." in text


def test_a_real_core_ml_run_changes_what_is_left_open(release, make):
    artifact = make.artifact("coreml", parity=(make.report("coreml"), make.report("mil-fp32")))
    sentences = " ".join(not_checked(replace(release, artifacts=(artifact,))))
    assert "reference executor" not in sentences
    assert "Which of a Mac's units" in sentences


def test_an_unavailable_backend_is_not_checked_and_not_a_failure(release, make):
    gone = make.run("coreml", outcome=Outcome.UNAVAILABLE, detail="macOS only", summary=None, samples_ms=())
    changed = replace(release, bench=make.result(make.run(), gone))
    assert changed.passed
    assert "coreml: not timed; macOS only" in not_checked(changed)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r, make: replace(r, artifacts=()), "There is no artifact."),
        (lambda r, make: replace(r, artifacts=(make.artifact(parity=()),)), "is not proven: NOT_CHECKED"),
        (
            lambda r, make: replace(r, artifacts=(make.artifact(parity=(make.report(outcome=Outcome.TOO_FAR),)),)),
            "is not proven: onnxruntime TOO_FAR",
        ),
        (
            lambda r, make: replace(r, bench=make.result(make.run(outcome=Outcome.CRASH, detail="signal 11"))),
            "onnxruntime was not timed: CRASH, signal 11",
        ),
        (
            lambda r, make: replace(r, bench=make.result(make.run(artifact_sha256="0" * 64))),
            "which is not a file of this folder",
        ),
    ],
)
def test_whatever_stands_against_it_fails_the_release(release, make, change, said):
    changed = change(release, make)
    assert not changed.passed
    assert said in " ".join(problems(changed))
    text = release_readme(changed)
    assert "**Verdict: FAIL**" in text
    assert said in text
    assert "PASS" not in release_table(changed).title


def test_release_without_a_benchmark_says_so(release):
    assert "Speed: nothing was timed." in not_checked(replace(release, bench=None))


def test_one_table_ends_the_release(release, cells):
    table = release_table(release)
    assert table.title == "Release: PASS, untrained weights"
    assert cells(table) == [
        {
            "Artifact": "mobilefsgan-generator-fp32 (ONNX)",
            "Precision": "fp32",
            "MB": "10.09",
            "Parity": "onnxruntime PASS",
            "worst PSNR dB": "101.2",
            "mean ms": "160.00",
            "Note": "UNTRAINED weights",
        },
        {
            "Artifact": "mobilefsgan-generator-fp32 (CoreML)",
            "Precision": "fp32",
            "MB": "10.09",
            "Parity": "mil-fp32 PASS",
            "worst PSNR dB": "101.2",
            "mean ms": "–",
            "Note": "UNTRAINED weights",
        },
    ]


def test_several_runtimes_keep_their_own_psnr(release, make, cells):
    half = make.report("mil-fp16", samples=(make.sample(psnr=44.04),))
    artifact = make.artifact("coreml", parity=(half, make.report("mil-fp32")))
    row = cells(release_table(replace(release, artifacts=(artifact,), bench=None)))[0]
    assert (row["Parity"], row["worst PSNR dB"]) == ("mil-fp16 PASS, mil-fp32 PASS", "44.0, 101.2")
