"""The command: parse, call, exit code; nothing else. What happens is in pipeline/."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from contracts.errors import BadInput, MobileswapError, Unavailable

if TYPE_CHECKING:
    from bench.runner import Program
    from contracts.artifact import Artifact
    from pipeline.export import Exported
    from pipeline.source import Source
    from reports.table import Table

INTERRUPTED = 130
READER_GONE = 141
DEFAULT_FOLDER = Path("out")
DEFAULT_RELEASE = DEFAULT_FOLDER / "release"

app = typer.Typer(
    name="mobileswap",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Exit status: 0 done and passed; 1 a gate failed; 2 wrong use or bad input; 3 a runtime or device that was "
    "asked for is not there; 130 interrupted.",
)
bench_app = typer.Typer(no_args_is_help=True, help="Time artifacts, and print their sizes.")
parity_app = typer.Typer(no_args_is_help=True, help="Hold artifacts against the untouched model again.")
weights_app = typer.Typer(no_args_is_help=True, help="Built-in weights and faces; convert a checkpoint.")
app.add_typer(bench_app, name="bench")
app.add_typer(parity_app, name="parity")
app.add_typer(weights_app, name="weights")


def _json_path(path: Path | None) -> Path | None:
    """Refused before the work is done, not when it is to be written down."""
    if path and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise BadInput(f"--json {path}: expected a file in a folder that is there; make {path.parent} or name a file")
    return path


WeightsOption = Annotated[
    list[str],
    typer.Option(
        "--weights",
        help="Checkpoint (.pth, .pt, .safetensors), folder of them, or `seeded` (built in, untrained). "
        "May be given once per component.",
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
    Path | None, typer.Option("--json", callback=_json_path, help="Also write the result here, with every sample.")
]


TnnTestOption = Annotated[
    Path | None, typer.Option(help="TNN's own TNNTest program: the real runtime has its say in the proof.")
]
TnnDeviceOption = Annotated[
    str, typer.Option(help="X86, NAIVE, ARM, OPENCL, METAL, HUAWEI_NPU; default: X86, and ARM with --adb.")
]
AdbOption = Annotated[bool, typer.Option("--adb", help="Run TNNTest on an Android device.")]
SerialOption = Annotated[str, typer.Option(help="Which Android device, where there are several.")]


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"mobileswap {version('mobileswap')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Ship a face-swap generator to phones: export it, prove the files, time them, report."""


@app.command()
def export(
    format_name: Annotated[str, typer.Argument(metavar="FORMAT", help="onnx, coreml, tnn, pytorch, or all that ship.")],
    weights: WeightsOption,
    family: FamilyOption = "mobilefsgan",
    component: Annotated[
        str | None, typer.Option(help="generator, embedder or all; default: all that the weights hold.")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="fp32 or fp16; default: fp32 for onnx, fp16 for coreml.")
    ] = None,
    identity: Annotated[
        Path | None,
        typer.Option(help="Aligned 256x256 RGB photo, or embedding as .npy, to bake into the generator."),
    ] = None,
    io: Annotated[str, typer.Option(help="tensor: floats in [-1, 1]; image: 8-bit RGB in and out.")] = "tensor",
    size: Annotated[
        int, typer.Option(max=1024, help="Height and width of the generator's image, a multiple of 32.")
    ] = 256,
    opset: Annotated[int, typer.Option(help="ONNX operator set, 18 to 26.")] = 18,
    ios: Annotated[str, typer.Option(help="Oldest system for a CoreML package: iOS15, iOS16, iOS17, iOS18.")] = "iOS16",
    no_rewrite: Annotated[
        list[str] | None, typer.Option(help="Leave out an exact rewrite by name (see `models`); repeatable.")
    ] = None,
    no_verify: Annotated[bool, typer.Option("--no-verify", help="Skip the proof; artifact.json records it.")] = False,
    threads: ThreadsOption = None,
    tnn_test: TnnTestOption = None,
    tnn_device: TnnDeviceOption = "",
    adb: AdbOption = False,
    serial: SerialOption = "",
    out: OutOption = DEFAULT_FOLDER,
) -> None:
    """Export to FORMAT, prove each file against PyTorch, and only then give it its name."""
    from export.formats import FORMATS
    from export.request import IOS_TARGETS
    from pipeline.export import ExportOptions, export_one
    from pipeline.fit import fitted
    from pipeline.progress import Spoken
    from pipeline.source import Source

    shipped = [entry.name for entry in FORMATS if entry.shipped and (io == "tensor" or entry.image_layout)]
    names = shipped if format_name == "all" else [format_name]
    _require_known("FORMAT", names[0], [entry.name for entry in FORMATS] + ["all"])
    _require_known("--ios", ios, list(IOS_TARGETS))
    _require_known("--io", io, ["tensor", "image"])
    if precision is not None:
        _require_known("--precision", precision, ["fp32", "fp16"])
    source = Source(family, tuple(weights))
    chosen = _components(source, component, identity)
    person = source.identity(identity) if identity else None
    done = [
        export_one(source, options, out, Spoken())
        for name in names
        for options in fitted(
            source,
            ExportOptions(
                format=name,
                component=chosen[0],
                precision=precision,
                io=io,
                size=size,
                identity=person,
                opset=opset,
                ios=ios,
                without=tuple(no_rewrite or ()),
                verify=not no_verify,
                threads=_threads(threads),
                program=_program(tnn_test, adb, serial),
                device=_tnn_device(tnn_device, adb),
                command=_command(),
            ),
            chosen,
        )
    ]
    _tell_exported(done)


