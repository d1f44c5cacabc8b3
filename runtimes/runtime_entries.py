"""The one list of runtimes: what each opens, what its verdict is worth, and when it is not there."""

import sys
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mobileswap.contracts.blocked_modules import block_modules
from mobileswap.contracts.errors import BadInput, Unavailable
from mobileswap.formats.interface import Interface
from mobileswap.runtimes.execution_providers import PROVIDERS
from mobileswap.runtimes.looking_inside import Run, Sink, Watcher, observing
from mobileswap.runtimes.runner import AS_IT_IS, Runner, RunnerOptions, Settings, VendorProgram
from mobileswap.runtimes.tnntest.devices import TNN_DEVICES

if TYPE_CHECKING:
    from mobileswap.runtimes.reference.mil import Arithmetic

Opens = Callable[[Path, RunnerOptions], Runner]
_OPTIONS = {"dtype": "--dtype", "compiled": "--compile", "channels_last": "--channels-last"}


@dataclass(frozen=True)
class Runtime:
    """What differs between runtimes, as data.

    Attributes:
        opens: imports the runtime's toolchain, then opens an artifact.
        proves: (format, precision) of the artifacts whose parity it decides, with the name of the limits it is held
            to; see LIMITS in parity.py.
        declares: reads what a file says of itself, before anything opens it.
        modules: the Python modules it needs; a worker imports the first before its clock starts.
        reference_executor: our own executor in place of the vendor's runtime. Its time is nobody's, so it is never
            benchmarked.
        bitmaps: pictures with values 0–255 cross its border as uint8 NHWC, whatever the file computes in.
        devices: what may be asked of it, the default first.
        device_names: the vendor's own names of devices, by ours; they may be asked for as well.
        missing_device: why one of them is not there on this machine, or None; it asks the toolchain.
        settings: fields of ``Settings`` that it knows.
        platform: the only ``sys.platform`` where it exists, or "" for all.
        elsewhere: what to do on another platform.
        extra: of ours that brings the modules; "" where they are always there.
        blocked: modules that are never imported with those, as they report their use to the vendor.
        arithmetic: ``fp32`` or ``fp16``, of a runtime that computes so whatever the file declares; "" follows the file.
        watch: opens an artifact to show what it computes inside; None where the runtime shows nothing.
        widens: ``watch`` can be told to compute in float32 what the file declares as float16.
        program: option that names the vendor's program; the runtime has a say only where one is given. It times its
            passes itself, as starting it is no part of one, and its load time and memory cannot be seen.
    """

    name: str
    opens: Opens
    proves: Mapping[tuple[str, str], str]
    declares: Callable[[Path], Interface]
    modules: tuple[str, ...]
    reference_executor: bool = False
    bitmaps: bool = False
    devices: tuple[str, ...] = ("cpu",)
    device_names: Mapping[str, str] = field(default_factory=dict)
    missing_device: Callable[[str], str | None] = lambda _: None
    settings: tuple[str, ...] = ()
    platform: str = ""
    elsewhere: str = field(default="", repr=False)
    program: str = ""
    extra: str = ""
    blocked: tuple[str, ...] = ()
    arithmetic: str = ""
    watch: Watcher | None = None
    widens: bool = False

    @property
    def formats(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(format_ for format_, _ in self.proves))

    def import_toolchain(self) -> None:
        """Import the first of the modules, and nothing that is blocked."""
        block_modules(self.blocked)
        import_module(self.modules[0])

    @property
    def wide(self) -> bool:
        """Its inside can be seen in float32, whatever the file declares."""
        return self.watch is not None and (self.widens or self.arithmetic == "fp32")

    @property
    def benchmarkable(self) -> bool:
        return not self.reference_executor


@dataclass(frozen=True)
class Proof:
    """A runtime that has to execute an artifact, and the limits its outputs are held to."""

    runtime: str
    limits: str


def _pytorch(path: Path, options: RunnerOptions) -> Runner:
    from mobileswap.runtimes.pytorch import PyTorchRunner

    return PyTorchRunner(path, options)


