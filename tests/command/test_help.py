"""The help of every command: that each option is explained, and that its default is said."""

import re
import sys
from importlib.metadata import version

import pytest
import typer.main

from mobileswap.command import app
from mobileswap.command.options import typed_command

GROUPS = {"bench", "parity", "weights"}


def commands():
    """Every command with the words that lead to it."""

    def below(command, words):
        yield words, command
        for name, child in getattr(command, "commands", {}).items():
            yield from below(child, (*words, name))

    return dict(below(typer.main.get_command(app.app), ()))


COMMANDS = commands()


def left_column(printed):
    """The words of a help that name options and arguments: what stands before two spaces, and nothing that explains."""
    lines = re.findall(r"^  (\S.*?)(?:  |$)", printed, re.MULTILINE)
    return {word.strip("[].") for line in lines for word in line.replace("/", " ").replace(",", " ").split()}


def test_what_explains_an_option_is_not_taken_for_its_name():
    printed = "  -o, --out <path>       Folder, see --weights\n                         --deeper\n  --adb / --no-adb\n"
    assert left_column(printed) == {"-o", "--out", "<path>", "--adb", "--no-adb"}


def test_the_commands_there_are():
    asked = {("export",), ("parity", "check"), ("bench", "run"), ("bench", "sizes"), ("models",), ("release",)}
    assert asked | {("weights", "list"), ("weights", "verify"), ("weights", "convert")} <= COMMANDS.keys()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_is_on_stdout_and_says_what_the_command_does(cli, words, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    ended = cli(*words, "--help")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(f"Usage: {' '.join(('mobileswap', *words))} ")
    assert COMMANDS[words].help
    named = left_column(ended.out)
    for parameter in COMMANDS[words].params:
        is_option = parameter.param_type_name == "option"
        assert (set(parameter.opts) if is_option else {parameter.metavar or parameter.name}) <= named, parameter.name


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_option_is_explained_with_its_default(cli, words, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    printed = cli(*words, "--help").out
    for parameter in COMMANDS[words].params:
        assert parameter.help, parameter.name
        assert parameter.help in " ".join(printed.split()), parameter.name
        if parameter.default not in (None, False, "") and not parameter.required:
            assert f"[default: {parameter.default}" in " ".join(printed.split()), parameter.name


def test_the_exit_statuses_are_told(cli):
    printed = " ".join(cli("--help").out.split())
    assert "0 done and passed; 1 a gate failed; 2 wrong use or bad input; 3 a runtime or device" in printed


def test_the_formats_precisions_and_targets_of_the_help_are_those_there_are(cli, monkeypatch):
    from mobileswap.contracts.format_facts import FORMATS
    from mobileswap.contracts.format_options import own_options_of

    monkeypatch.setenv("COLUMNS", "200")
    printed = " ".join(cli("export", "--help").out.split())
    for entry in FORMATS:
        for name in (entry.name, *entry.precisions, entry.target):
            assert name in printed
        for name, (default, option) in own_options_of(entry.options).items():
            assert f"--{name} " in printed
            assert option.help in printed
            assert f"[default: {default}]" in printed


def test_the_backends_of_the_help_are_those_there_are(cli, monkeypatch):
    from mobileswap.runtimes.runtime_entries import RUNTIMES

    monkeypatch.setenv("COLUMNS", "200")
    printed = " ".join(cli("bench", "run", "--help").out.split())
    listed = printed.partition("Runtime that is timed: ")[2].partition("; repeatable")[0]
    named = [name.split()[0] for name in listed.split(", ")]  # "coreml (on macOS)"
    assert named == [runtime.name for runtime in RUNTIMES if runtime.benchmarkable]


def test_no_arguments_at_all(cli):
    ended = cli()
    assert (ended.status, ended.out) == (2, "")
    for name in ("export", "release", "models", *GROUPS):
        assert f"\n  {name} " in ended.err


def test_version(cli):
    ended = cli("--version")
    assert (ended.status, ended.out, ended.err) == (0, f"mobileswap {version('mobileswap')}\n", "")


def test_python_dash_m_is_recorded_as_the_command_that_it_is(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["__main__.py", "coreml", "--weights", "my file.pth"])
    seen = []
    monkeypatch.setattr(app, "main", lambda: seen.append(typed_command()))
    import runpy

    runpy.run_module("export", run_name="__main__")
    assert seen == ["mobileswap export coreml --weights 'my file.pth'"]