@parity_app.command("check")
def parity_check(
    artifacts: Annotated[list[Path], typer.Argument(help="Files made by `mobileswap export`.")],
    json: JsonOption = None,
    threads: ThreadsOption = None,
    tnn_test: TnnTestOption = None,
    tnn_device: TnnDeviceOption = "",
    adb: AdbOption = False,
    serial: SerialOption = "",
) -> None:
    """Prove artifacts again, from the files on disk and the golden file that they were exported with."""
    from bench.runner import RunnerOptions
    from contracts.artifact import read_artifact, require_unchanged
    from contracts.files import write_json
    from pipeline.export import GOLDEN, prove
    from pipeline.measure import find_golden
    from pipeline.progress import Spoken
    from reports.parity import parity_table

    options = RunnerOptions(_threads(threads), _tnn_device(tnn_device, adb), _program(tnn_test, adb, serial))
    checked: list[Artifact] = []
    for path in artifacts:
        artifact = read_artifact(path)
        require_unchanged(artifact, path.parent)
        file = path.parent / artifact.files[0].name
        golden = find_golden(artifact, (file.parent / GOLDEN, file.parent.parent / GOLDEN))
        if golden is None:
            raise BadInput(f"{path}: the golden file it was proven with is not in {file.parent / GOLDEN}; export again")
        checked.append(prove(artifact, file, golden, options, Spoken()))
    _print(parity_table(checked))
    _explain(checked)
    if json:
        write_json(json, [report for artifact in checked for report in artifact.parity])
    if not all(artifact.verified for artifact in checked):
        raise typer.Exit(1)


@bench_app.command("run")
def bench_run(
    backend: Annotated[list[str], typer.Option(help="pytorch, onnxruntime, coreml (macOS), tnn (with --tnn-test); repeatable.")],
    weights: Annotated[
        list[str] | None, typer.Option("--weights", help="As for export; default: seeded, built in and untrained.")
    ] = None,
    artifact: Annotated[Path | None, typer.Option(help="Time this file instead of exporting from --weights.")] = None,
    family: FamilyOption = "mobilefsgan",
    component: Annotated[str, typer.Option(help="generator (the paper's figure) or embedder.")] = "generator",
    precision: Annotated[str | None, typer.Option(help="fp32 or fp16; default: the format's own.")] = None,
    device: Annotated[str, typer.Option(help="Compute unit or provider; default: the backend's own.")] = "",
    runs: RunsOption = 100,
    warmup: WarmupOption = 10,
    threads: ThreadsOption = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for one backend.")] = 1800.0,
    json: JsonOption = None,
    tnn_test: TnnTestOption = None,
    tnn_device: TnnDeviceOption = "",
    adb: AdbOption = False,
    serial: SerialOption = "",
    out: OutOption = DEFAULT_FOLDER,
) -> None:
    """Time forward passes, one process per backend; exports first what is not there yet."""
    from contracts.result import write_result
    from contracts.verdict import Outcome
    from pipeline.export import ExportOptions
    from pipeline.measure import BenchOptions, format_of, found_or_exported, measure, require_backend
    from pipeline.progress import Spoken
    from reports.speed import speed_table

    if artifact and weights:
        raise BadInput("--artifact and --weights exclude each other: a file is timed, or one is made from weights")
    program = _program(tnn_test, adb, serial)
    options = BenchOptions(runs, warmup, _threads(threads), device, timeout, program, _tnn_device(tnn_device, adb))
    missing = [reason for name in backend if (reason := require_backend(name, options))]
    if len(missing) == len(backend):
        raise Unavailable("; ".join(missing))
    pairs: list[tuple[str, Path]] = []
    if artifact:
        pairs = [(name, artifact) for name in backend]
    else:
        from pipeline.source import Source

        source = Source(family, tuple(weights or ("seeded",)))
        for name in backend:
            wanted = ExportOptions(
                format=format_of(name),
                component=component,
                precision=precision,
                threads=options.threads,
                command=_command(),
            )
            pairs.append((name, found_or_exported(source, wanted, out, Spoken())))
    result = measure(pairs, options, out, Spoken(), _command())
    _print(speed_table(result))
    for run in result.runs:
        if not run.outcome.passed:
            typer.echo(f"mobileswap: {run.artifact} in {run.backend}: {run.outcome}: {run.detail}", err=True)
    if json:
        write_result(result, json)
    if any(run.outcome is Outcome.UNAVAILABLE for run in result.runs):
        raise typer.Exit(3)
    if not all(run.outcome.passed for run in result.runs):
        raise typer.Exit(1)


