"""Components whose names overlap, and variants of one component: told apart by shapes, then by what they are called."""

from dataclasses import replace

import pytest
import torch

from mobileswap.contracts.errors import BadInput
from mobileswap.model.checkpoint.loading import load
from mobileswap.model.mobilefsgan.components import embedder


@pytest.fixture(scope="module")
def narrow():
    return embedder(embedding_size=8)


@pytest.fixture(scope="module")
def wide():
    return embedder(embedding_size=16)


@pytest.fixture
def saved(tmp_path, seeded):
    def save(content, name="w.pth"):
        torch.save(content, tmp_path / name)
        return str(tmp_path / name)

    return save


def test_the_variant_is_found_by_its_shapes(saved, seeded, narrow, wide):
    for order in ((narrow, wide), (wide, narrow)):
        for variant in order:
            loaded = load((saved(seeded(variant)),), order)
            assert loaded["embedder"].component is variant


def test_a_shape_of_neither_is_held_against_the_nearest(saved, seeded, narrow, wide):
    state = seeded(wide)
    state["conv1.bn.bias"] = torch.zeros(3)
    with pytest.raises(BadInput, match=r"1 of another shape \(conv1\.bn\.bias \(3,\), expected \(64,\)\)"):
        load((saved(state),), (narrow, wide))


def test_of_variants_with_the_same_tensors_the_first_is_meant(saved, seeded, narrow):
    other = replace(narrow)
    assert load((saved(seeded(narrow)),), (other, narrow))["embedder"].component is other


@pytest.fixture(scope="module")
def pair(narrow):
    return replace(narrow, name="decoder_src"), replace(narrow, name="decoder_dst")


def test_components_with_the_same_names_are_told_apart_by_their_file(saved, seeded, pair):
    source, destination = seeded(pair[0]), seeded(pair[1])
    loaded = load((saved(source, "new_decoder_src.pth"), saved(destination, "new_decoder_dst.pth")), pair)
    assert {name: entry.path.name for name, entry in loaded.items()} == {
        "decoder_src": "new_decoder_src.pth",
        "decoder_dst": "new_decoder_dst.pth",
    }


def test_components_with_the_same_names_are_told_apart_by_what_stands_before_them(saved, seeded, pair):
    source = seeded(pair[0])
    destination = {key: value * 2 for key, value in source.items()}
    loaded = load((saved({"decoder_dst": destination, "decoder_src": source}),), pair)
    assert torch.equal(loaded["decoder_src"].state["bn.weight"], source["bn.weight"])
    assert torch.equal(loaded["decoder_dst"].state["bn.weight"], destination["bn.weight"])


def test_what_cannot_be_told_apart_is_refused_with_the_choices(saved, seeded, pair):
    with pytest.raises(BadInput, match="fits the mobilefsgan decoder_src and the mobilefsgan decoder_dst alike; name"):
        load((saved(seeded(pair[0])),), pair)
