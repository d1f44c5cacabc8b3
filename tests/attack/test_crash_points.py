"""Killed at every change of the file system, also in whole commands: the older or the newer, and no mixture of them."""

import os
import shutil
import signal
import sqlite3
from itertools import count

import numpy as np
import pytest
from kill_points import how_many, killed_at, moments
from PIL import Image
from replaced import SHAPES, contents, replace_all, whole, write
from tiny_run import a_result, a_run

from mobileswap.bench.history import recall, remember
from mobileswap.contracts import publish as publish_step
from mobileswap.contracts.artifact import read_unchanged
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.publish import settle
from mobileswap.contracts.staging import staging
from mobileswap.export.written import Written
from mobileswap.pipeline import export as export_step
from mobileswap.pipeline import release as release_step
from mobileswap.pipeline import swap as swap_step
from mobileswap.pipeline.bench_options import BenchOptions
from mobileswap.pipeline.convert_weights import convert
from mobileswap.pipeline.export import ExportOptions, export_one
from mobileswap.pipeline.release import release
from mobileswap.pipeline.swap import SwapOptions, Swapper
from mobileswap.pipeline.verify import verify
from mobileswap.pipeline.workplace import workplace

pytestmark = pytest.mark.attack


@pytest.fixture(params=["exchange", "fallback"])
def system(request, monkeypatch):
    if request.param == "fallback":
        monkeypatch.setattr(publish_step, "exchange", lambda *_: False)


@pytest.mark.usefixtures("system")
def test_killed_again_while_finishing(tmp_path):
    folder, names = tmp_path / "out", SHAPES["package"]

    def begin():
        shutil.rmtree(folder, ignore_errors=True)
        write(folder, names, "old")

    killed = moments(lambda: replace_all(folder, names), begin)
    states = [shutil.copytree(folder, tmp_path / str(number)) for number in killed]
    unfinished = [state for state in states if list(state.glob(".moving-*"))]
    assert unfinished
    for state in unfinished:

        def again(state=state):
            shutil.rmtree(folder)
            shutil.copytree(state, folder)

        for _ in moments(lambda: settle(folder), again):
            settle(folder)
            assert contents(folder) == whole(names, "new")


def put(folder, state):
    """The folder as it was."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(state, folder)


def hidden(folder):
    return [path.name for path in folder.rglob(".*") if path.name != ".release.lock"]


@pytest.fixture
def no_power_cut(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)


WRITES = {
    "onnx": lambda path: [path],
    "coreml": lambda path: [path / "Data" / "weights", path / "Manifest.json"],
    "tnn": lambda path: [path, path.with_suffix(".tnnmodel")],
}


def exporter_of(text):
    """Writes files of the format's shape and converts nothing."""

    def made(_graph, path, request):
        files = WRITES[path.suffix.removeprefix(".").replace("mlpackage", "coreml").replace("tnnproto", "tnn")](path)
        for file in files:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{text} {file.name}")
        return Written(tuple(file for file in files if file.parent == path.parent) or (path,), {})

    return lambda _: made


@pytest.mark.usefixtures("system", "no_power_cut")
@pytest.mark.parametrize("accepted", [True, False], ids=["accepted", "rejected"])
@pytest.mark.parametrize("format_name", WRITES)
def test_export(source, progress, tmp_path, monkeypatch, format_name, accepted):
    folder, older = tmp_path / "out", tmp_path / "older"
    options = ExportOptions(format_name, "generator", verify=not accepted)
    monkeypatch.setattr(export_step, "prove", lambda artifact, *_, **__: artifact)
    golden = tmp_path / "golden"
    golden.touch()
    monkeypatch.setattr(type(source), "golden", lambda *_, **__: golden)
    monkeypatch.setattr(export_step, "exporter", exporter_of("old"))
    path = export_one(source, options, older, progress).path.relative_to(older)
    old = read_unchanged(older / path)[0].sha256
    monkeypatch.setattr(export_step, "exporter", exporter_of("new"))
    seen = []
    for _ in moments(lambda: export_one(source, options, folder, progress), lambda: put(folder, older)):
        seen.append(read_unchanged(folder / path)[0].sha256)
        assert [name for name in hidden(folder) if name.startswith(".moving")] == []
        with staging(folder):
            pass
        assert hidden(folder) == []
    assert len(set(seen)) == 2
    assert seen == sorted(seen, key=lambda digest: digest != old), "the newer, and then the older again"
    print(f"export {format_name}: {len(seen)} moments")