@bench_app.command("sizes")
def bench_sizes(
    folder: Annotated[Path, typer.Argument(help="Folder with exported artifacts.")] = DEFAULT_FOLDER,
) -> None:
    """Sizes from the bytes on disk beside the paper's."""
    from reports.artifacts import artifacts_in
    from reports.sizes import size_table

    _print(size_table(artifacts_in(folder)))


@app.command()
def release(
    weights: Annotated[
        list[str] | None, typer.Option("--weights", help="As for export; default: seeded, built in and untrained.")
    ] = None,
    family: FamilyOption = "mobilefsgan",
    runs: RunsOption = 100,
    warmup: WarmupOption = 10,
    threads: ThreadsOption = None,
    tnn_test: TnnTestOption = None,
    tnn_device: TnnDeviceOption = "",
    adb: AdbOption = False,
    serial: SerialOption = "",
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the release.")] = DEFAULT_RELEASE,
) -> None:
    """Everything in one go: export, prove, time, tables, and a README for the person who signs."""
    from pipeline.measure import BenchOptions
    from pipeline.progress import Spoken
    from pipeline.release import release as run_release
    from pipeline.source import Source

    source = Source(family, tuple(weights or ("seeded",)))
    options = BenchOptions(
        runs=runs,
        warmup=warmup,
        threads=_threads(threads),
        program=_program(tnn_test, adb, serial),
        program_device=_tnn_device(tnn_device, adb),
    )
    released = run_release(source, out, options, Spoken(), _command())
    for table in released.tables:
        _print(table)
    typer.echo(f"{released.folder / 'README.md'} is for the person who signs")
    if not released.passed:
        raise typer.Exit(1)


@app.command()
def models() -> None:
    """Families, components and their exact rewrites."""
    from model.families import FAMILIES, components

    for entry in FAMILIES:
        typer.echo(f"{entry.name}: {entry.title}; {entry.source}; licence {entry.licence}")
        for part in components(entry.name):
            typer.echo(f"  {part.name}")
            for rewrite in part.rewrites:
                typer.echo(f"    {rewrite.name}: {rewrite.reason}")


@weights_app.command("list")
def weights_list() -> None:
    """What is built in."""
    from pipeline.catalogue import catalogue_table
    from weights.catalogue import listed

    _print(catalogue_table(listed()))


@weights_app.command("verify")
def weights_verify() -> None:
    """Make or read every built-in entry anew and compare its hash with the manifest's."""
    from model.families import FAMILIES, components
    from pipeline.catalogue import catalogue_table
    from weights.catalogue import verified

    shapes = {part.name: part.shapes() for entry in FAMILIES for part in components(entry.name)}
    rows = verified(shapes)
    _print(catalogue_table(rows))
    if not all(row.ok for row in rows):
        raise typer.Exit(1)


@weights_app.command("convert")
def weights_convert(
    checkpoint: Annotated[Path, typer.Argument(help="A .pth, .pt or .safetensors file.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Default: beside it, as .safetensors.")] = None,
    family: FamilyOption = "mobilefsgan",
) -> None:
    """Check a checkpoint and write it as .safetensors, which no reader can be made to run."""
    from pipeline.convert import convert

    for path in convert(checkpoint, out, family):
        typer.echo(f"wrote {path}")


