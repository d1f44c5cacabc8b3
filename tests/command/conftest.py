"""The command as a user calls it: in this process, because importing torch anew takes two seconds a time."""

import os
import signal
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from mobileswap.command import app
from mobileswap.model.families import component
from mobileswap.pipeline.export import ExportOptions, export_one
from mobileswap.pipeline.networks import load_networks
from mobileswap.pipeline.progress import Silent
from mobileswap.weights.seeded import seeded_state


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str


@pytest.fixture
def cli(capsys, monkeypatch):
    """``cli("export", "onnx", …)`` runs the command; an exception that it lets through is a failed test."""
    monkeypatch.setitem(os.environ, "ORT_DISABLE_TELEMETRY", "1")
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small networks: on several threads they mostly wait for each other

    def run(*arguments):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            app.main([str(argument) for argument in arguments])
        return Ended(ended.value.code, *capsys.readouterr())

    yield run
    torch.set_num_threads(threads)
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def refusal(cli):
    """``refusal("export", …)`` is the one line on stderr of a command that ends with status 2."""

    def run(*arguments, status=2):
        ended = cli(*arguments)
        lines = ended.err.splitlines()
        assert (ended.status, ended.out, len(lines)) == (status, "", 1), ended
        assert lines[0].startswith("mobileswap: ")
        return lines[0].removeprefix("mobileswap: ")

    return run


@pytest.fixture(scope="session")
def embedder_state():
    """The smaller component's seeded weights; not to be changed, only copied."""
    part = component("mobilefsgan", "embedder")
    return {key: torch.from_numpy(value) for key, value in seeded_state(part.shapes(), part.gains).items()}


@pytest.fixture(scope="session")
def embedder_pth(tmp_path_factory, embedder_state):
    path = tmp_path_factory.mktemp("weights") / "embedder.pth"
    torch.save(embedder_state, path)
    return path


@pytest.fixture(scope="session")
def exported(tmp_path_factory, embedder_pth):
    """A folder with a proven embedder in ONNX and its golden file; not to be changed, only copied."""
    folder = tmp_path_factory.mktemp("exported")
    source = load_networks("mobilefsgan", (str(embedder_pth),))
    assert export_one(source, ExportOptions("onnx", "embedder"), folder, Silent()).accepted
    return folder


@pytest.fixture(scope="session")
def unit_embedding():
    drawn = np.random.default_rng(7).standard_normal(512).astype(np.float32)
    return drawn / np.linalg.norm(drawn)
