"""A folder that cannot be written to or is full; and an artifact that was there before."""

import errno
import json
import os
import shutil
import subprocess

import pytest
from safetensors import SafetensorError

from mobileswap.export.written import Written
from mobileswap.pipeline import export as export_step

NO_ROOM = os.strerror(errno.ENOSPC)


def hidden(folder):
    return [path for path in folder.rglob(".*") if path.name != "."]


@pytest.fixture
def instead(monkeypatch):
    """``instead(write)`` puts ``write(path)`` in the place of every converter."""

    def install(write):
        def made(_graph, path, _request):
            write(path)
            return Written((path,))

        monkeypatch.setattr(export_step, "exporter", lambda _: made)

    return install


@pytest.mark.parametrize("name", ["file", "file/out"])
@pytest.mark.parametrize(
    "command",
    [("export", "onnx"), ("release",), ("bench", "run", "--backend", "onnxruntime", "--component", "embedder")],
)
def test_a_file_in_the_folders_place(refusal, tmp_path, embedder_pth, command, name, instead):
    instead(lambda path: path.write_bytes(b""))
    (tmp_path / "file").write_text("mine")
    line = refusal(*command, "--weights", embedder_pth, "-o", tmp_path / name)
    assert str(tmp_path / "file") in line
    assert line.endswith(("choose another folder with -o", "choose another with -o"))
    assert (tmp_path / "file").read_text() == "mine"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_convert_into_a_file(refusal, tmp_path, embedder_pth):
    (tmp_path / "file").write_text("mine")
    line = refusal("weights", "convert", embedder_pth, "-o", tmp_path / "file" / "x.safetensors")
    assert line == f"{tmp_path / 'file'}: cannot be written to (it is no folder); choose another folder with -o"


@pytest.mark.parametrize("name", [".", ".."])
def test_a_release_folder_without_a_name(refusal, tmp_path, monkeypatch, name):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    line = refusal("release", "-o", name)
    assert line == f"-o {name}: expected a folder that can be replaced as a whole; give its name"


def test_a_release_never_replaces_another_folder(refusal, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    line = refusal("release", "-o", tmp_path)
    assert line == f"{tmp_path}: holds something that is no earlier release; choose another folder with -o"
    assert (tmp_path / "thesis.txt").read_text() == "mine"


FULL = {
    "python": OSError(errno.ENOSPC, NO_ROOM),
    "quota": OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)),
    "copytree": shutil.Error([("a", "b", f"[Errno 28] {NO_ROOM}: 'a' -> 'b'")]),  # coremltools copies a package so
    "safetensors": SafetensorError(f"Error while serializing: I/O error: {NO_ROOM} (os error 28)"),
}


@pytest.mark.parametrize("name", FULL)
def test_a_disk_that_runs_full_while_exporting(cli, tmp_path, embedder_pth, instead, name):
    def write(path):
        path.write_bytes(b"half")
        raise FULL[name]

    instead(write)
    old = tmp_path / "mobilefsgan-embedder-fp32.onnx"
    old.write_bytes(b"old")
    ended = cli("export", "onnx", "--weights", embedder_pth, "-o", tmp_path)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.splitlines()[-1].startswith(f"mobileswap: {tmp_path}: no room left there or in ")
    assert "Traceback" not in ended.err
    assert old.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == [old.name]


@pytest.fixture
def mounted(tmp_path):
    """``mounted("size=3m")`` is a file system of its own, where this machine lets us have one."""
    folders = []

    def mount(options):
        folder = tmp_path / "mounted"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            pytest.skip("there is no mount command")
        if done.returncode:
            pytest.skip(f"this machine lets us mount nothing: {done.stderr.strip()}")
        folders.append(folder)
        return folder

    yield mount
    for folder in folders:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize(
    "format_name",
    ["pytorch", pytest.param("onnx", marks=pytest.mark.real), pytest.param("coreml", marks=pytest.mark.real)],
)
def test_a_full_disk(cli, mounted, embedder_pth, format_name):
    folder = mounted("size=1m")
    ended = cli("export", format_name, "--weights", embedder_pth, "-o", folder)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.splitlines()[-1].startswith(f"mobileswap: {folder}: no room left there or in ")
    assert list(folder.iterdir()) == []


def test_a_full_disk_while_converting(refusal, mounted, embedder_pth):
    folder = mounted("size=3m")
    assert "no room left there" in refusal("weights", "convert", embedder_pth, "-o", folder / "x.safetensors")
    assert list(folder.iterdir()) == []


def test_a_full_disk_for_json(cli, mounted, exported):
    folder = mounted("size=4k")
    (folder / "fill").touch()
    artifact = exported / "mobilefsgan-embedder-fp32.onnx"
    ended = cli("parity", "check", artifact, "--json", folder / "r.json")
    assert ended.status == 2
    assert ended.err.splitlines()[-1].startswith(f"mobileswap: {folder / 'r.json'}: cannot be written ({NO_ROOM})")
    assert [entry.name for entry in folder.iterdir()] == ["fill"]


@pytest.mark.parametrize("command", [("export", "pytorch"), ("release",)])
def test_a_folder_that_may_only_be_read(cli, mounted, embedder_pth, command):
    folder = mounted("size=1m,ro")
    ended = cli(*command, "--weights", embedder_pth, "-o", folder / "out")
    assert (ended.status, ended.out) == (2, "")
    assert f"cannot be written to ({os.strerror(errno.EROFS)}); choose another folder with -o" in ended.err


def test_what_does_not_pass_leaves_the_old_artifact_alone(cli, tmp_path, embedder_pth, instead):
    instead(lambda path: path.write_bytes(b"no model at all"))
    old = tmp_path / "mobilefsgan-embedder-fp32.onnx"
    old.write_bytes(b"old")
    old.with_name(f"{old.name}.json").write_text("old")
    ended = cli("export", "onnx", "--weights", embedder_pth, "-o", tmp_path)
    assert ended.status == 1
    rejected = tmp_path / "rejected" / old.name
    assert f"REJECTED, kept as {rejected}" in ended.out
    assert "mobileswap: mobilefsgan-embedder-fp32 in onnxruntime: CRASH: exit status 1: " in ended.err
    assert (old.read_bytes(), old.with_name(f"{old.name}.json").read_text()) == (b"old", "old")
    assert rejected.read_bytes() == b"no model at all"
    assert json.loads(rejected.with_name(f"{old.name}.json").read_text())["parity"][0]["outcome"] == "CRASH"
    assert hidden(tmp_path) == []


def test_what_passes_takes_the_old_artifacts_place(cli, tmp_path, embedder_pth, exported, instead):
    name = "mobilefsgan-embedder-fp32.onnx"
    instead(lambda path: shutil.copy(exported / name, path))
    (tmp_path / name).write_bytes(b"old")
    ended = cli("export", "onnx", "--weights", embedder_pth, "-o", tmp_path)
    assert ended.status == 0
    assert f"wrote {tmp_path / name}" in ended.out
    assert (tmp_path / name).read_bytes() == (exported / name).read_bytes()
    assert hidden(tmp_path) == []


def test_no_verify_is_asked_for_and_recorded(cli, tmp_path, embedder_pth, instead):
    instead(lambda path: path.write_bytes(b"unproven"))
    ended = cli("export", "onnx", "--weights", embedder_pth, "--no-verify", "-o", tmp_path)
    assert ended.status == 0
    assert "NOT_CHECKED" in ended.out
    record = json.loads((tmp_path / "mobilefsgan-embedder-fp32.onnx.json").read_text())
    assert record["parity"] == []
