"""The embeddings and golden files that everything is held against, and when one is made again."""

import os

import numpy as np
import pytest
from PIL import Image

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import sha256_of
from mobileswap.contracts.golden_file import read_golden
from mobileswap.pipeline.golden_files import golden_file
from mobileswap.pipeline.identity_to_bake import read_identity
from mobileswap.pipeline.networks import load_networks
from mobileswap.pipeline.untouched_chain import built_in_persons


@pytest.fixture
def golden(source, tmp_path, progress):
    def make(component="generator", size=256, identity=None, given=None):
        return golden_file(given or source, component, size, identity, tmp_path / "golden", progress)

    return make


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "someone.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (256, 256, 3)).astype(np.uint8)).save(path)
    return path


def test_golden_file_is_made_once(golden, monkeypatch):
    path = golden()
    assert path.name.startswith("tiny-generator-256-")
    assert len(read_golden(path).samples) >= 8
    monkeypatch.setattr("mobileswap.pipeline.golden_files.make_golden", None)  # so that making it again would fail
    assert golden() == path


def test_golden_file_is_readable_by_others_and_alone(golden, tree):
    path = golden()
    assert path.stat().st_mode & 0o044 == 0o044
    assert tree(path.parent) == [path.name]


@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
def test_a_damaged_golden_file_is_made_again(golden, damage):
    path = golden()
    before = path.read_bytes()
    path.write_bytes({"cut": before[:-10], "text": b"hello", "empty": b""}[damage])
    assert golden() == path
    assert path.read_bytes() == before


def test_another_input_to_it_is_another_file(golden, source, weights, photo):
    person = read_identity(source, photo, "generator")
    other = load_networks("tiny", (str(weights(1)),))
    paths = [golden(), golden("embedder"), golden(size=64), golden(identity=person), golden(given=other)]
    assert len(set(paths)) == 5
    assert all(len(read_golden(path).samples) >= 8 for path in paths)


def test_golden_outputs_are_the_untouched_network_s(golden, source):
    import torch

    sample = read_golden(golden()).samples[2]
    network = source.network("generator")
    with torch.inference_mode():
        expected = network(*(torch.from_numpy(x) for x in sample.inputs.values())).numpy()
    np.testing.assert_array_equal(sample.outputs["swapped"], expected)


def test_an_interrupted_golden_file_leaves_nothing(golden, tmp_path, monkeypatch):
    def interrupt(_, path):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr("mobileswap.pipeline.golden_files.write_golden", interrupt)
    with pytest.raises(KeyboardInterrupt):
        golden()
    assert list((tmp_path / "golden").iterdir()) == []


def test_photograph_and_embedding_give_the_same_identity(source, photo, tmp_path):
    person = read_identity(source, photo, "generator")
    assert person.record.source == "someone.png"
    assert person.value.shape == (1, 4)
    np.save(tmp_path / "someone.npy", person.value[0])
    again = read_identity(source, tmp_path / "someone.npy", "generator")
    assert again.record.sha256 == person.record.sha256 == sha256_of(person.value.tobytes())
    assert again.record.source == "someone.npy"


def test_a_photograph_needs_the_embedder_and_an_embedding_does_not(weights, photo, tmp_path):
    alone = load_networks("tiny", (str(weights(0, ("generator",))),))
    with pytest.raises(BadInput, match=r"the embedder.*second --weights"):
        read_identity(alone, photo, "generator")
    np.save(tmp_path / "e.npy", np.full(4, 0.5))
    given = read_identity(alone, tmp_path / "e.npy", "generator").value
    np.testing.assert_array_equal(given, np.full((1, 4), 0.5, np.float32))


def test_without_an_embedder_the_photographs_embeddings_are_drawn(weights, source):
    alone = load_networks("tiny", (str(weights(0, ("generator",))),))
    persons = built_in_persons(alone, "generator", 256)
    assert persons.keys() == built_in_persons(source, "generator", 256).keys()
    drawn = np.concatenate([values["embedding"] for values in persons.values()])
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1, atol=1e-6)
    assert not np.allclose(drawn[0], drawn[1])


def test_networks_are_built_once(source):
    assert source.network("generator") is source.network("generator")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_an_unwritable_folder(golden, tmp_path):
    (tmp_path / "golden").mkdir(mode=0o500)
    with pytest.raises(BadInput, match="cannot be written to"):
        golden()


def test_a_folder_that_is_a_file(golden, tmp_path):
    (tmp_path / "golden").write_text("in the way")
    with pytest.raises(BadInput, match=r"golden: cannot be written to .*-o"):
        golden()
