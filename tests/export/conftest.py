"""The released architecture with 4 channels, exported once per format, precision and interface."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from folders import ROOT

from mobileswap.contracts.artifact import WeightsRecord
from mobileswap.contracts.format_facts import format_named
from mobileswap.contracts.spec import TensorSpec
from mobileswap.export.exporters import exporter
from mobileswap.export.request import ExportRequest
from mobileswap.model.graph.deploy import DeployGraph, as_half, deploy, untouched
from mobileswap.model.graph.probe import probe
from mobileswap.model.mobilefsgan.components import embedder, generator
from mobileswap.model.mobilefsgan.family import FAMILY

SIZE = 64  # of the generator's image: what a file says of itself does not depend on it


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Tiny layers on several threads mostly wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def request_for():
    """``request_for(precision="fp32", io="tensor", ...)`` with weights whose hash is recognisable."""

    def make(precision="fp32", io="tensor", *, trained=True, **options):
        weights = WeightsRecord("w.pth", "0123456789abcdef" * 4, trained, "user's file w.pth", "user's own")
        return ExportRequest(
            precision, io, weights, author="A paper; its code", licence="MIT", notice=FAMILY.notice, **options
        )

    return make


@pytest.fixture(scope="session")
def components():
    return {"generator": generator(channels=4, embedding_size=8), "embedder": embedder(embedding_size=8)}


@pytest.fixture(scope="session")
def networks(components):
    torch.manual_seed(0)
    made = {}
    for name, component in components.items():
        network = component.network().eval().requires_grad_(requires_grad=False)
        for layer in network.modules():
            if isinstance(layer, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
                layer.running_mean.normal_(0, 0.3)
                layer.running_var.uniform_(0.5, 1.5)
        made[name] = network
    return made


@pytest.fixture(scope="session")
def graph_of(components, networks):
    """``graph_of(format, component, precision)`` as the pipeline makes it; ``embedding`` to bake one in."""

    def make(format_name, part, precision="fp32", embedding=None):
        chosen, size = format_named(format_name), SIZE if part == "generator" else 256
        if chosen.untouched:
            return untouched(components[part], networks[part], size=size)
        graph = deploy(components[part], networks[part], size=size, baked=embedding)
        return as_half(graph) if precision == "fp16" and chosen.halves_graph else graph

    return make


@pytest.fixture
def small_graph():
    """One convolution: for what does not depend on the network."""
    face = TensorSpec("target", (1, 3, 16, 16), "float32", "NCHW", (-1.0, 1.0), 2.0, "RGB target face, aligned")
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 3, 3, padding=1), torch.nn.Tanh()).requires_grad_(False).eval()
    outputs = (replace(face, name="swapped", meaning="RGB face"),)
    return DeployGraph("mobilefsgan", "generator", module, (face,), outputs, probe((face,)), ())


@pytest.fixture(scope="session")
def exported(graph_of, request_for, tmp_path_factory):
    """``exported(format, component="generator", precision="fp32")`` is (first file, graph, what was written)."""
    done = {}

    def once(format_name, part="generator", precision="fp32"):
        key = (format_name, part, precision)
        if key not in done:
            graph = graph_of(*key)
            path = tmp_path_factory.mktemp("exported") / f"{part}-{precision}{format_named(format_name).suffix}"
            done[key] = (path, graph, exporter(format_name)(graph, path, request_for(precision)))
        return done[key]

    return once


@pytest.fixture(scope="session")
def contents():
    """``contents(files)``: the bytes of every file of an artifact, and of what is in it where it is an archive."""

    def read(files):
        found = {}
        for file in (p for path in files for p in (path, *path.rglob("*")) if p.is_file()):
            found[file.name] = file.read_bytes()
            if zipfile.is_zipfile(file):
                with zipfile.ZipFile(file) as archive:
                    found |= {name: archive.read(name) for name in archive.namelist()}
        return found

    return read


@pytest.fixture(scope="session")
def folders():
    """The folders of this machine that no artifact may name, as bytes."""
    import sys
    import tempfile

    places = {ROOT, Path.home(), Path(sys.prefix), Path(torch.__file__).parents[1], Path(tempfile.gettempdir())}
    return sorted(str(place).encode() for place in places if len(str(place)) > 1)


@pytest.fixture(scope="session")
def released_request(request_for):
    """The released generator on seeded weights, as a deploy graph, and a request for it."""
    from mobileswap.model.checkpoint.loading import load

    component = generator()
    weights = load(("seeded",), (component,))["generator"]
    return deploy(component, component.load(weights.state), size=256), request_for()
