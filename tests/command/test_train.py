"""`mobileswap train`: a small run from rendering to a curve, and mistakes in one line."""

import re
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    from mobileswap.training.faces.identity import SIZE
    from mobileswap.training.faces.rendered_set import HELD_OUT, PEOPLE, render_shard

    folder = tmp_path / "faces"
    folder.mkdir()
    for shard in (0, HELD_OUT // PEOPLE):
        render_shard(folder, shard, size=32, people=4)
    np.save(folder / "effects.npy", np.ones(SIZE, np.float32))
    return folder


def test_a_stage_trains_goes_on_and_draws_its_curve(cli, faces: Path, tmp_path: Path):
    arguments = [
        "train",
        "run",
        str(tmp_path / "run"),
        "--stage",
        "64",
        "--faces",
        str(faces),
        "--codes",
        "--batch",
        "2",
    ]
    first = cli(*arguments, "--steps", "1")
    assert first.status == 0, first.err
    assert "step 1:" in first.err
    assert "psnr_copy" in first.err
    second = cli(*arguments, "--steps", "2")
    assert "step 1:" not in second.err
    assert "step 2:" in second.err
    page = tmp_path / "curve.html"
    assert cli("train", "curve", str(tmp_path / "run" / "64"), "-o", str(page)).status == 0
    assert "psnr" in page.read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--stage", "64"], "give --faces FOLDER with rendered faces or --data FOLDER"),
        (["--stage", "65", "--faces", "{}"], "--stage 65: known are embedder, 64, 128, 256"),
        (["--stage", "embedder", "--data", "{}"], "the embedder learns from rendered people"),
        (["--stage", "64", "--data", "{}", "--codes"], "--codes goes with --faces"),
        (["--stage", "64", "--faces", "{}", "--codes", "--losses", "paper"], "leave --codes out"),
        (["--stage", "64", "--faces", "{}", "--losses", "mine"], "--losses mine: known are ours, paper"),
        (["--stage", "64", "--faces", "{}"], "no rendered faces|also held-out ones"),
        (["--stage", "64", "--data", "{}"], "expected pictures of two people or more"),
    ],
)
def test_mistakes_are_one_line(refusal, tmp_path: Path, arguments: list[str], words: str):
    assert re.search(words, refusal("train", "run", tmp_path / "run", *(one.format(tmp_path) for one in arguments)))


def test_a_later_stage_says_which_comes_first(refusal, faces: Path, tmp_path: Path):
    words = refusal("train", "run", tmp_path / "run", "--stage", "128", "--faces", faces, "--codes")
    assert "the stage at 64² comes first" in words
