"""Networks of the released shape and of a tiny one, on weights made by rule or with random statistics."""

import pytest
import torch

from mobileswap.model.mobilefsgan.components import embedder, generator
from mobileswap.weights.seeded import seeded_state


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Tiny layers on several threads mostly wait for each other; and golden numbers were made on one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny():
    """Both components with few channels and embeddings of 8: the same layers, 200 times fewer parameters."""
    return {"generator": generator(channels=8, embedding_size=8), "embedder": embedder(embedding_size=8)}


@pytest.fixture(scope="session")
def released():
    return {"generator": generator(), "embedder": embedder()}


@pytest.fixture(scope="session")
def seeded():
    """``seeded(component)`` is its state_dict by the rule of weights/seeded.py."""

    def state(component):
        arrays = seeded_state(component.shapes(), component.gains)
        return {key: torch.from_numpy(array) for key, array in arrays.items()}

    return state


@pytest.fixture(scope="session")
def random_network():
    """``random_network(component, seed)``: float64, every normalisation with statistics and affine of its own."""

    def make(component, seed):
        torch.manual_seed(seed)
        network = component.network().double().eval().requires_grad_(requires_grad=False)
        for layer in network.modules():
            if isinstance(layer, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
                layer.running_mean.normal_(0, 0.5)
                layer.running_var.uniform_(0.2, 3)
                if layer.affine:
                    layer.weight.normal_(1, 0.5)  # some are negative
                    layer.bias.normal_(0, 0.5)
        return network

    return make