def _pytorch_device(device: str) -> str | None:
    from mobileswap.runtimes.pytorch import missing_device

    return missing_device(device)


def _onnxruntime(path: Path, options: RunnerOptions) -> Runner:
    from mobileswap.runtimes.onnxruntime import OnnxRuntimeRunner

    return OnnxRuntimeRunner(path, options)


def _onnxruntime_device(device: str) -> str | None:
    from mobileswap.runtimes.onnxruntime import missing_provider

    return missing_provider(device)


def _watch_onnxruntime(
    path: Path, options: RunnerOptions, wanted: Container[str], sink: Sink, *, widen: bool
) -> AbstractContextManager[Run]:
    from mobileswap.runtimes.onnxruntime_inside import watch_onnxruntime

    return watch_onnxruntime(path, options, wanted, sink, widen=widen)


def _openvino(path: Path, options: RunnerOptions) -> Runner:
    from mobileswap.runtimes.openvino import OpenVinoRunner

    return OpenVinoRunner(path, options)


def _watch_openvino(
    path: Path, options: RunnerOptions, wanted: Container[str], sink: Sink, *, widen: bool
) -> AbstractContextManager[Run]:
    from mobileswap.runtimes.openvino import watch_openvino

    return watch_openvino(path, options, wanted, sink, widen=widen)


def _coreml(path: Path, options: RunnerOptions) -> Runner:
    from mobileswap.runtimes.coreml import CoreMlRunner

    return CoreMlRunner(path, options)


def _mil(arithmetic: "Arithmetic") -> Opens:
    def opens(path: Path, options: RunnerOptions) -> Runner:
        from mobileswap.runtimes.reference.mil import MilRunner

        return MilRunner(path, options, arithmetic)

    return opens


def _watch_mil(arithmetic: "Arithmetic") -> Watcher:
    @contextmanager
    def watch(path: Path, options: RunnerOptions, wanted: Container[str], sink: Sink, *, widen: bool) -> Iterator[Run]:
        from mobileswap.runtimes.reference.mil import MilRunner

        del wanted, widen
        with closing(MilRunner(path, options, arithmetic, observing(sink))) as runner:
            yield runner.run

    return watch


def _tnn(path: Path, options: RunnerOptions) -> Runner:
    from mobileswap.runtimes.tnn import TnnTestRunner, TnnTool

    if options.program is None:
        raise Unavailable("tnn is not available: no program was given; build TNN's TNNTest and name it with --tnn-test")
    program = options.program
    return TnnTestRunner(path, options, TnnTool(Path(program.path), android=program.adb, serial=program.serial))


def _tnn_executor(arithmetic: "Arithmetic") -> Opens:
    def opens(path: Path, options: RunnerOptions) -> Runner:
        from mobileswap.runtimes.reference.tnn import TnnRunner

        return TnnRunner(path, options, arithmetic)

    return opens


def _watch_tnn(arithmetic: "Arithmetic") -> Watcher:
    @contextmanager
    def watch(path: Path, options: RunnerOptions, wanted: Container[str], sink: Sink, *, widen: bool) -> Iterator[Run]:
        from mobileswap.runtimes.reference.tnn import TnnRunner

        del wanted, widen
        with closing(TnnRunner(path, options, arithmetic, observing(sink))) as runner:
            yield runner.run

    return watch


def _onnx_declares(path: Path) -> Interface:
    from mobileswap.formats.onnx import declared

    return declared(path)


def _mil_declares(path: Path) -> Interface:
    from mobileswap.formats.mil.interface import declared

    return declared(path)


def _openvino_declares(path: Path) -> Interface:
    from mobileswap.formats.openvino import declared

    return declared(path)


def _tnn_declares(path: Path) -> Interface:
    from mobileswap.formats.tnn.interface import declared

    return declared(path)


def _pt2_declares(path: Path) -> Interface:
    from mobileswap.formats.pt2 import declared

    return declared(path)


