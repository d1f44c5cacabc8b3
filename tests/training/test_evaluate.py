"""Evaluation: figures of known pictures, baselines beside them, and a recogniser that is a program of its own."""

import stat
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from mobileswap.contracts.errors import Unavailable
from mobileswap.training.evaluate import COPY, MEAN, SWAPPED, TRUTH, evaluate
from mobileswap.training.faces.held_out import HeldOut, render_held_out
from mobileswap.training.figures_table import figures_table
from mobileswap.training.grid import by_seed, swap_grid
from mobileswap.training.recognisers import by_program
from mobileswap.training.ship import half_state, ship
from mobileswap.training.swap_figures import changed, decibels


@pytest.fixture(scope="module")
def held_out(tmp_path_factory: pytest.TempPathFactory) -> HeldOut:
    return render_held_out(tmp_path_factory.mktemp("held"), people=3, swaps=2, told=lambda _: None, size=64)


def by_mean_colour(pictures: np.ndarray) -> torch.Tensor:
    flat = torch.from_numpy(np.array(pictures)).float().mean((1, 2))
    return flat / flat.norm(dim=1, keepdim=True)


def test_the_truth_is_perfect_and_the_baselines_are_not(held_out: HeldOut):
    rows = {row.way: row for row in evaluate(np.asarray(held_out.truth), held_out, {"colour": by_mean_colour})}
    assert list(rows) == [SWAPPED, COPY, MEAN, TRUTH]
    assert rows[SWAPPED].psnr == rows[TRUTH].psnr == pytest.approx(100)
    assert rows[TRUTH].ssim == rows[TRUTH].ssim_changed == pytest.approx(1)
    for way in (COPY, MEAN):
        assert rows[way].psnr_changed < rows[way].psnr < 40
        assert rows[way].ssim_changed < rows[way].ssim < 1
    table = figures_table(list(rows.values()), swaps=2, people=3)
    assert table.rows[1][0] == COPY
    assert table.columns[-1].name == "top 1 colour"


def test_held_out_pictures_are_rendered_once(tmp_path: Path):
    first = render_held_out(tmp_path, 2, 1, lambda _: None, 32)
    told: list[int] = []
    again = render_held_out(tmp_path, 2, 1, told.append, 32)
    assert not told
    assert np.array_equal(first.truth, again.truth)
    assert not list(tmp_path.glob("*begun*"))


def test_decibels_by_hand():
    truth = torch.zeros(1, 3, 4, 4)
    picture = torch.zeros(1, 3, 4, 4)
    picture[..., :2] = 0.2  # a tenth of the range in half of the pixels
    assert decibels(picture, truth)[0] == pytest.approx(23.01, abs=0.01)
    where = changed(picture, truth)
    assert float(where.sum()) == 8
    assert decibels(picture, truth, where)[0] == pytest.approx(20, abs=0.01)


def program(path: Path, body: str) -> Path:
    path.write_text(f"#!{sys.executable}\nimport sys\nimport numpy as np\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_recogniser_is_a_program(tmp_path: Path):
    recogniser = program(tmp_path / "colour", "np.save(sys.argv[2], np.load(sys.argv[1]).mean((1, 2)))")
    found = by_program(recogniser, np.full((2, 8, 8, 3), 7, np.uint8))
    assert found.shape == (2, 3)
    assert torch.allclose(found.norm(dim=1), torch.ones(2))


@pytest.mark.parametrize("body", ["sys.exit(3)", "np.savetxt(sys.argv[2], [1])"])
def test_a_recogniser_that_fails_is_one_line(tmp_path: Path, body: str):
    with pytest.raises(Unavailable, match="it gave no vectors"):
        by_program(program(tmp_path / "broken", body), np.zeros((1, 8, 8, 3), np.uint8))


def test_what_ships_is_16_bits_but_for_statistics(tmp_path: Path):
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1), torch.nn.BatchNorm2d(1))
    kinds = {name: value.dtype for name, value in half_state(network).items()}
    assert kinds["0.weight"] == torch.float16
    assert kinds["1.running_var"] == torch.float32
    assert kinds["1.num_batches_tracked"] == torch.int64
    assert ship({"embedder": network}, tmp_path / "out")["embedder"].stat().st_size < 2000
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["embedder.safetensors"]


def test_a_grid_is_chosen_by_seed_and_keeps_every_swap_in_a_row():
    assert by_seed(3, 10).tolist() == by_seed(3, 10).tolist() != by_seed(3, 10, seed=1).tolist()
    one, other = np.zeros((3, 4, 4, 3), np.uint8), np.ones((3, 4, 4, 3), np.uint8)
    grid = swap_grid((one, other), wide=2)
    assert grid.shape == (8, 16, 3)
    assert grid[0, :8, 0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert (grid[4:, 8:] == 255).all()
