"""What cannot be searched is refused in one line, or told as such."""

from dataclasses import replace

import numpy as np
import pytest

from mobileswap.contracts.artifact import IdentityRecord, json_beside, read_artifact, record_file, write_artifact
from mobileswap.contracts.bisection import SearchOutcome
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.verdict import Outcome
from mobileswap.pipeline.bisect import BisectOptions, bisect
from mobileswap.pipeline.progress import Silent


@pytest.fixture
def copied(exported, tmp_path):
    """A copy of the ONNX file whose JSON may be changed."""
    original = exported("onnx", "fp32")
    path = tmp_path / original.name
    path.write_bytes(original.read_bytes())
    write_artifact(read_artifact(original), json_beside(path))
    return path


def test_other_weights(copied, search, checkpoint):
    with pytest.raises(BadInput, match="give the weights that it was made from"):
        search(copied, weights=checkpoint(1))


def test_weights_that_are_not_built_in_and_not_given(copied, tmp_path):
    with pytest.raises(BadInput, match=r"a search needs the weights it was made from, small\.pth; give --weights"):
        bisect(copied, BisectOptions(tmp_path), Silent())


def test_no_map(copied, search):
    write_artifact(replace(read_artifact(copied), taps={}), json_beside(copied))
    with pytest.raises(BadInput, match="no map of places"):
        search(copied)


def test_a_changed_byte(copied, search):
    copied.write_bytes(copied.read_bytes() + b"\0")
    with pytest.raises(BadInput, match="SHA-256"):
        search(copied)


def test_the_identity_is_gone_or_another(copied, search, tmp_path):
    write_artifact(replace(read_artifact(copied), identity=IdentityRecord("a.png", "0" * 64)), json_beside(copied))
    with pytest.raises(BadInput, match="give --identity again"):
        search(copied)
    np.save(tmp_path / "someone.npy", np.eye(1, 8, dtype=np.float32))
    with pytest.raises(BadInput, match=r"another one than was baked into .* \(a\.png\)"):
        search(copied, identity=tmp_path / "someone.npy")


def test_a_file_that_cannot_be_run(copied, search):
    copied.write_bytes(b"no onnx")
    write_artifact(replace(read_artifact(copied), files=(record_file(copied),)), json_beside(copied))
    found = search(copied)
    assert found.finding is SearchOutcome.NOT_SEARCHED
    assert not found.finding.passed
    assert found.searches[0].outcome is Outcome.CRASH


def test_a_format_that_shows_nothing(exported, search):
    with pytest.raises(BadInput, match="no map of places"):
        search(exported("pytorch", "fp32"))
