"""`parity check` with other inputs, limits, waivers and a folder of evidence."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from mobileswap.contracts.artifact import read_artifact
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import write_json
from mobileswap.contracts.golden_file import read_golden
from mobileswap.model.inputs.user_folder import Inputs
from mobileswap.pipeline.evidence import shown_samples
from mobileswap.pipeline.parity_check import CheckOptions, check_artifacts, gate_of
from mobileswap.reports.parity_folder import write_parity_folder
from mobileswap.runtimes.runner import RunnerOptions

RUNNER = RunnerOptions(threads=1)


@pytest.fixture
def check(tmp_path, progress):
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def run(*paths, limits=None, limit=(), waive=(), **options):
        asked = CheckOptions(RUNNER, gate=gate_of(limits, limit, waive), **options)
        return check_artifacts(paths, asked, scratch, progress)

    return run


@pytest.fixture
def pictures(tmp_path):
    """A folder with a picture and an embedding of the user's own."""
    folder = tmp_path / "mine"
    folder.mkdir()
    Image.fromarray(np.random.default_rng(3).integers(0, 256, (256, 256, 3), np.uint8)).save(folder / "me.png")
    np.save(folder / "you.npy", np.array([1.0, 0, 0, 0]))
    return folder


def names(evidence):
    return [sample.name for sample in read_golden(evidence.golden).samples]


def test_as_it_was_exported(check, proven):
    (one,) = check(proven)
    assert one.artifact.verified
    assert one.golden.parent == proven.parent / "golden"
    assert len(one.artifact.parity[0].samples) == 16


def test_its_json_stands_for_it(check, proven):
    assert check(proven.with_name(proven.name + ".json"))[0].artifact.verified


def test_the_first_samples_need_no_weights(check, proven):
    (one,) = check(proven, inputs=Inputs(samples=9))
    assert one.artifact.verified
    assert len(one.artifact.parity[0].samples) == 9


def test_too_few_samples_fail_unless_someone_answers_for_it(check, proven):
    (one,) = check(proven, inputs=Inputs(samples=3))
    assert not one.artifact.accepted
    (one,) = check(proven, inputs=Inputs(samples=3), waive=["onnxruntime=a first look"])
    assert one.artifact.accepted
    assert not one.artifact.verified


def test_the_user_s_own_files_take_the_place_of_the_photographs(check, proven, pictures, weights):
    (one,) = check(proven, inputs=Inputs(pictures), weights=(str(weights()),))
    assert one.artifact.verified
    found = names(one)
    assert {"me-as-you", "me-as-nobody", "me-as-drawn", "noise"} <= set(found)
    assert len(found) == 13
    assert not [name for name in found if "hopper" in name]


def test_more_samples_than_were_stored(check, proven, weights):
    (one,) = check(proven, inputs=Inputs(samples=20), weights=(str(weights()),))
    assert len(one.artifact.parity[0].samples) == 20


def test_other_weights_than_the_artifact_s_are_refused(check, proven, pictures, weights):
    with pytest.raises(BadInput, match=r"--weights: SHA-256 .*, tiny-generator-fp32 was made from"):
        check(proven, inputs=Inputs(pictures), weights=(str(weights(1)),))


def test_other_samples_of_a_trained_artifact_need_its_weights(check, proven, pictures):
    with pytest.raises(BadInput, match=r"other samples need the weights it was made from, .*; give --weights"):
        check(proven, inputs=Inputs(pictures))


def test_a_picture_of_the_wrong_size(check, proven, pictures, weights):
    Image.new("RGB", (255, 256)).save(pictures / "wrong.png")
    with pytest.raises(BadInput, match=r"wrong.png: expected an aligned RGB face of 256×256 pixels, came 255×256"):
        check(proven, inputs=Inputs(pictures), weights=(str(weights()),))


def test_a_name_that_a_built_in_sample_has(check, proven, pictures, weights):
    shutil.copy(pictures / "you.npy", pictures / "nobody.npy")
    with pytest.raises(BadInput, match="me-as-nobody is the name of a built-in sample; rename that file"):
        check(proven, inputs=Inputs(pictures), weights=(str(weights()),))


def test_limits_of_a_file_and_of_the_command_line(check, proven, tmp_path):
    path = tmp_path / "limits.toml"
    path.write_text("[fp32]\npsnr_db = 299\nssim = 0.5\n")
    (one,) = check(proven, limits=path)
    assert not one.artifact.verified
    (one,) = check(proven, limits=path, limit=["psnr_db=95"])
    report = one.artifact.parity[0]
    assert report.passed
    assert (report.limits.psnr_db.hard, report.limits.ssim.hard) == (95, 0.5)
    assert report.default_limits.psnr_db.hard == 90


def test_a_waiver_for_a_runtime_that_has_no_say(check, proven):
    with pytest.raises(BadInput, match="--waive tnn-fp32: it has no say here; expected onnxruntime"):
        check(proven, waive=["tnn-fp32=because"])


def test_another_s_json(check, proven):
    other = proven.with_name("other.onnx")
    shutil.copy(proven, other)
    shutil.copy(f"{proven}.json", f"{other}.json")
    with pytest.raises(BadInput, match=r"other.onnx.json: it speaks of tiny-generator-fp32.onnx; keep each file"):
        check(other)


def test_a_changed_byte(check, proven):
    content = bytearray(proven.read_bytes())
    content[len(content) // 2] ^= 1
    proven.write_bytes(content)
    with pytest.raises(BadInput, match=r"SHA-256 .*, artifact.json says"):
        check(proven)


def test_a_newer_version(check, proven):
    record = proven.with_name(proven.name + ".json")
    record.write_text(json.dumps({**json.loads(record.read_text()), "schema": 99, "parity": "in another way"}))
    with pytest.raises(BadInput, match="schema 99, this mobileswap reads 2: a newer mobileswap wrote it"):
        check(proven)


def test_a_golden_file_with_a_changed_number_is_not_that_file(check, proven):
    (golden,) = (proven.parent / "golden").iterdir()
    content = bytearray(golden.read_bytes())
    content[-1] ^= 1
    golden.write_bytes(content)
    with pytest.raises(BadInput, match="its tensors were changed after it was made"):
        read_golden(golden)
    with pytest.raises(BadInput, match="the golden file it was proven with is not in"):
        check(proven)


def test_an_artifact_of_a_stale_reference_is_not_what_its_json_says(check, proven, weights, source, progress, tmp_path):
    """The file is of older weights; its JSON says that it is of today's."""
    from mobileswap.pipeline.networks import load_networks

    today = load_networks("tiny", (str(weights(1)),))
    artifact = read_artifact(proven)
    record = json.loads(proven.with_name(proven.name + ".json").read_text())
    record["weights"]["sha256"] = today.require("generator").record.sha256
    write_json(proven.with_name(proven.name + ".json"), record)
    (one,) = check(proven, inputs=Inputs(samples=17), weights=(str(weights(1)),))
    assert one.artifact.parity[0].outcome == "INTERFACE"
    assert artifact.verified


def test_a_folder_of_evidence(check, proven, tmp_path):
    evidence = check(proven, pictures=True)
    result = write_parity_folder(tmp_path / "report", evidence, "mobileswap parity check")
    (artifact,) = result.artifacts
    report = artifact.reports[0]
    shown = shown_samples(read_golden(evidence[0].golden))
    assert {one.sample for one in artifact.pictures} == {*shown, report.samples[report.worst].sample}
    for one in artifact.pictures:
        with Image.open(tmp_path / "report" / one.difference) as picture:
            assert picture.size == (256, 256)