def _components(source: Source, asked: str | None, identity: Path | None) -> list[str]:
    """An identity is baked into the generator, so only that is exported unless more is asked for."""
    known = [part.name for part in source.components]
    if asked == "all":
        return known
    if asked is not None:
        _require_known("--component", asked, [*known, "all"])
        return [asked]
    return ["generator"] if identity else list(source.weights)


def _require_known(option: str, value: str, known: list[str]) -> None:
    if value not in known:
        raise BadInput(f"{option} {value}: known are {', '.join(known)}")


def _threads(asked: int | None) -> int:
    if asked is not None:
        return asked
    from bench.environment import usable_cores

    return min(4, usable_cores())


def _program(tnn_test: Path | None, adb: bool, serial: str) -> Program | None:
    from bench.runner import Program

    if tnn_test is None:
        if adb or serial:
            raise BadInput("--adb: needs --tnn-test, a TNNTest built for Android")
        return None
    return Program(str(tnn_test.absolute()), adb or bool(serial), serial)


def _tnn_device(asked: str, adb: bool) -> str:
    return asked or ("ARM" if adb else "")


def _command() -> str:
    return shlex.join(["mobileswap", *sys.argv[1:]])


def _tell_exported(done: list[Exported]) -> None:
    from reports.parity import parity_table

    artifacts = [entry.artifact for entry in done]
    _print(parity_table(artifacts))
    _explain(artifacts)
    for entry in done:
        untrained = "" if entry.artifact.weights.trained else "  UNTRAINED weights"
        typer.echo(f"{'wrote' if entry.accepted else 'REJECTED, kept as'} {entry.path}{untrained}")
    if not all(entry.accepted for entry in done):
        raise typer.Exit(1)


def _explain(artifacts: list[Artifact]) -> None:
    """Why what did not pass did not; the table has no room for it."""
    for artifact in artifacts:
        for report in artifact.parity:
            if not report.passed:
                typer.echo(f"mobileswap: {artifact.name} in {report.runtime}: {report.sentence}", err=True)


def _print(table: Table) -> None:
    from reports.table import show

    show(table, sys.stdout)


def _stop(status: int, message: str) -> NoReturn:
    typer.echo(f"mobileswap: {' '.join(message.splitlines())}", err=True)
    raise SystemExit(status)


def _misused(error: typer.TyperException) -> NoReturn:
    """In one line; where a group was named without a command, its help is all there is to say."""
    words = error.format_message()
    if "\n" in words:
        typer.echo(words, err=True)
        raise SystemExit(error.exit_code)
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "mobileswap"
    stop = "" if words.endswith((".", "?")) else "."
    _stop(error.exit_code, f"{words}{stop} See `{command} --help`")


def main(argv: list[str] | None = None) -> NoReturn:
    """Run the command and end the process with its exit status.

    0 done and passed; 1 a gate failed; 2 wrong use or bad input; 3 a runtime that was asked for is not there;
    130 interrupted; 141 whoever read the output went away.
    """
    # onnxruntime 1.29 and later report use of the library to its vendor unless told not to; onnxsim loads it as well
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    interrupted = False

    def interrupt(_signal: int, _frame: object) -> NoReturn:
        nonlocal interrupted
        interrupted = True
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)  # so that what is half-written is cleared away as after Ctrl-C
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a shell ignores it for what runs with &
        signal.signal(signal.SIGINT, interrupt)
    try:
        status = app(args=argv, prog_name="mobileswap", standalone_mode=False)
    except typer.TyperException as error:
        _misused(error)
    except SystemExit:  # typer's and rich's, where nobody reads the output any more, as after `| head`
        status = READER_GONE
    except Exception as error:
        if interrupted:  # torch catches a KeyboardInterrupt within its imports, and fails over it later
            status = INTERRUPTED
        elif isinstance(error, MobileswapError):
            _stop(error.exit_code, str(error))
        elif isinstance(error, OSError):
            _stop(2, f"{error.filename or 'a file'}: {error.strerror or error}; make room or choose another folder")
        else:
            raise
    if status == INTERRUPTED:
        typer.echo("mobileswap: interrupted; nothing half-written was left", err=True)
    raise SystemExit(status or 0)


if __name__ == "__main__":
    main()
