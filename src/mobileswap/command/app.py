"""The command: its parts put together, and what an error or an interrupt becomes. What happens is in pipeline/."""

from __future__ import annotations

import logging
import os
import signal
from typing import Annotated, NoReturn

import typer

from mobileswap.command import bench, lint, parity, train, weights
from mobileswap.command.export import export
from mobileswap.command.models import models
from mobileswap.command.parity_growth import growth
from mobileswap.command.release import release
from mobileswap.command.report import report
from mobileswap.command.swap import swap
from mobileswap.command.verify import verify
from mobileswap.contracts.errors import MobileswapError
from mobileswap.contracts.os_errors import advice
from mobileswap.contracts.shown import shown

INTERRUPTED = 130
READER_GONE = 141


class Interrupt(KeyboardInterrupt):
    """What a signal raises; not KeyboardInterrupt itself, over which CPython 3.11 ends the process by SIGINT at exit.

    It does so, although the exception was caught, where that passed code which a library evaluates from a string
    (``run_eval_code_obj`` of pythonrun.c). Torch's imports do.
    """


class _Said(logging.Handler):
    """What the package has to say beside its results, for instance which of two weights it took."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(record.getMessage(), err=True)


_SAID = _Said(logging.INFO)

app = typer.Typer(
    name="mobileswap",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Exit status: 0 done and passed; 1 a gate failed; 2 wrong use or bad input; 3 a runtime or device that was "
    "asked for is not there; 130 interrupted.",
)
app.command()(export)
app.command()(release)
app.command()(verify)
app.command()(report)
app.command()(swap)
app.command()(models)
app.add_typer(bench.app, name="bench")
parity.app.command()(growth)
app.add_typer(parity.app, name="parity")
app.add_typer(lint.app, name="lint")
app.add_typer(weights.app, name="weights")
app.add_typer(train.app, name="train")


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


def _stop(status: int, message: str) -> NoReturn:
    typer.echo(f"mobileswap: {shown(' '.join(message.splitlines()))}", err=True)
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


def _place(error: OSError) -> str:
    name = error.filename
    return f"{os.fsdecode(name)}: " if isinstance(name, str | bytes) and name else ""


def _memory_ran_out(error: BaseException | None) -> bool:
    """Libraries have no one exception for it, and wrap what they have in others."""
    words = ("allocate memory", "out of memory", "failed to map segment")
    while error is not None:
        if isinstance(error, MemoryError) or any(word in str(error) for word in words):
            return True
        error = error.__cause__ or error.__context__
    return False


def main(argv: list[str] | None = None) -> NoReturn:
    """Run the command and end the process with its exit status.

    0 done and passed; 1 a gate failed; 2 wrong use or bad input; 3 a runtime that was asked for is not there;
    130 interrupted; 141 whoever read the output went away.
    """
    # onnxruntime 1.29 and later report use of the library to its vendor unless told not to; onnxsim loads it as well
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    logging.getLogger("mobileswap").addHandler(_SAID)
    logging.getLogger("mobileswap").setLevel(logging.INFO)
    signals = _Signals()
    try:
        status = app(args=argv, prog_name="mobileswap", standalone_mode=False)
    except typer.TyperException as error:
        _misused(error)
    except SystemExit:  # typer's and rich's, where nobody reads the output any more, as after `| head`
        status = READER_GONE
    except Exception as error:
        if not signals.interrupted:
            _stop_over(error)
            raise
        status = INTERRUPTED  # torch catches a KeyboardInterrupt within its imports, and fails over it later
    if status == INTERRUPTED:
        typer.echo("mobileswap: interrupted; nothing half-written was left", err=True)
    raise SystemExit(status or 0)


class _Signals:
    """What is half-written is cleared away after Ctrl-C, and also when a session ends."""

    def __init__(self) -> None:
        self.interrupted = False
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._interrupt)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a shell ignores it for what runs with &
            signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, _signal: int, _frame: object) -> NoReturn:
        self.interrupted = True
        raise Interrupt


def _stop_over(error: Exception) -> None:
    """One line for what a user can act on; any other error is ours, and keeps its traceback."""
    if isinstance(error, MobileswapError):
        _stop(error.exit_code, str(error))
    if _memory_ran_out(error):
        _stop(2, "there is not enough memory for it; end other programs, or raise the limit of this one")
    if isinstance(error, OSError):
        _stop(2, f"{_place(error)}{error.strerror or error}; {advice(error)}")


if __name__ == "__main__":
    main()
