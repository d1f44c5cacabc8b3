"""The one visible list of formats. Each exporter imports its toolchain only when it is called."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.tool_version import tool_version
from mobileswap.export.request import ExportRequest
from mobileswap.export.written import Written

if TYPE_CHECKING:
    from mobileswap.model.graph.deploy import DeployGraph

Exporter = Callable[["DeployGraph", Path, ExportRequest], Written]


@dataclass(frozen=True)
class Format:
    """A file format that a component can be exported to.

    Attributes:
        name: on the command line.
        suffix: of the file or package folder.
        precisions: that it can hold; the first is the default.
        image_layout: of a picture with ``--io image``; None where the format has no such interface.
        halves_graph: float16 is made by halving the graph; the other converters choose it themselves.
        untouched: takes the component before any rewrite.
        shipped: part of ``export all``; the others are references.
        target: what the graph is written for with ``--target auto``; see model/graph/deploy.py.
        toolchain: packages whose versions go into artifact.json.
    """

    name: str
    suffix: str
    precisions: tuple[str, ...]
    image_layout: str | None
    halves_graph: bool
    untouched: bool
    shipped: bool
    toolchain: tuple[str, ...]
    target: str = "cpu"


FORMATS = (
    Format(
        name="onnx",
        suffix=".onnx",
        precisions=("fp32", "fp16"),
        image_layout="NHWC",
        halves_graph=True,
        untouched=False,
        shipped=True,
        toolchain=("torch", "onnx", "onnxscript", "onnxsim"),
    ),
    Format(
        name="coreml",
        suffix=".mlpackage",
        precisions=("fp16", "fp32", "mixed"),
        image_layout="NCHW",
        halves_graph=False,
        untouched=False,
        shipped=True,
        toolchain=("torch", "coremltools"),
        target="ane",
    ),
    Format(
        name="tnn",
        suffix=".tnnproto",
        precisions=("fp32", "fp16"),
        image_layout=None,
        halves_graph=False,
        untouched=False,
        shipped=True,
        toolchain=("torch", "onnx", "onnxscript", "onnxsim"),
    ),
    Format(
        name="pytorch",
        suffix=".pt2",
        precisions=("fp32",),
        image_layout=None,
        halves_graph=False,
        untouched=True,
        shipped=False,
        toolchain=("torch",),
    ),
)


def format_named(name: str) -> Format:
    """Look a format up.

    Raises:
        BadInput: there is none of that name; the message lists those there are.
    """
    for entry in FORMATS:
        if entry.name == name:
            return entry
    raise BadInput(f"format {name}: known are {', '.join(entry.name for entry in FORMATS)}")


def exporter(name: str) -> Exporter:
    """The function that writes the format's files.

    Raises:
        BadInput: there is no such format.
    """
    match name:
        case "onnx":
            from mobileswap.export.onnx import export
        case "coreml":
            from mobileswap.export.coreml import export
        case "tnn":
            from mobileswap.export.tnn.export_graph import export
        case "pytorch":
            from mobileswap.export.pytorch import export
        case _:
            format_named(name)
            raise AssertionError(f"format {name} is listed without an exporter")
    return export


def require_options(chosen: Format, request: ExportRequest) -> None:
    """Refuse what the format cannot hold, before anything is computed.

    Raises:
        BadInput: precision, interface or opset.
    """
    if request.precision not in chosen.precisions:
        raise BadInput(f"--precision {request.precision}: {chosen.name} takes {', '.join(chosen.precisions)}")
    if request.io == "image" and chosen.image_layout is None:
        raise BadInput(f"--io image: {chosen.name} has no picture interface; use --io tensor")
    if chosen.name == "onnx" and not 18 <= request.opset <= 26:
        raise BadInput(
            f"--opset {request.opset}: expected 18 to 26; torch's exporter writes nothing older, onnxruntime promises "
            "to read nothing newer"
        )


def versions(chosen: Format) -> dict[str, str]:
    """What made a file of this format: mobileswap's edition, and the versions of the toolchain."""
    return {"mobileswap": tool_version(), **{package: version(package) for package in chosen.toolchain}}
