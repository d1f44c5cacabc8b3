"""The options that several commands share, and what they mean."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mobileswap.contracts.errors import BadInput, Unavailable
from mobileswap.contracts.shown import shown
from mobileswap.model.families import FAMILIES

if TYPE_CHECKING:
    from mobileswap.pipeline.parity_check import CheckOptions
    from mobileswap.runtimes.runner import VendorProgram

DEFAULT_FOLDER = Path("out")
DEFAULT_FAMILY = FAMILIES[0].name


def file_path(param: typer.CallbackParam, path: Path | None) -> Path | None:
    """Refused before the work is done, not when it is to be written down."""
    if path and (path.is_dir() or not path.absolute().parent.is_dir()):
        option = param.opts[0]
        raise BadInput(f"{option} {path}: expected a file in a folder that is there; make {path.parent} or name a file")
    return path


WeightsOption = Annotated[
    list[str],
    typer.Option(
        "--weights",
        help="Checkpoint (.pth, .ckpt, .safetensors, .npz …), folder of them, or `seeded` (built in, untrained). "
        "May be given once per component.",
    ),
]
PreferOption = Annotated[
    str | None,
    typer.Option(
        metavar="ema|raw",
        help="What to take where a checkpoint holds an average over training steps beside the raw weights; "
        "default: the average.",
    ),
]
FamilyOption = Annotated[str, typer.Option(help="Published system; see `mobileswap models`.")]
OutOption = Annotated[Path, typer.Option("-o", "--out", help="Folder for the files.")]
ThreadsOption = Annotated[
    int | None, typer.Option(min=1, help="CPU threads of one pass; default: all cores, at most 4.")
]
RunsOption = Annotated[int, typer.Option(min=1, help="Timed forward passes.")]
WarmupOption = Annotated[int, typer.Option(min=0, help="Passes before them, at least; and at least 0.5 s.")]
JsonOption = Annotated[
    Path | None, typer.Option("--json", callback=file_path, help="Also write the result here, with every sample.")
]


InputsOption = Annotated[
    Path | None, typer.Option(help="Folder of your own pictures and embeddings, in place of the photographs.")
]
SamplesOption = Annotated[int | None, typer.Option(help="How many samples; default: all.")]
SampleWeightsOption = Annotated[
    list[str] | None, typer.Option("--weights", help="That the artifact was made from, for other inputs.")
]
LimitOption = Annotated[
    list[str] | None,
    typer.Option(help="A limit, as psnr_db=95, fp32.max_abs=1e-4 or ssim.expected=0.99; repeatable."),
]
LimitsOption = Annotated[Path | None, typer.Option(help="TOML file of limits, a table per precision.")]
MemoryOption = Annotated[
    int | None,
    typer.Option(min=256, help="MB that a file may take while it is proven; default: half of this machine's."),
]
TimeoutOption = Annotated[float, typer.Option(min=1, help="Seconds for opening a file, and for each sample.")]
StrictOption = Annotated[
    bool, typer.Option("--strict", help="Exit with 1 also where it passed with a warning or shows nothing.")
]
TnnTestOption = Annotated[
    Path | None, typer.Option(help="TNN's own TNNTest program: the real runtime has its say in the proof.")
]
TnnDeviceOption = Annotated[
    str, typer.Option(help="X86, NAIVE, ARM, OPENCL, METAL, HUAWEI_NPU; default: X86, and ARM with --adb.")
]
AdbOption = Annotated[bool, typer.Option("--adb", help="Run TNNTest on an Android device.")]
SerialOption = Annotated[str, typer.Option(help="Which Android device, where there are several.")]


def sources_of(weights: list[str] | None, prefer: str | None, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What ``--weights`` and ``--prefer`` say together, as model/checkpoint/ takes it."""
    if prefer is None:
        return tuple(weights or default)
    require_known("--prefer", prefer, ["ema", "raw"])
    return tuple(f"{prefer}={source}" for source in weights or default)


def require_known(option: str, value: str, known: list[str]) -> None:
    if value not in known:
        raise BadInput(f"{option} {value}: known are {', '.join(known)}")


def threads_of(asked: int | None) -> int:
    if asked is not None:
        return asked
    from mobileswap.bench.environment import usable_cores

    return min(4, usable_cores())


def check_options_of(
    inputs: Path | None, samples: int | None, weights: list[str] | None, prefer: str | None, threads: int | None
) -> CheckOptions:
    """On which samples, for commands that look at an artifact and judge nothing."""
    from mobileswap.model.inputs.user_folder import Inputs
    from mobileswap.pipeline.parity_check import CheckOptions
    from mobileswap.runtimes.runner import RunnerOptions

    return CheckOptions(
        runner=RunnerOptions(threads_of(threads)), inputs=Inputs(inputs, samples), weights=sources_of(weights, prefer)
    )


def program_of(tnn_test: Path | None, adb: bool, serial: str, device: str) -> tuple[VendorProgram | None, str]:
    """The vendor's program and the device that it is to use; both are refused before any work.

    Raises:
        BadInput: options that only mean something with --tnn-test, or a device that TNN does not know.
        Unavailable: there is no such program.
    """
    from mobileswap.runtimes.runner import VendorProgram
    from mobileswap.runtimes.runtime_entries import require_device

    if tnn_test is None:
        if adb or serial or device:
            raise BadInput("--adb, --serial and --tnn-device go with --tnn-test, TNN's own program; give its path")
        return None, ""
    if not tnn_test.is_file():
        raise Unavailable(f"--tnn-test {tnn_test}: no such program; build TNN with its tests, and give TNNTest's path")
    on_phone = adb or bool(serial)
    wanted = require_device("tnn", device or ("ARM" if on_phone else ""))
    return VendorProgram(str(tnn_test.absolute()), on_phone, serial), wanted


def typed_command() -> str:
    return shown(shlex.join(["mobileswap", *sys.argv[1:]]))
