"""The one visible list of formats, with every fact in which they differ. It imports no toolchain and no exporter.

export/ writes what is listed here: ``export/<name>.py``, or a folder of that name, has the function ``export``. What a
runtime does with a file stands in the list of runtimes, runtimes/runtime_entries.py.
"""

from dataclasses import dataclass

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.format_options import FormatOptions, own_option


@dataclass(frozen=True)
class Format:
    """A file format that a component can be exported to.

    Attributes:
        name: on the command line, and of the module in export/ that writes it.
        title: as the papers and its vendor write it.
        suffix: of the file or package folder that a runtime opens.
        precisions: that it can hold; the first is the default.
        toolchain: packages that write it; their versions go into artifact.json.
        extra: of ours that brings the toolchain; "" where it is always there.
        blocked: modules that are never imported with the toolchain, as they report its use to the vendor.
        released: precisions that a release holds.
        image_layout: of a picture with ``--io image``; None where the format has no such interface.
        halves_graph: float16 is made by halving the graph; the other converters choose it themselves.
        untouched: takes the component before any rewrite.
        shipped: part of ``export all``; the others are asked for by name.
        target: what the graph is written for with ``--target auto``; see model/graph/deploy.py.
        options: its own options on the command line.
        mil: is a program in Core ML's language, which `lint ane`, `parity growth` and the search for ``mixed`` read.
        open_without_vendor: what a proof leaves open that only our own executors gave, a sentence.
        open_with_vendor: what the vendor's runtime leaves open too.
    """

    name: str
    title: str
    suffix: str
    precisions: tuple[str, ...]
    toolchain: tuple[str, ...]
    extra: str = ""
    blocked: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    image_layout: str | None = None
    halves_graph: bool = False
    untouched: bool = False
    shipped: bool = True
    target: str = "cpu"
    options: type[FormatOptions] = FormatOptions
    mil: bool = False
    open_without_vendor: str = ""
    open_with_vendor: str = ""


@dataclass(frozen=True)
class OnnxOptions(FormatOptions):
    opset: int = own_option(
        18,
        "Operator set of the ONNX file, 18 to 26.",
        range(18, 27),
        reason="torch's exporter writes nothing older, onnxruntime promises to read nothing newer",
    )


@dataclass(frozen=True)
class CoreMlOptions(FormatOptions):
    ios: str = own_option(
        "iOS16",
        "Oldest system that runs the CoreML package: iOS15, iOS16, iOS17 or iOS18.",
        ("iOS15", "iOS16", "iOS17", "iOS18"),
        recorded="minimum_deployment_target",
    )


FORMATS = (
    Format(
        name="onnx",
        title="ONNX",
        suffix=".onnx",
        precisions=("fp32", "fp16"),
        toolchain=("torch", "onnx", "onnxscript", "onnxsim"),
        released=("fp32",),
        image_layout="NHWC",
        halves_graph=True,
        options=OnnxOptions,
    ),
    Format(
        name="coreml",
        title="CoreML",
        suffix=".mlpackage",
        precisions=("fp16", "fp32", "mixed"),
        toolchain=("torch", "coremltools"),
        released=("fp16", "fp32"),
        image_layout="NCHW",
        target="ane",
        options=CoreMlOptions,
        mil=True,
        open_without_vendor="Core ML itself: the .mlpackage files were executed by mobileswap's reference executor on "
        "a CPU, never by Core ML, and never on an iPhone's GPU or Neural Engine. Their speed is not known.",
        open_with_vendor="Which of a Mac's units Core ML really used, and anything on an iPhone's GPU or Neural "
        "Engine.",
    ),
    Format(
        name="tnn",
        title="TNN",
        suffix=".tnnproto",
        precisions=("fp32", "fp16"),
        toolchain=("torch", "onnx", "onnxscript", "onnxsim"),
        released=("fp32", "fp16"),
        open_without_vendor="TNN itself: the .tnnproto files were executed by mobileswap's reference executor on a "
        "CPU, never by TNN, and never on a phone. --tnn-test gives TNN's own program a say.",
        open_with_vendor="What TNN does on a phone's GPU or NPU.",
    ),
    Format(
        name="openvino",
        title="OpenVINO",
        suffix=".xml",
        precisions=("fp32", "fp16"),
        toolchain=("torch", "onnx", "onnxscript", "onnxsim", "openvino"),
        extra="openvino",
        blocked=("openvino_telemetry",),
        image_layout="NHWC",
        shipped=False,
        open_with_vendor="OpenVINO on another processor, and in bf16, its own choice on processors that have it: an "
        "app has to ask for f32, as here.",
    ),
    Format(
        name="pytorch",
        title="PyTorch",
        suffix=".pt2",
        precisions=("fp32",),
        toolchain=("torch",),
        released=("fp32",),
        untouched=True,
        shipped=False,
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


def title_of(name: str) -> str:
    """A format's title; one that is not listed keeps its name, as in a file of another mobileswap."""
    return next((entry.title for entry in FORMATS if entry.name == name), name)


def all_precisions() -> tuple[str, ...]:
    """Of any format, each once, in the order of the list."""
    return tuple(dict.fromkeys(precision for entry in FORMATS for precision in entry.precisions))


def contents_of_a_release() -> tuple[tuple[str, str], ...]:
    """Format and precision of all that a release holds, the reference first: the order of its tables."""
    reference_first = sorted(FORMATS, key=lambda entry: not entry.untouched)
    return tuple((entry.name, precision) for entry in reference_first for precision in entry.released)
