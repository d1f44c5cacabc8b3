"""Which samples are kept for pictures, where, and what the page then shows of a real export."""

import numpy as np
import pytest

from mobileswap.contracts.golden_file import Golden, GoldenHeader, Sample
from mobileswap.contracts.lint_report import read_lint
from mobileswap.contracts.parity_results import read_parity
from mobileswap.pipeline.evidence import shown_samples, write_evidence
from mobileswap.pipeline.export import ExportOptions, export_one
from mobileswap.reports.page import write_report
from mobileswap.reports.parity_folder import Evidence


def golden(**samples):
    header = GoldenHeader("tiny", "generator", "", "", ("target", "embedding"), ("swapped",), ())
    tensors = {name: {"target": np.float32([t]), "embedding": np.float32([e])} for name, (t, e) in samples.items()}
    return Golden(header, tuple(Sample(name, given, {}) for name, given in tensors.items()))


def test_one_face_with_two_identities_is_shown():
    assert shown_samples(golden(a_as_a=(1, 1), noise=(5, 5), a_as_b=(1, 2), b_as_a=(2, 1))) == ("a_as_a", "a_as_b")


def test_where_none_is_alike_the_first_stands_alone():
    assert shown_samples(golden(a=(1, 1), b=(2, 2))) == ("a",)


@pytest.mark.real
def test_a_release_keeps_faces_and_lints_its_packages(source, progress, tmp_path):
    """From the weights to the page; the source is known by its embedding."""
    folder = tmp_path / "run"
    wanted = [("onnx", "generator"), ("onnx", "embedder"), ("coreml", "embedder")]
    exported = [
        export_one(source, ExportOptions(*one), folder / "artifacts", progress, keep=tmp_path / "kept")
        for one in wanted
    ]
    evidence = [Evidence(one.artifact, one.golden, one.kept) for one in exported]
    write_evidence(folder, evidence, folder / "artifacts", "mobileswap release")
    generator, *embedders = read_parity(folder / "parity.json").artifacts
    assert not any(one.pictures for one in embedders)
    shown = {one.sample: one for one in generator.pictures}
    swap = shown["eileen_collins-as-grace_hopper"]
    assert "inputs" in swap.source
    assert (folder / swap.source).read_bytes() != (folder / swap.target).read_bytes()
    itself = shown["eileen_collins-as-eileen_collins"]
    assert (folder / itself.source).read_bytes() == (folder / itself.target).read_bytes()
    (lint,) = (folder / "lint").iterdir()
    assert read_lint(lint).artifact_sha256 == exported[2].artifact.sha256
    page = write_report(folder).read_text()
    assert "eileen_collins-as-grace_hopper" in page
    assert "speaks of" not in page
