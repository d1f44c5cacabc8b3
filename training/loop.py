"""The loop that every network is trained by: step, average, checkpoint, figures; it goes on where it was stopped."""

import contextlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from mobileswap.contracts.errors import BadInput, GateFailed
from mobileswap.training.average import Average
from mobileswap.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from mobileswap.training.schedule import rate_at
from mobileswap.training.together import Together

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"


@dataclass(frozen=True)
class LoopOptions:
    """How long and how fast.

    Attributes:
        steps: in all, from the first.
        batch: pictures a step.
        rate: the highest learning rate.
        save_every: seconds between checkpoints.
        told_every: steps between lines of the log.
    """

    steps: int
    batch: int
    rate: float
    warm_up: int = 200
    decay: float = 0.998
    clip: float = 1.0
    seed: int = 0
    save_every: float = 180
    told_every: int = 20
    judged_every: int = 500
    bfloat16: bool = True


class Task(Protocol):
    """What is trained: its networks, the losses of a step, and how good it is."""

    kind: str
    networks: nn.ModuleDict

    def losses(self, step: int, batch: int, rank: int) -> dict[str, Tensor]:
        """The parts of the loss; ``loss`` is their weighted sum."""

    def judge(self, averages: nn.ModuleDict) -> dict[str, float]:
        """Figures on held-out data."""


def train(
    task: Task,
    folder: Path,
    options: LoopOptions,
    told: Callable[[Mapping[str, Any]], None],
    until: float = math.inf,
    together: Together | None = None,
) -> Checkpoint:
    """Train until ``options.steps`` are done or ``until`` seconds of this call are over.

    Raises:
        BadInput: the folder holds a checkpoint of something else.
        GateFailed: a loss is no number; the message names the last good checkpoint.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run = _Run(task, folder, options, told, together or Together())
    run.resume()
    started = run.saved = time.monotonic()
    try:
        while run.step < options.steps and time.monotonic() - started < until:
            run.advance()
            if time.monotonic() - run.saved > options.save_every:
                run.save()
    except KeyboardInterrupt:
        run.save()
        raise
    run.save()
    return run.checkpoint()


class _Run:
    def __init__(
        self,
        task: Task,
        folder: Path,
        options: LoopOptions,
        told: Callable[[Mapping[str, Any]], None],
        together: Together,
    ) -> None:
        self.task, self.folder, self.options, self.told, self.together = task, folder, options, told, together
        self.average = Average(task.networks, options.decay)
        self.optimizer = torch.optim.Adam(task.networks.parameters(), options.rate, betas=(0.9, 0.99))
        self.step, self.spent, self.saved = 0, 0.0, 0.0

    def resume(self) -> None:
        path = self.folder / CHECKPOINT
        if not path.is_file():
            self.together.same_start(self.task.networks)
            return
        found = load_checkpoint(path, self.task.kind)
        try:
            self.task.networks.load_state_dict(found.networks)
            self.average.network.load_state_dict(found.averages)
            self.optimizer.load_state_dict(found.optimizer)
        except (RuntimeError, ValueError, KeyError) as error:
            first = str(error).splitlines()[0]
            raise BadInput(f"{path}: a checkpoint of another architecture, {first}; give another folder") from error
        self.step, self.spent = found.step, found.spent

    def advance(self) -> None:
        began = time.monotonic()
        options = self.options
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(self.step, options.steps, options.rate, options.warm_up)
        torch.manual_seed(options.seed * 1_000_003 + self.step)
        self.task.networks.train()
        with bfloat16(options.bfloat16):
            losses = self.task.losses(self.step, options.batch, self.together.rank)
        if not math.isfinite(float(losses["loss"].detach())):
            raise GateFailed(self._no_number(losses))
        self.optimizer.zero_grad(set_to_none=True)
        losses["loss"].backward()  # type: ignore[no-untyped-call]
        self.together.average_gradients(self.task.networks.parameters())
        norm = nn.utils.clip_grad_norm_(self.task.networks.parameters(), options.clip)
        if not math.isfinite(float(norm)):
            raise GateFailed(self._no_number(losses))
        self.optimizer.step()
        self.average.update(self.task.networks, self.step)
        self.step += 1
        self.spent += time.monotonic() - began
        self._tell({name: float(value.detach()) for name, value in losses.items()})

    def _tell(self, losses: dict[str, float]) -> None:
        judged = self.step % self.options.judged_every == 0 or self.step == self.options.steps
        if (self.step % self.options.told_every and not judged) or not self.together.first:
            return
        line: dict[str, Any] = {"step": self.step, "seconds": round(self.spent, 1), **losses}
        if judged:
            line |= self.task.judge(self.average.network)  # type: ignore[arg-type]
        with (self.folder / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        self.told(line)

    def _no_number(self, losses: dict[str, Tensor]) -> str:
        parts = ", ".join(f"{name} {float(value.detach()):.3g}" for name, value in losses.items())
        path = self.folder / CHECKPOINT
        good = f"the last good checkpoint is {path}" if path.is_file() else "there is no checkpoint yet"
        return f"step {self.step + 1}: the loss or its gradient is no number ({parts}); {good}; try a lower --rate"

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(
            kind=self.task.kind,
            step=self.step,
            networks=self.task.networks.state_dict(),
            averages=self.average.network.state_dict(),
            optimizer=self.optimizer.state_dict(),
            options=asdict(self.options),
            spent=self.spent,
        )

    def save(self) -> None:
        if self.together.first:
            save_checkpoint(self.folder / CHECKPOINT, self.checkpoint())
        self.saved = time.monotonic()


def bfloat16(wanted: bool) -> contextlib.AbstractContextManager[None]:
    """Half the memory and, where the processor has it, several times the speed; weights stay in 32 bits."""
    return torch.autocast("cpu", torch.bfloat16) if wanted else contextlib.nullcontext()
