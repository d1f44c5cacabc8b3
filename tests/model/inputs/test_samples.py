"""What every artifact is held against, and the golden file that is made of it."""

import numpy as np
import pytest
import torch
from released_samples import FACES, embeddings_of, inputs_for

from mobileswap.contracts.errors import BadInput
from mobileswap.model.golden import make_golden
from mobileswap.model.inputs.drawn import unit_vector
from mobileswap.model.inputs.pictures import patterns, photographs, resized
from mobileswap.model.mobilefsgan.components import embedder, generator

GENERATOR = generator(channels=8, embedding_size=8)
EMBEDDINGS = embeddings_of(8)
MAKERS = {
    "generator": lambda size, **given: inputs_for(GENERATOR, size, **given),
    "one identity": lambda size, **given: inputs_for(GENERATOR, size, fixed=EMBEDDINGS["grace_hopper"], **given),
    "embedder": lambda size, **given: inputs_for(embedder(8), size, **given),
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
    side = 256 if maker == "embedder" else size
    assert {picture.shape for picture in pictures} == {(1, 3, side, side)}
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
    inputs = {entry.name: entry.tensors for entry in MAKERS["generator"](256)}
    shown = photographs(256, 256)
    for target in FACES:
        for source in FACES:
            tensors = inputs[f"{target}-as-{source}"]
            np.testing.assert_array_equal(tensors["embedding"], EMBEDDINGS[source])
            np.testing.assert_allclose(
                tensors["target"][0].transpose(1, 2, 0) * 127.5 + 127.5, shown[target], atol=1e-4
            )


def test_every_embedding_but_one_has_norm_one_and_the_drawn_ones_differ():
    vectors = {entry.name: entry.tensors["embedding"] for entry in MAKERS["generator"](256)}
    assert np.linalg.norm(vectors.pop("eileen_collins-as-nobody")) == pytest.approx(1e-3)
    assert all(v.shape == (1, 8) and abs(np.linalg.norm(v) - 1) < 1e-6 for v in vectors.values())
    assert len({v.tobytes() for v in vectors.values()}) == len(FACES) + 1 + len(patterns(256, 256))


def test_one_identity_goes_with_every_target():
    vectors = {entry.tensors["embedding"].tobytes() for entry in MAKERS["one identity"](256)}
    assert vectors == {EMBEDDINGS["grace_hopper"].tobytes()}


def test_patterns_are_what_they_say():
    drawn = {name: pixels for name, (_, pixels) in patterns(256, 256).items()}
    assert all(pixels.shape == (256, 256, 3) and pixels.dtype == np.uint8 for pixels in drawn.values())
    assert drawn["black"].max() == 0
    assert drawn["white"].min() == 255
    assert drawn["corner"].sum() == 3 * 255
    assert drawn["corner"][0, 255].tolist() == [255, 255, 255]
    assert drawn["edge"].sum() == 3 * 255
    assert drawn["edge"][255, 85].tolist() == [255, 255, 255]
    assert set(np.unique(drawn["grey"])) == {128}
    assert set(np.unique(drawn["checkerboard"])) == set(np.unique(drawn["pixels"])) == {0, 255}
    assert drawn["checkerboard"][0:9, 0, 0].tolist() == [0] * 8 + [255]
    assert drawn["pixels"][0, 0:3, 0].tolist() == [0, 255, 0]
    red, _, blue = drawn["oval"][128, 128].astype(int)
    assert red > blue + 50  # skin
    assert drawn["oval"][102, 96].sum() < drawn["oval"][128, 128].sum() / 2  # an eye
    assert drawn["gradient"][255, 0].tolist() == [255, 0, 128]  # down, across, both
    assert len(np.unique(drawn["noise"])) == 256
    np.testing.assert_array_equal(drawn["noise"], patterns(256, 256)["noise"][1])


@pytest.mark.parametrize("maker", MAKERS)
def test_the_first_few_are_photographs_and_patterns_in_turn(maker):
    all_of_them = MAKERS[maker](64)
    assert len(all_of_them) == (16 if maker == "generator" else 12)
    few = MAKERS[maker](64, samples=4)
    assert [entry.name for entry in few] == [entry.name for entry in all_of_them[:4]]
    assert [entry.name for entry in few if entry.name in patterns(64, 64)] == ["noise", "checkerboard"]
    many = MAKERS[maker](64, samples=40)
    assert len({entry.name for entry in many}) == 40
    pictures = {next(iter(entry.tensors.values())).tobytes() for entry in many[len(all_of_them) :]}
    assert len(pictures) == 40 - len(all_of_them)


def test_more_pairs_than_can_be_run_are_thinned_out_but_none_is_left_out():
    pictures = {f"p{i}": np.full((64, 64, 3), i, np.uint8) for i in range(5)}
    people = {f"e{i}": unit_vector(i, 8) for i in range(4)}
    names = [
        entry.name
        for entry in MAKERS["generator"](64, embeddings=people, pictures=pictures)
        if entry.name.startswith("p")
    ]
    assert [name for name in names if "-as-e" in name] == ["p0-as-e0", "p1-as-e1", "p2-as-e2", "p3-as-e3", "p4-as-e0"]
    few = MAKERS["generator"](64, embeddings=dict(list(people.items())[:3]), pictures=pictures)
    assert len([entry for entry in few if "-as-e" in entry.name]) == 15


def test_photographs_are_resized_to_the_size_asked_for():
    assert {pixels.shape for pixels in photographs(128, 128).values()} == {(128, 128, 3)}
    pixels = photographs(256, 256)["grace_hopper"]
    assert resized(pixels, 256, 256) is pixels


# The golden file


def test_golden_holds_the_untouched_network_s_own_outputs(tiny, random_network):
    component = tiny["generator"]
    network = random_network(component, 0).float()
    inputs = MAKERS["generator"](64)
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
        make_golden(component, network, MAKERS["generator"](64), 64, "")


def test_embedding_of_nothing_is_refused(tiny, seeded):
    component = tiny["embedder"]
    state = {key: torch.zeros_like(value) for key, value in seeded(component).items()}
    with pytest.raises(BadInput, match="the embedder itself gives NaN or infinity on sample eileen_collins"):
        make_golden(component, component.load(state), inputs_for(component, 256, samples=1), 256, "")
