"""From a folder of correct artifacts to a damaged one in any format; what the tests and `bisect`'s share."""

from dataclasses import dataclass
from pathlib import Path

from damaged_mil import MilFile
from damaged_onnx import OnnxFile
from mutations import Mutation

from mobileswap.contracts.artifact import WeightsRecord
from mobileswap.contracts.format_facts import format_named
from mobileswap.export.exporters import exporter
from mobileswap.export.request import ExportRequest
from mobileswap.model.graph.deploy import DeployGraph, as_half

STEM = "generator"


@dataclass(frozen=True)
class Target:
    """A kind of file; ``aim`` is what its graph is written for, as with ``--target``."""

    format: str
    precision: str
    aim: str = "cpu"

    def __str__(self) -> str:
        return " ".join([self.format, self.precision, *(["ane"] if self.aim == "ane" else [])])

    def file(self, folder: Path) -> Path:
        stem = f"{STEM}-ane" if self.aim == "ane" else STEM
        return folder / f"{stem}-{self.precision}{format_named(self.format).suffix}"


TARGETS = tuple(Target(format_, precision) for format_ in ("onnx", "coreml", "tnn") for precision in ("fp32", "fp16"))
FOR_NEURAL_ENGINE = tuple(Target("coreml", precision, "ane") for precision in ("fp32", "fp16"))


def export_all(graph: DeployGraph, folder: Path, targets: tuple[Target, ...] = TARGETS) -> None:
    """Correct artifacts of a deploy graph, without JSON. TNN's files are made of the ONNX file when one is damaged."""
    weights = WeightsRecord("seeded", "0" * 64, False, "a rule", "MIT")
    for target in targets:
        if target.format != "tnn":
            halved = target == Target("onnx", "fp16")
            request = ExportRequest(target.precision, "tensor", weights, author="", licence="", notice="")
            exporter(target.format)(as_half(graph) if halved else graph, target.file(folder), request)


def damage(mutation: Mutation | None, target: Target, originals: Path, folder: Path, size: int) -> Path:
    """A copy of a correct artifact with this damage, or without any.

    Args:
        mutation: what to do to it.
        target: of which kind.
        originals: where ``export_all`` wrote the correct ones.
        folder: for the damaged one.
        size: height and width of the picture.
    """
    source = Target("onnx", "fp32") if target.format == "tnn" else target
    file = MilFile(source.file(originals)) if source.format == "coreml" else OnnxFile(source.file(originals))
    if mutation:
        mutation.apply(file, size)
    path = target.file(folder)
    if target.format == "tnn":
        return file.save_tnn(path, target.precision)
    return file.save(path)
