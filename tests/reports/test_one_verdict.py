"""README.md, table and report.html print the verdict that one function decides."""

import re
from dataclasses import replace

import pytest

from mobileswap.contracts.artifact import json_beside, record_file, write_artifact
from mobileswap.contracts.release_verdict import ReleaseVerdict, decide
from mobileswap.contracts.verdict import Outcome, Waiver
from mobileswap.reports.page import write_report
from mobileswap.reports.release_judgement import Release, release_table
from mobileswap.reports.release_readme import release_readme

NEAR = {"outcome": Outcome.PASS_WITH_WARNING, "sentence": "PASS WITH WARNING: PSNR 95.0 dB"}
FAR = {"outcome": Outcome.TOO_FAR, "sentence": "TOO_FAR: PSNR 12.0 dB"}
UNSEEN = {"outcome": Outcome.NOT_CHECKED, "samples": (), "worst": None}
WAIVED = UNSEEN | {"waiver": Waiver("onnxruntime", "no phone at hand")}


@pytest.mark.parametrize(
    ("proofs", "problems", "verdict"),
    [
        ([[{}], [{}]], (), ReleaseVerdict.PASS),
        ([[{}], [{}, NEAR]], (), ReleaseVerdict.PASS_WITH_WARNING),
        ([[NEAR], [WAIVED]], (), ReleaseVerdict.WAIVED),
        ([[{}], [UNSEEN]], (), ReleaseVerdict.FAIL),
        ([[{}], [FAR, NEAR]], (), ReleaseVerdict.FAIL),
        ([[{}], []], (), ReleaseVerdict.FAIL),
        ([[{}]], ("It timed another file.",), ReleaseVerdict.FAIL),
        ([[{"samples": ()}]], (), ReleaseVerdict.FAIL),
        ([], (), ReleaseVerdict.FAIL),
    ],
)
def test_the_worst_report_decides_and_no_evidence_is_none(make, proofs, problems, verdict):
    reports = [[make.report(**changes) for changes in proof] for proof in proofs]
    assert decide(reports, problems) is verdict
    assert verdict.passed == verdict.value.startswith("PASS")


@pytest.mark.parametrize("changes", [{}, NEAR, FAR], ids=["pass", "warning", "fail"])
def test_readme_table_and_page_say_the_same(make, tmp_path, changes):
    home = tmp_path / "artifacts"
    home.mkdir()
    artifacts = []
    for artifact in (make.artifact(parity=(make.report(**changes),)), make.artifact("coreml")):
        path = home / artifact.files[0].name
        path.write_bytes(b"some file")
        artifacts.append(replace(artifact, files=(record_file(path),)))
        write_artifact(artifacts[-1], json_beside(path))
    release = Release("0.1.0", "2025-11-20T16:00:00Z", "mobileswap release", tuple(artifacts), None)
    readme, page = release_readme(release), write_report(tmp_path).read_text("utf-8")
    (told,) = re.findall(r"\*\*Verdict: (.+?)\*\*", readme)
    (shown,) = re.findall(r'<h1 class="word[^>]*>(.+?)</h1>', page)
    assert told == shown == release.verdict.value
    assert release_table(release).title == f"Release: {told}, untrained weights"
    assert release.passed == told.startswith("PASS")
    assert release.verdict.reach in readme
    if changes:
        assert changes["sentence"].split(": ")[0 if changes is FAR else 1] in readme
