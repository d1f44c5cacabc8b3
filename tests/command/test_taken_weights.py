"""What a command says of a checkpoint that holds more than what it took."""

import pytest
import torch
from safetensors.torch import load_file


@pytest.fixture
def checkpoint(tmp_path, embedder_state):
    averaged = {key: value / 2 if value.is_floating_point() else value for key, value in embedder_state.items()}
    torch.save({"params": embedder_state, "params_ema": averaged}, tmp_path / "042.pth")
    return tmp_path / "042.pth"


@pytest.mark.parametrize(
    ("options", "factor", "said"),
    [
        ((), 0.5, "took params_ema of 042.pth as the embedder; the average; --prefer raw takes params of 042.pth"),
        (("--prefer", "ema"), 0.5, "took params_ema of 042.pth as the embedder; the average"),
        (
            ("--prefer", "raw"),
            1,
            "took params of 042.pth as the embedder; the raw weights; --prefer ema takes params_ema",
        ),
    ],
)
def test_the_average_is_taken_unless_raw_is_asked_for(cli, tmp_path, checkpoint, embedder_state, options, factor, said):
    ended = cli("weights", "convert", checkpoint, *options)
    assert ended.status == 0
    assert ended.err.startswith(f"weights: {said}")
    assert len(ended.err.splitlines()) == 1
    taken = load_file(tmp_path / "042.safetensors")
    assert torch.equal(taken["bn.bias"], embedder_state["bn.bias"] * factor)


def test_nothing_is_said_where_there_was_nothing_to_choose(cli, embedder_pth, tmp_path):
    assert cli("weights", "convert", embedder_pth, "-o", tmp_path / "e.safetensors").err == ""


def test_one_storage_under_two_keys_is_converted(cli, tmp_path, embedder_state):
    torch.save({**embedder_state, "bn.bias": embedder_state["bn.weight"]}, tmp_path / "tied.pth")
    assert cli("weights", "convert", tmp_path / "tied.pth").status == 0
    taken = load_file(tmp_path / "tied.safetensors")
    assert torch.equal(taken["bn.bias"], embedder_state["bn.weight"])


def test_another_word_than_these_two_is_refused(refusal, checkpoint):
    assert refusal("weights", "convert", checkpoint, "--prefer", "best") == "--prefer best: known are ema, raw"