@pytest.mark.usefixtures("system", "no_power_cut")
def test_convert(weights, tmp_path):
    folder, older = tmp_path / "out", tmp_path / "older"
    older.mkdir()
    convert(str(weights(0)), older / "w.safetensors", "tiny")
    first = {path.name: path.read_bytes() for path in older.iterdir()}
    checkpoint = str(weights(1))
    convert(checkpoint, older / "w.safetensors", "tiny")
    second = {path.name: path.read_bytes() for path in older.iterdir()}

    def before():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, content in first.items():
            (folder / name).write_bytes(content)

    seen = []
    for _ in moments(lambda: convert(checkpoint, folder / "w.safetensors", "tiny"), before):
        with staging(folder):
            pass
        found = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert found in (first, second)
        seen.append(found == second)
    assert set(seen) == {False, True}
    print(f"convert: {len(seen)} moments")


@pytest.mark.usefixtures("no_power_cut")
def test_swap(proven, progress, tmp_path, monkeypatch):
    targets, folder = tmp_path / "targets", tmp_path / "swapped"
    targets.mkdir()
    names = ("a.png", "b.jpg", "c.webp")
    for name in names:
        Image.fromarray(np.zeros((256, 256, 3), np.uint8)).save(targets / name)
    monkeypatch.setattr(swap_step, "embedding_of", lambda *_: {})
    monkeypatch.setattr(Swapper, "_run", lambda self, pictures, *_: [np.full_like(one, 200) for one in pictures])

    def before():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(targets, folder)

    def work():
        Swapper(proven, SwapOptions()).swap(None, targets, folder, progress)

    seen = 0
    for _ in moments(work, before):
        seen += 1
        with staging(folder):
            pass
        assert sorted(path.name for path in folder.iterdir()) == list(names)
        for name in names:
            levels = np.asarray(Image.open(folder / name))
            assert abs(int(levels.min()) - int(levels.max())) <= 2
            assert round(float(levels.mean())) in (0, 200)
    print(f"swap: {seen} moments")


@pytest.mark.usefixtures("system", "no_power_cut")
def test_release(source, progress, tmp_path, monkeypatch):
    """All is proven and timed already, so that it is about the folder: taken over, drawn, listed, signed, replaced."""
    monkeypatch.setattr(release_step, "CONTENTS", (("onnx", "fp32"),))
    folder, older = tmp_path / "out", tmp_path / "older"
    options = BenchOptions(runs=2, warmup=0)

    def run(command):
        return release(source, folder / "release", options, progress, command)

    folder.mkdir()
    assert run("the older").passed
    shutil.copytree(folder, older)
    total = how_many(lambda: run("the newer"))
    numbers = [*range(0, total - 60, 23), *range(total - 60, total)]  # where the names are changed, each
    seen = []
    for number in numbers:
        put(folder, older)
        assert killed_at(lambda: run("the newer"), number)
        found = verify(folder / "release")
        assert found.passed, found.found
        seen.append(found.manifest.command)
        with workplace(folder / "release"):
            pass
        assert verify(folder / "release").manifest.command in ("the older", "the newer")
        assert [name for name in hidden(folder) if name.startswith((".moving", ".staging"))] == []
    assert set(seen) == {"the older", "the newer"}
    assert run("the last").passed
    assert verify(folder / "release").manifest.command == "the last"
    assert [path.name for path in folder.iterdir()] == ["release"]
    print(f"release: {len(numbers)} of {total} moments")


def killed_while_remembering(result, path, number):
    """Whether SQLite's own machine made so many steps for it; it was killed at that one."""
    connect = sqlite3.connect

    def counted(*arguments, **options):
        passed = 0

        def step():
            nonlocal passed
            passed += 1
            if passed == number:
                os.kill(os.getpid(), signal.SIGKILL)

        database = connect(*arguments, **options)
        database.set_progress_handler(step, 1)
        return database

    def work():
        sqlite3.connect = counted  # the child's alone
        remember(result, path)

    return killed_at(work, -1)


def remembered(path):
    try:
        return len(recall(path))
    except BadInput as error:
        return 0 if "no history there" in str(error) else str(error)


@pytest.mark.parametrize("before", [0, 1])
def test_history(tmp_path, before):
    """Killed at every third step of SQLite's own machine, which it makes hundreds of."""
    path, result = tmp_path / "history.sqlite", a_result(a_run([1.5] * 9))
    for _ in range(before):
        remember(result, path)
    kept = {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()}
    seen = []
    for number in count(1, 3):
        for entry in tmp_path.iterdir():
            entry.unlink()
        for name, content in kept.items():
            (tmp_path / name).write_bytes(content)
        if not killed_while_remembering(result, path, number):
            break
        seen.append(remembered(path))
        assert seen[-1] in (before, before + 1)
        remember(result, path)
        assert remembered(path) == seen[-1] + 1
    assert len(seen) > 10
    print(f"history: {len(seen)} moments")
