from dataclasses import replace

import pytest

from mobileswap.contracts.artifact import FileRecord, IdentityRecord, json_beside, record_file, write_artifact
from mobileswap.contracts.errors import BadInput
from mobileswap.reports.artifact_folder import artifacts_in
from mobileswap.reports.size_table import size_table


def pair(make, format_):
    return make.artifact(format_), make.artifact(format_, "embedder", 4_802_048)


def test_paper_rows_are_table_4_as_printed(cells):
    # MobileFSGAN, arXiv 2204.08339, table 4
    rows = cells(size_table([]))
    assert [(r["Model"], r["Framework"], r["MB"], r["Sum MB"]) for r in rows] == [
        ("FaceShifter", "PyTorch", "669.0 + 64.0 + 168.0", "901.0"),
        ("MegaFS", "PyTorch", "3529.0 + 364.0", "3893.0"),
        ("SimSwap", "PyTorch", "766.9 + 220.2", "987.1"),
        ("MobileFSGAN", "PyTorch", "10.2 + 4.9", "15.1"),
        ("MobileFSGAN", "CoreML", "15.0", "15.0"),
        ("MobileFSGAN", "TNN", "14.8", "14.8"),
    ]
    assert all("table 4" in row["Source"] for row in rows)
    assert "Adam moments" in rows[1]["What each figure holds"]


def test_generator_and_embedder_are_one_row_next_to_the_papers(make, cells):
    rows = cells(size_table([*pair(make, "onnx"), *pair(make, "coreml"), *pair(make, "pytorch")]))
    assert [(row["Model"], row["Framework"]) for row in rows[3:]] == [
        ("MobileFSGAN", "PyTorch"),
        ("mobilefsgan", "PyTorch"),
        ("MobileFSGAN", "CoreML"),
        ("mobilefsgan", "CoreML"),
        ("MobileFSGAN", "TNN"),
        ("mobilefsgan", "ONNX"),
    ]
    ours = rows[4]
    assert (ours["MB"], ours["Sum MB"], ours["Sum bytes"]) == (
        "10.09 + 4.80",
        "14.90",
        "14,895,012",
    )  # of the bytes, not of rounded MB
    assert ours["Source"] == "measured, bytes on disk"
    assert ".pt2 of generator + embedder" in ours["What each figure holds"]
    assert "UNTRAINED" in ours["What each figure holds"]


def test_a_missing_embedder_leaves_no_sum(make, cells):
    row = cells(size_table([make.artifact("onnx")]))[-1]
    assert (row["MB"], row["Sum MB"], row["Sum bytes"]) == ("10.09 + ?", "–", "–")


def test_an_embedder_of_another_precision_is_not_the_missing_one(make, cells):
    generator, embedder = pair(make, "onnx")
    row = cells(size_table([generator, replace(embedder, precision="fp16")]))[-1]
    assert row["MB"] == "10.09 + ?"


def test_a_baked_identity_needs_no_embedder(make, cells):
    generator, embedder = pair(make, "onnx")
    row = cells(size_table([replace(generator, identity=IdentityRecord("face.png", "f" * 64)), embedder]))[-1]
    assert (row["MB"], row["Sum MB"]) == ("10.09", "10.09")
    assert "identity baked in" in row["What each figure holds"]


def test_an_unproven_artifact_is_marked(make, cells):
    generator, embedder = pair(make, "onnx")
    assert "UNVERIFIED" in cells(size_table([replace(generator, parity=()), embedder]))[-1]["What each figure holds"]


@pytest.fixture
def folder(make, tmp_path):
    """An artifact as it lies on disk, with a benchmark beside it."""
    path = tmp_path / "mobilefsgan-generator-fp32.onnx"
    path.write_bytes(b"twelve bytes")
    write_artifact(make.artifact("onnx", files=(record_file(path),)), json_beside(path))
    (tmp_path / "bench.json").write_text("{}")
    (tmp_path / "bench").mkdir()
    return tmp_path


def test_artifacts_are_read_from_the_folder_and_other_json_is_passed_over(folder):
    (artifact,) = artifacts_in(folder)
    assert artifact.files[0] == FileRecord("mobilefsgan-generator-fp32.onnx", artifact.files[0].sha256, 12)


def test_a_file_of_another_size_is_refused(folder):
    (folder / "mobilefsgan-generator-fp32.onnx").write_bytes(b"thirteen byte")
    with pytest.raises(BadInput, match=r"13 bytes, artifact\.json says 12"):
        artifacts_in(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadInput, match="mobileswap export"):
        artifacts_in(tmp_path / "nowhere")