RUNTIMES: tuple[Runtime, ...] = (
    Runtime(
        "pytorch",
        _pytorch,
        {("pytorch", "fp32"): "fp32"},
        declares=_pt2_declares,
        modules=("torch",),
        devices=("cpu", "cuda", "mps"),
        missing_device=_pytorch_device,
        settings=("dtype", "compiled", "channels_last"),
    ),
    Runtime(
        "onnxruntime",
        _onnxruntime,
        {("onnx", "fp32"): "fp32", ("onnx", "fp16"): "fp16-arithmetic"},
        declares=_onnx_declares,
        modules=("onnxruntime",),
        devices=tuple(PROVIDERS),
        device_names=PROVIDERS,
        missing_device=_onnxruntime_device,
        watch=_watch_onnxruntime,
        widens=True,
    ),
    Runtime(
        "openvino",
        _openvino,
        {("openvino", "fp32"): "fp32", ("openvino", "fp16"): "fp16-weights"},  # it is told to compute in fp32
        declares=_openvino_declares,
        modules=("openvino",),
        extra="openvino",
        blocked=("openvino_telemetry",),
        settings=("dtype",),
        arithmetic="fp32",
        watch=_watch_openvino,
    ),
    Runtime(
        "coreml",
        _coreml,
        {("coreml", "fp32"): "fp32", ("coreml", "fp16"): "fp16-arithmetic", ("coreml", "mixed"): "fp16-arithmetic"},
        declares=_mil_declares,
        modules=("coremltools",),
        bitmaps=True,
        devices=("all", "cpu_only", "cpu_and_gpu", "cpu_and_ne"),
        platform="darwin",
        elsewhere="Core ML runs on macOS only; here its files are proven by mil-fp32 and mil-fp16, and not timed",
    ),
    Runtime(
        "mil-fp16",
        _mil("fp16"),
        {("coreml", "fp16"): "fp16-arithmetic", ("coreml", "mixed"): "fp16-arithmetic"},
        declares=_mil_declares,
        modules=("torch", "coremltools"),
        reference_executor=True,
        arithmetic="fp16",
        watch=_watch_mil("fp16"),
    ),
    Runtime(
        "mil-fp32",
        _mil("fp32"),
        {("coreml", "fp32"): "fp32", ("coreml", "fp16"): "fp16-weights", ("coreml", "mixed"): "fp16-weights"},
        declares=_mil_declares,
        modules=("torch", "coremltools"),
        reference_executor=True,
        arithmetic="fp32",
        watch=_watch_mil("fp32"),
    ),
    Runtime(
        "tnn",
        _tnn,
        {("tnn", "fp32"): "fp32", ("tnn", "fp16"): "fp16-weights"},  # TNNTest is told to compute in fp32
        declares=_tnn_declares,
        modules=("numpy",),
        devices=TNN_DEVICES,
        program="--tnn-test",
    ),
    Runtime(
        "tnn-fp16",
        _tnn_executor("fp16"),
        {("tnn", "fp16"): "fp16-arithmetic"},
        declares=_tnn_declares,
        modules=("torch",),
        reference_executor=True,
        arithmetic="fp16",
        watch=_watch_tnn("fp16"),
    ),
    Runtime(
        "tnn-fp32",
        _tnn_executor("fp32"),
        {("tnn", "fp32"): "fp32", ("tnn", "fp16"): "fp16-weights"},
        declares=_tnn_declares,
        modules=("torch",),
        reference_executor=True,
        arithmetic="fp32",
        watch=_watch_tnn("fp32"),
    ),
)


def find_runtime(name: str) -> Runtime:
    """The runtime of that name.

    Raises:
        BadInput: there is none; the message lists those there are.
    """
    for runtime in RUNTIMES:
        if runtime.name == name:
            return runtime
    raise BadInput(f"unknown backend {name!r}; expected one of {', '.join(runtime.name for runtime in RUNTIMES)}")


def wide_runtime(format_: str) -> Runtime | None:
    """The runtime that shows the inside of a format's files in float32, or None where none does."""
    return next((runtime for runtime in RUNTIMES if format_ in runtime.formats and runtime.wide), None)


