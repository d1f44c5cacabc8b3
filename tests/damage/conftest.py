"""The generator with 8 channels, exported once to every format, and the golden files that it is held against."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from damage import FOR_NEURAL_ENGINE, TARGETS, Target, damage, export_all
from mutations import Mutation, identity
from released_samples import inputs_for

from mobileswap.contracts.golden_file import write_golden
from mobileswap.contracts.verdict import Outcome, ParityReport
from mobileswap.model.checkpoint.loading import load
from mobileswap.model.golden import make_golden
from mobileswap.model.graph.deploy import deploy
from mobileswap.model.mobilefsgan.components import generator
from mobileswap.parity.check import check
from mobileswap.runtimes.process.isolation import Reply
from mobileswap.runtimes.process.job import Answer
from mobileswap.runtimes.runner import RunnerOptions
from mobileswap.runtimes.runtime_entries import open_runner, proving
from mobileswap.weights.seeded import seeded_state

EMBEDDING = 8  # values
ALL = (*TARGETS, *FOR_NEURAL_ENGINE)


@dataclass(frozen=True)
class Bench:
    """Correct artifacts of one network, and its golden files."""

    folder: Path
    golden: Path
    golden_of_one: Path
    size: int
    inputs: tuple
    outputs: tuple
    threads: int = 1

    def judge(self, mutation: Mutation | None, target: Target, folder: Path) -> list[ParityReport]:
        """Damage an artifact and let every runtime that has a say judge it."""
        path = damage(mutation, target, self.folder, folder, self.size)
        baked = mutation is not None and mutation.baked
        return [
            check(
                path,
                self.golden_of_one if baked else self.golden,
                proof.runtime,
                limits=proof.limits,
                inputs=[spec for spec in self.inputs if not (baked and spec.name == "embedding")],
                outputs=self.outputs,
                options=RunnerOptions(threads=self.threads),
            )
            for proof in proving(target.format, target.precision)
        ]


def make_bench(component, network, folder, size, wanted, targets, threads=1) -> Bench:
    """Export a network and run it on some of the default samples, ``wanted`` by name."""
    signature = component.signature(size)
    length = signature.input("embedding").shape[1]
    inputs = [entry for entry in inputs_for(component, size) if entry.name in wanted]
    assert len(inputs) == len(wanted)
    one = [replace(entry, tensors={**entry.tensors, "embedding": identity(length)}) for entry in inputs]
    for name, entries in (("golden", inputs), ("golden-of-one", one)):
        write_golden(make_golden(component, network, entries, size, "0" * 64), folder / f"{name}.safetensors")
    for aim in dict.fromkeys(target.aim for target in targets):
        graph = deploy(component, network, size=size, target=aim)
        export_all(graph, folder, tuple(target for target in targets if target.aim == aim))
    return Bench(
        folder,
        folder / "golden.safetensors",
        folder / "golden-of-one.safetensors",
        size,
        signature.inputs,
        signature.outputs,
        threads,
    )


@pytest.fixture(scope="session")
def tiny_bench(tmp_path_factory):
    component = generator(channels=8, embedding_size=EMBEDDING)
    # the gain of the layers that read the embedding is for one of 512 values of norm 1; 8 such values are larger
    smaller = math.sqrt(EMBEDDING / 512)
    gains = tuple((part, gain * smaller if part.startswith("fc_") else gain) for part, gain in component.gains)
    drawn = seeded_state(component.shapes(), gains)
    network = component.load({key: torch.from_numpy(np.asarray(value)) for key, value in drawn.items()})
    wanted = (
        "eileen_collins-as-grace_hopper",
        "grace_hopper-as-eileen_collins",
        "noise",
        "gradient",
        "checkerboard",
        "black",
        "white",
        "corner",
    )
    targets = (Target("onnx", "fp32"), Target("coreml", "fp16"), *FOR_NEURAL_ENGINE[:1])
    return make_bench(component, network, tmp_path_factory.mktemp("tiny"), 64, wanted, targets)


@pytest.fixture(scope="session")
def released_bench(tmp_path_factory):
    """The released network on seeded weights, with three samples: whatever three show, more show too."""
    component = generator()
    network = component.load(load(("seeded",), (component,))["generator"].state)
    wanted = ("grace_hopper-as-eileen_collins", "noise", "corner")
    return make_bench(component, network, tmp_path_factory.mktemp("released"), 256, wanted, ALL, threads=2)


@pytest.fixture
def in_process(monkeypatch):
    """Runners are opened here: importing torch in a process of its own takes longer than the tiny network itself."""

    def run_job(job, inputs, timeout_s):
        try:
            runner = open_runner(job.runtime, Path(job.artifact), job.options)
            outputs = tuple(runner.run(sample) for sample in inputs)
            runner.close()
        except Exception as error:  # noqa: BLE001  whatever a runtime raises is a crash
            return Reply(Answer(Outcome.CRASH, str(error)), ())
        return Reply(Answer(Outcome.PASS, "", runner.version), outputs)

    monkeypatch.setattr("mobileswap.parity.check.run_job", run_job)
