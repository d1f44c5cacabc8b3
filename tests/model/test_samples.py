"""What every artifact is held against, and the golden file that is made of it."""

import numpy as np
import pytest
import torch

from contracts.errors import BadInput
from model.golden import embed, embed_photographs, make_golden
from model.samples import for_embedder, for_generator, for_one_identity, patterns, photographs, resized, unit_vector

FACES = ("eileen_collins", "grace_hopper")
EMBEDDINGS = {name: unit_vector(100 + i, 8) for i, name in enumerate(FACES)}
MAKERS = {
    "generator": lambda size: for_generator(size, EMBEDDINGS, 8),
    "one identity": lambda size: for_one_identity(size, EMBEDDINGS["grace_hopper"]),
    "embedder": for_embedder,
}


@pytest.mark.parametrize("size", [256, 128])
@pytest.mark.parametrize("maker", MAKERS)
def test_at_least_eight_with_names_of_their_own(maker, size):
    inputs = MAKERS[maker](size)
    names = [entry.name for entry in inputs]
    assert len(inputs) >= 8
    assert len(set(names)) == len(names)
    assert all(entry.description for entry in inputs)
    pictures = [entry.tensors.get("target", entry.tensors.get("source")) for entry in inputs]
    assert {picture.shape for picture in pictures} == {(1, 3, size, size)}
    assert {picture.dtype for picture in pictures} == {np.dtype(np.float32)}


@pytest.mark.parametrize("size", [256, 128])
@pytest.mark.parametrize("maker", MAKERS)
def test_every_picture_lies_on_the_8_bit_grid(maker, size):
    for entry in MAKERS[maker](size):
        picture = entry.tensors.get("target", entry.tensors.get("source"))
        levels = picture * 127.5 + 127.5
        assert np.abs(levels - np.rint(levels)).max() < 1e-4
        assert levels.min() > -1e-4
        assert levels.max() < 255 + 1e-4


def test_both_photographs_with_both_embeddings_are_among_them():
    inputs = {entry.name: entry.tensors for entry in for_generator(256, EMBEDDINGS, 8)}
    shown = photographs(256)
    for target in FACES:
        for source in FACES:
            tensors = inputs[f"{target}-as-{source}"]
            np.testing.assert_array_equal(tensors["embedding"], EMBEDDINGS[source])
            np.testing.assert_allclose(
                tensors["target"][0].transpose(1, 2, 0) * 127.5 + 127.5, shown[target], atol=1e-4
            )


def test_every_embedding_has_norm_one_and_the_drawn_ones_differ():
    vectors = [entry.tensors["embedding"] for entry in for_generator(256, EMBEDDINGS, 8)]
    assert all(v.shape == (1, 8) and abs(np.linalg.norm(v) - 1) < 1e-6 for v in vectors)
    assert len({v.tobytes() for v in vectors}) == len(FACES) + len(patterns(256))


def test_one_identity_goes_with_every_target():
    vectors = {entry.tensors["embedding"].tobytes() for entry in MAKERS["one identity"](256)}
    assert vectors == {EMBEDDINGS["grace_hopper"].tobytes()}


def test_patterns_are_what_they_say():
    drawn = {name: pixels for name, (_, pixels) in patterns(256).items()}
    assert all(pixels.shape == (256, 256, 3) and pixels.dtype == np.uint8 for pixels in drawn.values())
    assert drawn["black"].max() == 0
    assert drawn["white"].min() == 255
    assert drawn["corner"].sum() == 3 * 255
    assert drawn["corner"][0, 255].tolist() == [255, 255, 255]
    assert set(np.unique(drawn["checkerboard"])) == {0, 255}
    assert drawn["gradient"][255, 0].tolist() == [255, 0, 128]  # down, across, both
    assert len(np.unique(drawn["noise"])) == 256
    np.testing.assert_array_equal(drawn["noise"], patterns(256)["noise"][1])


def test_photographs_are_resized_to_the_size_asked_for():
    assert {pixels.shape for pixels in photographs(128).values()} == {(128, 128, 3)}
    pixels = photographs(256)["grace_hopper"]
    assert resized(pixels, 256) is pixels


# The golden file


def test_golden_holds_the_untouched_network_s_own_outputs(tiny, random_network):
    component = tiny["generator"]
    network = random_network(component, 0).float()
    inputs = for_generator(64, EMBEDDINGS, 8)
    golden = make_golden(component, network, inputs, 64, "f" * 64)
    assert (golden.header.inputs, golden.header.outputs) == (("target", "embedding"), ("swapped",))
    assert golden.header.weights_sha256 == "f" * 64
    assert [note.name for note in golden.header.samples] == [sample.name for sample in golden.samples]
    sample = golden.samples[3]
    with torch.inference_mode():
        expected = network(*(torch.from_numpy(x) for x in sample.inputs.values()))[0].numpy()
    np.testing.assert_array_equal(sample.outputs["swapped"], expected)


def test_a_network_that_gives_nan_is_no_reference(tiny, random_network):
    component = tiny["generator"]
    network = random_network(component, 0).float()
    network.encoder_head.conv_image.weight.fill_(3e38)  # finite, as a checkpoint may hold; infinities meet later on
    with pytest.raises(BadInput, match="the generator itself gives NaN or infinity on sample eileen_collins-as"):
        make_golden(component, network, for_generator(64, EMBEDDINGS, 8), 64, "")


def test_embedding_of_nothing_is_refused(tiny, seeded):
    component = tiny["embedder"]
    state = {key: torch.zeros_like(value) for key, value in seeded(component).items()}
    with pytest.raises(BadInput, match="the embedder gives NaN or infinity on this face"):
        embed(component, component.load(state), np.zeros((1, 3, 256, 256), np.float32))


def test_photographs_have_embeddings_of_their_own(tiny, seeded):
    component = tiny["embedder"]
    found = embed_photographs(component, component.load(seeded(component)), 256)
    assert tuple(found) == FACES
    assert all(v.shape == (1, 8) and abs(np.linalg.norm(v) - 1) < 1e-5 for v in found.values())
    assert np.abs(found["eileen_collins"] - found["grace_hopper"]).max() > 1e-3