def runtime_of_program(option: str) -> Runtime:
    """The runtime whose vendor's program the option names."""
    return next(runtime for runtime in RUNTIMES if runtime.program == option)


def unavailable_reason(name: str, program: VendorProgram | None = None) -> str | None:
    """Why the runtime cannot be used on this machine, or None where it can.

    Raises:
        BadInput: there is no runtime of that name.
    """
    runtime = find_runtime(name)
    if runtime.platform and sys.platform != runtime.platform:
        return f"{name} is not available: {runtime.elsewhere}"
    if runtime.program and program is None:
        return f"{name} is not available: it needs the vendor's program; name it with {runtime.program}"
    for module in runtime.modules:
        if find_spec(module) is None:
            wanted = f"'mobileswap[{runtime.extra}]'" if runtime.extra else "it"
            return f"{name} is not available: the Python module {module} is not installed; pip install {wanted}"
    return None


def installed_version(module: str) -> str:
    """Of a runtime's module: ``1.31.1``, or ``1.24.1 (onnxruntime-openvino)`` for a build that goes by another name.

    "" where it is not installed.
    """
    from importlib.metadata import PackageNotFoundError, packages_distributions, version

    try:
        return version(module)
    except PackageNotFoundError:
        return ", ".join(f"{version(name)} ({name})" for name in packages_distributions().get(module, ()))


def require_device(name: str, device: str) -> str:
    """The device that will run: the one asked for, or the runtime's default where it is "".

    Raises:
        BadInput: the runtime has no such device; the message lists those it has.
    """
    runtime = find_runtime(name)
    ours = next((ours for ours, theirs in runtime.device_names.items() if theirs == device), device)
    if ours and ours not in runtime.devices:
        raise BadInput(f"{name} has no device {device!r}; expected one of {', '.join(runtime.devices)}")
    return ours or runtime.devices[0]


def missing_device(name: str, device: str) -> str | None:
    """Why a device is not there on this machine, or None. The default is there wherever the runtime is."""
    runtime = find_runtime(name)
    return None if device == runtime.devices[0] else runtime.missing_device(device)


def require_settings(name: str, settings: Settings) -> None:
    """Refuse what the runtime cannot be told.

    Raises:
        BadInput: a setting that it does not know; the message names who does.
    """
    for setting, option in _OPTIONS.items():
        if getattr(settings, setting) != getattr(AS_IT_IS, setting) and setting not in find_runtime(name).settings:
            knowing = ", ".join(runtime.name for runtime in RUNTIMES if setting in runtime.settings)
            raise BadInput(f"{option}: {name} has no such setting, only {knowing}; time {name} without it")


def open_runner(name: str, path: Path, options: RunnerOptions) -> Runner:
    """Open an artifact in a runtime, in this process.

    Raises:
        BadInput: there is no such runtime or device.
        Unavailable: the runtime does not exist on this machine.
        UnknownOperation: a reference executor does not know an operation of the file.
        Exception: whatever the runtime raises on a file that it cannot open.
    """
    runtime = find_runtime(name)
    device = require_device(name, options.device)
    require_settings(name, options.settings)
    if reason := unavailable_reason(name, options.program):
        raise Unavailable(reason)
    block_modules(runtime.blocked)
    return runtime.opens(path, replace(options, device=device))


def proving(format_: str, precision: str, program: VendorProgram | None = None) -> tuple[Proof, ...]:
    """The runtimes of this machine that have to agree with the model before an artifact is proven.

    One that needs a vendor's program is among them where ``program`` is given.

    Raises:
        BadInput: no runtime proves such an artifact, so that it can never pass.
    """
    proofs = tuple(
        Proof(runtime.name, runtime.proves[format_, precision])
        for runtime in RUNTIMES
        if (format_, precision) in runtime.proves
        and not (runtime.platform and sys.platform != runtime.platform)
        and not (runtime.program and program is None)
    )
    if not proofs:
        known = sorted({" ".join(key) for runtime in RUNTIMES for key in runtime.proves})
        raise BadInput(f"nothing here can prove {format_} {precision}; expected one of {', '.join(known)}")
    return proofs
