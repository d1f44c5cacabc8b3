"""A family of two networks that export in a second, on the released family's component names."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from mobileswap.contracts.chain import Role
from mobileswap.contracts.signature import Signature
from mobileswap.contracts.spec import TensorSpec
from mobileswap.model.component import Bake, Component
from mobileswap.model.mobilefsgan.family import FAMILY
from mobileswap.model.rewrite import Rewrite
from mobileswap.pipeline.export import ExportOptions, export_one
from mobileswap.pipeline.networks import load_networks
from mobileswap.pipeline.progress import Silent

LENGTH = 4  # of an embedding


class Swapper(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(3)
        self.conv = nn.Conv2d(3, 3, 1)
        self.identity = nn.Linear(LENGTH, 3)

    def forward(self, target, embedding=None):
        return torch.tanh(self.conv(self.norm(target)) + self.identity(embedding)[:, :, None, None])


class Embedder(nn.Module):
    def __init__(self):
        super().__init__()
        self.face = nn.Conv2d(3, LENGTH, 5, stride=5)

    def forward(self, source):
        return F.normalize(self.face(source).square().mean(dim=(2, 3)), dim=1)


class Known(nn.Module):
    def __init__(self, value):
        super().__init__()
        self.register_buffer("value", value)

    def forward(self, _):
        return self.value


def bake(network, embedding):
    network.identity = Known(network.identity(embedding.to(network.identity.weight.dtype)))
    return 1


def fold(network):
    norm, conv = network.norm, network.conv
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    shift = norm.bias - norm.running_mean * scale
    conv.bias = nn.Parameter(conv.bias + conv.weight[:, :, 0, 0] @ shift)
    conv.weight = nn.Parameter(conv.weight * scale[None, :, None, None])
    network.norm = nn.Identity()
    return 1


def nowhere(_):
    return 0


def face(name, size):
    return TensorSpec(name, (1, 3, size, size), "float32", "NCHW", (-1.0, 1.0), 2.0, "RGB face")


VECTOR = TensorSpec("embedding", (1, LENGTH), "float32", "NC", (-1.0, 1.0), 2.0, "identity, L2 norm 1")


def generator():
    return Component(
        family="tiny",
        name="generator",
        role=Role.SWAPPER,
        network=Swapper,
        wrap=lambda network: network,
        signature=lambda size: Signature((face("target", size), VECTOR), (face("swapped", size),)),
        default_size=256,
        size_step=32,
        rewrites=(
            Rewrite("fold-norm", "a 1×1 convolution has no border", fold),
            Rewrite("for-the-ane", "what CoreML runs on", nowhere, targets=("ane",)),
        ),
        bake=Bake("embedding", bake),
    )


def embedder():
    return Component(
        family="tiny",
        name="embedder",
        role=Role.EMBEDDER,
        network=Embedder,
        wrap=lambda network: network,
        signature=lambda _: Signature((face("source", 256),), (VECTOR,)),
        default_size=256,
    )


@pytest.fixture(autouse=True)
def _tiny_family(monkeypatch):
    """``tiny`` is a family like any other: a line in the list, and a module with its factories."""
    module = ModuleType("tiny_family")
    module.generator, module.embedder = generator, embedder
    monkeypatch.setitem(sys.modules, "tiny_family", module)
    entry = replace(FAMILY, name="tiny", title="Tiny", factory="tiny_family")  # a chain as the released family has it
    monkeypatch.setattr("mobileswap.model.families.FAMILIES", (entry,))


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """``weights(seed)`` is a checkpoint with both components."""
    made = {}

    def make(seed=0, parts=("generator", "embedder")):
        key = (seed, parts)
        if key not in made:
            torch.manual_seed(seed)
            networks = {"generator": Swapper(), "embedder": Embedder()}
            networks["generator"].norm.running_mean.normal_()
            networks["generator"].norm.running_var.uniform_(0.5, 2)
            made[key] = tmp_path_factory.mktemp("weights") / "tiny.pth"
            torch.save({name: networks[name].state_dict() for name in parts}, made[key])
        return made[key]

    return make


@pytest.fixture
def source(weights):
    return load_networks("tiny", (str(weights()),))


@pytest.fixture(scope="session")
def _exported_once(tmp_path_factory):
    """A folder with the generator's proven ONNX file, its JSON and its golden file; filled by the first who asks."""
    return tmp_path_factory.mktemp("proven") / "out"


@pytest.fixture
def proven(_exported_once, source, tmp_path):
    """The artifact's path in a copy of that folder, ``tmp_path / "out"``."""
    if not _exported_once.exists():
        assert export_one(source, ExportOptions("onnx", "generator"), _exported_once, Silent()).accepted
    return Path(shutil.copytree(_exported_once, tmp_path / "out")) / "tiny-generator-fp32.onnx"


@pytest.fixture
def progress():
    return Silent()


@pytest.fixture
def tree():
    """``tree(folder)``: all files below it, as sorted relative names."""

    def names(folder):
        return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())

    return names
