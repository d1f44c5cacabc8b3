"""Loop: resumed runs go on as if never stopped, a loss that is no number stops, checkpoints are whole or refused."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from mobileswap.contracts.errors import BadInput, GateFailed
from mobileswap.training.checkpoint import RECIPE_VERSION, load_checkpoint, save_checkpoint
from mobileswap.training.curve import curve_page, read_log
from mobileswap.training.loop import CHECKPOINT, LOG, LoopOptions, train
from mobileswap.training.schedule import rate_at

OPTIONS = LoopOptions(
    steps=12, batch=4, rate=0.05, warm_up=2, save_every=1e9, told_every=1, judged_every=6, bfloat16=False
)


class Line:
    """Fits a line; small enough to be checked by hand."""

    kind = "line"

    def __init__(self, broken_at: int = -1, width: int = 2) -> None:
        torch.manual_seed(3)
        self.networks = nn.ModuleDict({"line": nn.Sequential(nn.Linear(width, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))})
        self.width, self.broken_at = width, broken_at

    def losses(self, step: int, batch: int, rank: int) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(step + 1000 * rank)
        x = torch.randn(batch, self.width, generator=generator)
        loss = (self.networks["line"](x) - x.sum(1, keepdim=True)).square().mean()
        return {"loss": loss * (float("nan") if step == self.broken_at else 1)}

    def judge(self, averages: nn.ModuleDict) -> dict[str, float]:
        return {"weight": float(averages["line"][0].weight.sum())}


def losses_of(folder: Path) -> list[float]:
    return [line["loss"] for line in read_log(folder / LOG)]


def test_a_resumed_run_has_the_losses_of_one_that_never_stopped(tmp_path: Path):
    train(Line(), tmp_path / "whole", OPTIONS, lambda _: None)

    class Stopped(Exception):
        pass

    def stop_at_5(line):
        if line["step"] == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(Line(), tmp_path / "parts", OPTIONS, stop_at_5)
    assert load_checkpoint(tmp_path / "parts" / CHECKPOINT, "line").step == 5
    train(Line(), tmp_path / "parts", OPTIONS, lambda _: None)
    assert losses_of(tmp_path / "parts") == losses_of(tmp_path / "whole")


def test_after_kill_the_last_checkpoint_is_gone_on_from(tmp_path: Path):
    """As after kill −9 between two checkpoints: the log is ahead of what was saved, and the same losses come again."""
    folder = tmp_path / "run"
    often = replace(OPTIONS, save_every=-1)
    train(Line(), folder, often, lambda _: None, until=0.0)
    with pytest.raises(RuntimeError):
        train(Line(), folder, replace(OPTIONS), _raise_at(4))
    train(Line(), folder, OPTIONS, lambda _: None)
    by_step = {line["step"]: line["loss"] for line in read_log(folder / LOG)}
    train(Line(), tmp_path / "whole", OPTIONS, lambda _: None)
    assert list(by_step.values()) == losses_of(tmp_path / "whole")


def _raise_at(step: int):
    def told(line):
        if line["step"] == step:
            raise RuntimeError("killed")

    return told


def test_a_loss_that_is_no_number_names_the_last_good_checkpoint(tmp_path: Path):
    with pytest.raises(GateFailed, match=r"step 4: .*no checkpoint yet.*--rate"):
        train(Line(broken_at=3), tmp_path / "new", OPTIONS, lambda _: None)
    with pytest.raises(GateFailed, match=r"last good checkpoint is .*checkpoint\.pt"):
        train(Line(broken_at=3), tmp_path / "old", replace(OPTIONS, save_every=-1), lambda _: None)
    assert load_checkpoint(tmp_path / "old" / CHECKPOINT, "line").step == 3


def test_the_loss_falls_and_the_log_has_the_judgement(tmp_path: Path):
    train(Line(), tmp_path, replace(OPTIONS, steps=120), lambda _: None)
    losses = losses_of(tmp_path)
    assert losses[-1] < 0.5 * losses[0]
    judged = [line["step"] for line in read_log(tmp_path / LOG) if "weight" in line]
    assert judged == list(range(6, 121, 6))


def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path):
    train(Line(), tmp_path, OPTIONS, lambda _: None)
    with pytest.raises(BadInput, match="another architecture"):
        train(Line(width=3), tmp_path, OPTIONS, lambda _: None)
    with pytest.raises(BadInput, match="expected a checkpoint of generator, it is of line"):
        load_checkpoint(tmp_path / CHECKPOINT, "generator")
    newer = replace(load_checkpoint(tmp_path / CHECKPOINT, "line"), recipe=RECIPE_VERSION + 1)
    save_checkpoint(tmp_path / CHECKPOINT, newer)
    with pytest.raises(BadInput, match="install a newer mobileswap"):
        load_checkpoint(tmp_path / CHECKPOINT, "line")


def test_a_damaged_checkpoint_is_one_line(tmp_path: Path):
    path = tmp_path / CHECKPOINT
    path.write_bytes(b"PK\x03\x04 half a file")
    with pytest.raises(BadInput, match="expected a checkpoint of mobileswap train"):
        load_checkpoint(path, "line")


def test_no_room_leaves_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    checkpoint = train(Line(), tmp_path, OPTIONS, lambda _: None)
    before = (tmp_path / CHECKPOINT).read_bytes()

    def full(_value: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(BadInput, match=r"No space left on device.*untouched"):
        save_checkpoint(tmp_path / CHECKPOINT, checkpoint)
    assert (tmp_path / CHECKPOINT).read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [CHECKPOINT, LOG]


def test_the_rate_rises_then_falls():
    rates = [rate_at(step, 100, 1.0, 10) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[10] == 1.0
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.02, abs=0.01)


def test_the_curve_has_every_figure_and_leaves_out_a_broken_line(tmp_path: Path):
    train(Line(), tmp_path, OPTIONS, lambda _: None)
    with (tmp_path / LOG).open("a") as log:
        log.write('{"step": 13, "lo')
    log_lines = read_log(tmp_path / LOG)
    assert len(log_lines) == 12
    page = curve_page(log_lines, "a <run>")
    assert page.count("<polyline") == 2
    assert "a &lt;run&gt;" in page
