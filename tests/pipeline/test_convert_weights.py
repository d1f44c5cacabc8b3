import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from mobileswap.contracts.errors import BadInput
from mobileswap.pipeline.convert_weights import convert
from mobileswap.pipeline.networks import load_networks


def test_each_component_becomes_a_file_that_loads_to_the_same_weights(weights, tmp_path, source):
    paths = convert(str(weights()), tmp_path / "w.safetensors", "tiny")
    assert [path.name for path in paths] == ["w-generator.safetensors", "w-embedder.safetensors"]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(path.name for path in paths)
    again = load_networks("tiny", tuple(str(path) for path in paths))
    for name in ("generator", "embedder"):
        assert again.weights[name].record.sha256 == source.weights[name].record.sha256
    with safe_open(paths[0], framework="np") as file:
        assert file.metadata()["sha256"] == source.weights["generator"].record.sha256


def test_one_component_keeps_the_name_and_lies_beside_it(weights, tmp_path):
    checkpoint = tmp_path / "w.pth"
    checkpoint.write_bytes(weights(0, ("generator",)).read_bytes())
    (path,) = convert(str(checkpoint), None, "tiny")
    assert path == tmp_path / "w.safetensors"
    assert torch.equal(
        load_file(path)["conv.weight"], torch.load(checkpoint, weights_only=True)["generator"]["conv.weight"]
    )


def test_it_does_not_write_over_its_own_source(weights, tmp_path):
    (path,) = convert(str(weights(0, ("generator",))), tmp_path / "w.safetensors", "tiny")
    before = path.read_bytes()
    with pytest.raises(BadInput, match="give another name with -o"):
        convert(str(path), None, "tiny")
    assert path.read_bytes() == before


def test_another_suffix_is_refused(weights, tmp_path):
    with pytest.raises(BadInput, match=r"expected a name that ends in \.safetensors"):
        convert(str(weights()), tmp_path / "w.bin", "tiny")
