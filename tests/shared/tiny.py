"""A network of four operations, its golden file, and the artifacts of every format that tiny_*.py makes.

``swapped = tanh(0.5 · target + mean(embedding))``: what PyTorch would compute is one line of NumPy.
"""

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np

from mobileswap.contracts.artifact import SCHEMA, Artifact, WeightsRecord, json_beside, record_file, write_artifact
from mobileswap.contracts.golden_file import Golden, GoldenHeader, Sample, SampleNote, write_golden
from mobileswap.contracts.spec import TensorSpec

SIZE, EMBEDDING = 8, 4
TARGET = TensorSpec("target", (1, 3, SIZE, SIZE), "float32", "NCHW", (-1.0, 1.0), 2.0, "RGB face")
VECTOR = TensorSpec("embedding", (1, EMBEDDING), "float32", "NC", (-1.0, 1.0), 2.0, "identity")
SWAPPED = replace(TARGET, name="swapped")
INPUTS, OUTPUTS = (TARGET, VECTOR), (SWAPPED,)
SPECS = {spec.name: spec for spec in (*INPUTS, *OUTPUTS)}


def compute(target, embedding):
    """The network itself, in float64, rounded once."""
    mean = embedding.astype(np.float64).mean()
    return np.tanh(0.5 * target.astype(np.float64) + mean).astype(np.float32)


def sample(seed: int) -> Sample:
    """A seeded sample on 8-bit levels."""
    rng = np.random.default_rng(seed)
    target = (rng.integers(0, 256, TARGET.shape) / 127.5 - 1).astype(np.float32)
    embedding = rng.normal(size=VECTOR.shape)
    embedding = (embedding / np.linalg.norm(embedding)).astype(np.float32)
    outputs = {"swapped": compute(target, embedding)}
    return Sample(f"s{seed}", {"target": target, "embedding": embedding}, outputs, SPECS)


def golden(path: Path, samples: Sequence[Sample]) -> Path:
    """A golden file of these samples."""
    notes = tuple(SampleNote(s.name, "seeded") for s in samples)
    names = tuple(samples[0].inputs), tuple(samples[0].outputs)
    header = GoldenHeader("tiny", "generator", "0" * 64, "0", *names, notes, tuple(SPECS.values()))
    write_golden(Golden(header, tuple(samples)), path)
    return path


def make(format_: str, folder: Path, precision: str = "fp32") -> Path:
    """The network as a file of a format, by the ``make`` of ``tiny_<format>.py``."""
    return import_module(f"tiny_{format_}").make(folder, precision)


def with_json(path: Path, format_: str, inputs=INPUTS, outputs=OUTPUTS) -> Path:
    """Write artifact.json beside a file and return the file."""
    write_artifact(
        Artifact(
            schema=SCHEMA,
            name=path.stem,
            family="tiny",
            component="generator",
            format=format_,
            precision="fp32",
            io="tensor",
            identity=None,
            inputs=inputs,
            outputs=outputs,
            files=(record_file(path),),
            weights=WeightsRecord("seeded", "0" * 64, False, "a rule", "MIT"),
            rewrites=(),
            options={},
            versions={},
            notice="",
            command="",
            parity=(),
        ),
        json_beside(path),
    )
    return path
