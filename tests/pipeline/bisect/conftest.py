"""The released architecture with 8 channels, exported once per kind of file, and its weights as a checkpoint."""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from damage import Target, damage
from mutations import Mutation

from mobileswap.contracts.artifact import json_beside, read_artifact, record_file, write_artifact
from mobileswap.contracts.format_facts import format_named
from mobileswap.contracts.verdict import Outcome
from mobileswap.model.mobilefsgan.components import embedder, generator
from mobileswap.model.mobilefsgan.family import FAMILY
from mobileswap.pipeline.bisect import BisectOptions, bisect
from mobileswap.pipeline.export import ExportOptions, export_one
from mobileswap.pipeline.networks import Networks, load_networks
from mobileswap.pipeline.progress import Silent
from mobileswap.runtimes.process.isolation import Reply
from mobileswap.runtimes.process.job import Answer
from mobileswap.runtimes.process.watching import watch_job
from mobileswap.weights.seeded import seeded_state

torch.set_num_threads(1)  # more of them only wait for one another on pictures this small
LENGTH = 8  # of an embedding
SIZE = 64


@dataclass(frozen=True)
class Exports:
    """Correct artifacts of one source, each made when first asked for, and damaged copies of them."""

    source: Networks
    size: int
    new_folder: Callable[[], Path]
    done: dict[tuple, Path] = field(default_factory=dict)

    def correct(self, format_, precision, component="generator", **options) -> Path:
        """Of an artifact with its JSON; named as damage.py expects it."""
        options.setdefault("target", format_named(format_).target)
        key = (format_, precision, component, *sorted(options.items()))
        if key not in self.done:
            folder = self.new_folder()
            size = self.size if component == "generator" else 256
            wanted = ExportOptions(format_, component, precision, size=size, verify=False, **options)
            made = export_one(self.source, wanted, folder, Silent())
            self.done[key] = _renamed(made.path, Target(format_, precision, options["target"]).file(folder))
        return self.done[key]

    def damaged(self, mutation: Mutation, target: Target, folder: Path) -> Path:
        """Of a damaged copy whose JSON vouches for its bytes."""
        correct = self.correct(target.format, target.precision, target=target.aim)
        origin = self.correct("onnx", "fp32", target="cpu") if target.format == "tnn" else correct
        path = damage(mutation, target, origin.parent, folder, self.size)
        files = [path, *([path.with_suffix(".tnnmodel")] if target.format == "tnn" else [])]
        artifact = read_artifact(correct)
        write_artifact(replace(artifact, files=tuple(record_file(file) for file in files)), json_beside(path))
        return path


def _renamed(path: Path, target: Path) -> Path:
    artifact = read_artifact(path)
    moved = []
    for record in artifact.files:
        file = path.with_name(record.name)
        moved.append(file.rename(target.with_suffix(file.suffix)))
    write_artifact(replace(artifact, files=tuple(record_file(file) for file in moved)), json_beside(target))
    return target


@pytest.fixture(scope="session")
def small_family():
    """A line for the list of families, as if it had been published."""
    module = ModuleType("small_family")
    module.generator = lambda: generator(channels=8, embedding_size=LENGTH)
    module.embedder = lambda: embedder(embedding_size=LENGTH)
    sys.modules["small_family"] = module
    yield replace(FAMILY, title="Small", factory="small_family")
    del sys.modules["small_family"]


@pytest.fixture
def source(monkeypatch, small_family, checkpoint):
    monkeypatch.setattr("mobileswap.model.families.FAMILIES", (small_family,))
    return load_networks("mobilefsgan", (str(checkpoint()),))


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    """``checkpoint(seed)``: seeded gains, so that the picture depends on every layer."""
    made = {}

    def make(seed=0):
        if seed not in made:
            torch.manual_seed(seed)
            states = {}
            for name, component in (("generator", generator(8, LENGTH)), ("embedder", embedder(LENGTH))):
                gains = tuple(
                    (p, g * math.sqrt(LENGTH / 512) if p.startswith("fc_") else g) for p, g in component.gains
                )
                drawn = seeded_state(component.shapes(), gains)
                states[name] = {key: torch.from_numpy(np.asarray(value)) for key, value in drawn.items()}
            if seed:
                states["generator"]["encoder_head.conv_image.weight"] *= 1 + seed / 100
            made[seed] = tmp_path_factory.mktemp("weights") / "small.pth"
            torch.save(states, made[seed])
        return made[seed]

    return make


@pytest.fixture(scope="session")
def _done():
    return {}


@pytest.fixture
def exports(_done, source, tmp_path_factory):
    return Exports(source, SIZE, lambda: tmp_path_factory.mktemp("correct"), _done)


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """The released network on its seeded weights."""
    return Exports(load_networks("mobilefsgan", ("seeded",)), 256, lambda: tmp_path_factory.mktemp("released"))


@pytest.fixture
def exported(exports):
    """``exported(format, precision, …)`` is the path of a correct artifact with its JSON."""
    return exports.correct


@pytest.fixture
def damaged(exports, tmp_path):
    """``damaged(mutation, target)`` is the path of a damaged one."""
    return lambda mutation, target: exports.damaged(mutation, target, tmp_path)


@pytest.fixture
def in_process(monkeypatch):
    """Runtimes run in this process, which has imported all that a worker would have to."""

    def run_job(job, inputs, timeout_s):
        try:
            outputs = (watch_job(job, job.watch, inputs[0]),)
        except Exception as error:  # noqa: BLE001  whatever a runtime raises is a crash
            return Reply(Answer(Outcome.CRASH, str(error)), ())
        return Reply(Answer(Outcome.PASS, ""), outputs)

    monkeypatch.setattr("mobileswap.pipeline.bisect.search.run_job", run_job)


@pytest.fixture
def search(in_process, source, checkpoint, tmp_path):
    """``search(path, weights=…, identity=…)`` is what comes of it."""

    def run(path, weights=None, **options):
        return bisect(path, BisectOptions(tmp_path, (str(weights or checkpoint()),), **options), Silent())

    return run
