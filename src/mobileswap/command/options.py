"""The options that several commands share: single ones as annotated types, those that belong together as a group."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mobileswap.contracts.errors import BadInput, Unavailable
from mobileswap.contracts.shown import shown

if TYPE_CHECKING:
    from mobileswap.parity.check import Gate
    from mobileswap.pipeline.parity_check import CheckOptions
    from mobileswap.runtimes.runner import VendorProgram

DEFAULT_FOLDER = Path("out")

SEEDED = "seeded"


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
        help="Checkpoint (.pth, .ckpt, .safetensors, .npz …), a folder of them, or `seeded` (built in, untrained). "
        "Repeat it to give each component a file of its own.",
    ),
]
WeightsOrSeededOption = Annotated[
    list[str] | None,
    typer.Option("--weights", help="Checkpoint, as for `export`; default: seeded (built in, untrained)."),
]
SameWeightsOption = Annotated[
    list[str] | None,
    typer.Option("--weights", help="The weights that the artifact was made from; needed where they are not built in."),
]
PreferOption = Annotated[
    str | None,
    typer.Option(
        metavar="ema|raw",
        help="Which weights to take of a checkpoint that holds an average over training steps beside the raw ones; "
        "default: the average.",
    ),
]
FamilyOption = Annotated[str, typer.Option(help="Published system; `mobileswap models` lists them.")]
OutOption = Annotated[Path, typer.Option("-o", "--out", help="Folder that the files are written to.")]
ThreadsOption = Annotated[
    int | None, typer.Option(min=1, help="CPU threads of one pass; default: all cores, at most 4.")
]
RunsOption = Annotated[int, typer.Option(min=1, help="How many passes are timed.")]
WarmupOption = Annotated[
    int, typer.Option(min=0, help="How many passes run before them, untimed; they take 0.5 s at least.")
]
JsonOption = Annotated[
    Path | None,
    typer.Option("--json", callback=file_path, help="Also write the result to this file, with all samples."),
]


StrictOption = Annotated[
    bool, typer.Option("--strict", help="Exit with 1 also for a pass with a warning, and where nothing can be shown.")
]


@dataclass(frozen=True)
class ProgramOptions:
    """A vendor's own program, that is to have a say."""

    tnn_test: Annotated[
        Path | None, typer.Option(help="TNN's own program TNNTest; with it TNN itself executes TNN's files.")
    ] = None
    tnn_device: Annotated[
        str,
        typer.Option(
            help="Device that TNNTest uses: X86, NAIVE, ARM, OPENCL, METAL or HUAWEI_NPU; default: X86, or ARM with "
            "--adb."
        ),
    ] = ""
    adb: Annotated[bool, typer.Option("--adb", help="Run TNNTest on an Android device.")] = False
    serial: Annotated[str, typer.Option(help="Serial number of the Android device, where there are several.")] = ""

    def found(self) -> tuple[VendorProgram | None, str]:
        """The program and the device that it is to use; both are refused before any work.

        Raises:
            BadInput: options that only mean something with --tnn-test, or a device that TNN does not know.
            Unavailable: there is no such program.
        """
        from mobileswap.runtimes.runner import VendorProgram
        from mobileswap.runtimes.runtime_entries import require_device, runtime_of_program

        if self.tnn_test is None:
            if self.adb or self.serial or self.tnn_device:
                raise BadInput("--adb, --serial and --tnn-device go with --tnn-test, TNN's own program; give its path")
            return None, ""
        if not self.tnn_test.is_file():
            raise Unavailable(
                f"--tnn-test {self.tnn_test}: no such program; build TNN with its tests, and give TNNTest's path"
            )
        on_phone = self.adb or bool(self.serial)
        runtime = runtime_of_program("--tnn-test")
        wanted = require_device(runtime.name, self.tnn_device or ("ARM" if on_phone else ""))
        return VendorProgram(str(self.tnn_test.absolute()), on_phone, self.serial), wanted


@dataclass(frozen=True)
class LimitOptions:
    """What the user changes of the limits."""

    limit: Annotated[
        list[str] | None,
        typer.Option(help="Change a limit, as psnr_db=95, fp32.max_abs=1e-4 or ssim.expected=0.99; repeatable."),
    ] = None
    limits: Annotated[
        Path | None, typer.Option(help="Take the limits from this TOML file, which has a table per precision.")
    ] = None
    memory: Annotated[
        int | None,
        typer.Option(min=256, help="MB that a file may take while it is proven; default: half of this machine's."),
    ] = None
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds that opening a file may take, and each of its samples.")
    ] = 120.0

    def gate(self, waive: list[str] | None = None) -> Gate:
        """As the judgement takes them.

        Raises:
            BadInput: a limit that is none, or a waiver without a reason.
        """
        from mobileswap.pipeline.parity_check import gate_of

        return gate_of(self.limits, self.limit or (), waive or (), timeout_s=self.timeout, memory_mb=self.memory)


@dataclass(frozen=True)
class SampleOptions:
    """On which samples an artifact is looked at."""

    inputs: Annotated[
        Path | None, typer.Option(help="Folder of your own pictures and embeddings, in place of the photographs.")
    ] = None
    samples: Annotated[int | None, typer.Option(help="How many samples are used; default: all.")] = None
    weights: SameWeightsOption = None
    prefer: PreferOption = None

    def sources(self) -> tuple[str, ...]:
        return sources_of(self.weights, self.prefer)

    def for_looking(self, threads: int | None) -> CheckOptions:
        """Of a command that looks at an artifact and judges nothing."""
        from mobileswap.model.inputs.user_folder import Inputs
        from mobileswap.pipeline.parity_check import CheckOptions
        from mobileswap.runtimes.runner import RunnerOptions

        return CheckOptions(
            runner=RunnerOptions(threads_of(threads)),
            inputs=Inputs(self.inputs, self.samples),
            weights=self.sources(),
        )


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


def typed_command() -> str:
    return shown(shlex.join(["mobileswap", *sys.argv[1:]]))
