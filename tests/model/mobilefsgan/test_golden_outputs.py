"""Our networks against what the released modules computed on the same weights; see golden/README.md."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mobileswap.model.mobilefsgan.embedder import crop_face

FOLDER = Path(__file__).parent / "golden"
TOLERANCE = 1e-4  # two threads alone moved the released modules by 4e-5


def distance(ours, theirs):
    assert ours.shape == theirs.shape
    return np.abs(ours.numpy().astype(np.float64) - theirs).max()


@pytest.fixture(scope="module")
def generator_outputs(released, seeded):
    golden = np.load(FOLDER / "generator.npz")
    network = released["generator"].load(seeded(released["generator"]))
    target, embedding = torch.from_numpy(golden["target"]), torch.from_numpy(golden["embedding"])
    with torch.inference_mode():
        image256, image128, image64, attributes = network(target, embedding)
        _, tap_b = network.encoder_head(target)
        identity = network.identity_encoder(tap_b, embedding)
        swapped = released["generator"].wrap(network)(target, embedding)
    outputs = {
        "image256": image256,
        "image128_every2": image128[:, :, ::2, ::2],
        "image64": image64,
        "identity64_every8": identity[:, ::8, ::8, ::8],
        "attribute64_4_every8": attributes[11][:, ::8, ::8, ::8],
        "swapped": swapped,
        "image128": image128,
        "attributes": attributes,
    }
    return golden, outputs


@pytest.mark.parametrize(
    "name", ["image256", "image128_every2", "image64", "identity64_every8", "attribute64_4_every8"]
)
def test_generator_computes_what_the_released_one_does(generator_outputs, name):
    golden, outputs = generator_outputs
    assert golden[name].std() > 0.1  # a constant would prove nothing
    assert distance(outputs[name], golden[name]) <= TOLERANCE


def test_whole_128_image_has_the_released_statistics(generator_outputs):
    golden, outputs = generator_outputs
    image = outputs["image128"].numpy().astype(np.float64)
    np.testing.assert_allclose([image.mean(), image.std()], golden["image128_mean_std"], atol=1e-5)


def test_component_gives_the_256_image(generator_outputs):
    _, outputs = generator_outputs
    assert torch.equal(outputs["swapped"], outputs["image256"])


def test_attribute_maps_are_three_four_and_five_with_their_sizes(generator_outputs):
    _, outputs = generator_outputs
    assert [x.shape[-1] for x in outputs["attributes"]] == [256] * 3 + [128] * 4 + [64] * 5


def test_embedder_computes_what_the_released_one_does(released, seeded):
    golden = np.load(FOLDER / "embedder.npz")
    network = released["embedder"].load(seeded(released["embedder"]))
    source = torch.from_numpy(golden["source"])
    with torch.inference_mode():
        embedding = released["embedder"].wrap(network)(source)
    assert distance(crop_face(source)[:, :, ::2, ::2], golden["crop112_every2"]) <= TOLERANCE
    assert distance(embedding, golden["embedding"]) <= TOLERANCE
    assert embedding.norm().item() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("name", "parameters", "keys"), [("generator", 2_517_781, 365), ("embedder", 1_200_512, 333)])
def test_released_counts(released, name, parameters, keys):
    network = released[name].network()
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert len(network.state_dict()) == len(released[name].shapes()) == keys


def test_shapes_are_those_of_the_built_network(tiny):
    for component in tiny.values():
        built = {key: tuple(value.shape) for key, value in component.network().state_dict().items()}
        assert component.shapes() == built


def test_loaded_network_is_in_evaluation_mode_without_gradients(tiny, seeded):
    network = tiny["generator"].load(seeded(tiny["generator"]))
    assert not any(module.training for module in network.modules())
    assert not any(parameter.requires_grad for parameter in network.parameters())
