"""Pipes, narrow terminals, other working directories and names that are not plain ASCII."""

import os
import subprocess
import sys

import pytest


def command(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "mobileswap", *arguments], capture_output=True, check=False, **options)


@pytest.mark.parametrize("arguments", [["models"], ["weights", "list"], ["--help"]])
def test_a_reader_that_has_gone_is_no_failed_gate_and_no_traceback(arguments):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "mobileswap", *arguments], stdout=writer, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, b"")


@pytest.mark.parametrize("arguments", [["models"], ["weights", "list"]])
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")  # noqa: PTH110
def test_output_into_a_full_device(arguments):
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        ended = subprocess.run(
            [sys.executable, "-m", "mobileswap", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 2
    assert ended.stderr.startswith("mobileswap: No space left on device; make room")
    assert len(ended.stderr.splitlines()) == 1


def test_a_terminal_without_unicode():
    plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    ended = command("weights", "list", env={**os.environ, **plain})
    assert (ended.returncode, ended.stderr) == (0, b"")
    ended = command("weights", "convert", "Füße.pth", env={**os.environ, **plain})
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("columns", ["1", "20", "500"])
def test_any_width(cli, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    ended = cli("weights", "list")
    assert (ended.status, ended.err) == (0, "")
    assert "eileen_collins" in ended.out  # a pipe gets the whole table, however narrow a terminal would be
    assert cli("export", "--help").status == 0


def test_names_with_spaces_and_letters_of_the_world(cli, tmp_path, monkeypatch, embedder_pth):
    folder = tmp_path / "ein Ordner ü 人"
    folder.mkdir()
    weights = folder / "gewichte é.pth"
    weights.write_bytes(embedder_pth.read_bytes())
    ended = cli("weights", "convert", weights)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == f"wrote {folder / 'gewichte é.safetensors'}\n"
    assert cli("export", "onnx", "--weights", folder / "fehlt.pth").err.startswith(
        f"mobileswap: {folder / 'fehlt.pth'}: "
    )


def test_a_name_with_a_line_feed_still_makes_one_line(refusal, tmp_path):
    refusal("export", "onnx", "--weights", tmp_path / "a\nb.pth")


def test_paths_are_seen_from_where_the_user_stands(cli, tmp_path, monkeypatch, embedder_pth):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "w.pth").write_bytes(embedder_pth.read_bytes())
    ended = cli("weights", "convert", "../w.pth", "-o", "there/w.safetensors")
    assert (ended.status, ended.out) == (0, "wrote there/w.safetensors\n")
    assert [path.name for path in (tmp_path / "here" / "there").iterdir()] == ["w.safetensors"]


def test_a_folder_named_like_one_of_ours_does_no_harm(cli, tmp_path, monkeypatch, exported):
    for name in ("bench", "contracts", "numpy"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not mine')")
    monkeypatch.chdir(tmp_path)
    assert cli("parity", "check", exported / "mobilefsgan-embedder-fp32.onnx").status == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to RLIMIT_AS")
def test_a_machine_without_enough_memory():
    import resource

    few = 300 << 20  # bytes: enough for Python, too few for PyTorch's library
    ended = command("models", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (few, few)), text=True)
    assert ended.returncode == 2
    assert ended.stderr.startswith("mobileswap: there is not enough memory for it")
    assert len(ended.stderr.splitlines()) == 1
