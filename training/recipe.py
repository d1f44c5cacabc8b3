"""The whole recipe, in order: the embedder, then the generator at 64², 128² and 256². Each part resumes by itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from mobileswap.contracts.errors import BadInput
from mobileswap.model.mobilefsgan.embedder import MobileFaceNet
from mobileswap.model.mobilefsgan.generator import Generator
from mobileswap.training.checkpoint import load_checkpoint
from mobileswap.training.embedder_task import EmbedderTask
from mobileswap.training.faces.effects import identity_codes, kept_effects
from mobileswap.training.faces.rendered_set import HELD_OUT, open_shards
from mobileswap.training.faces.sampling import RenderedFaces
from mobileswap.training.folder_data import FolderFaces
from mobileswap.training.generator_task import GeneratorTask
from mobileswap.training.growth import grow
from mobileswap.training.loop import CHECKPOINT, LoopOptions, Task, train
from mobileswap.training.options import RunOptions
from mobileswap.training.stage import STAGES, Stage
from mobileswap.training.start import start_calmly
from mobileswap.training.tensors import at_scale, embedder_input, to_tensor
from mobileswap.training.together import Together
from mobileswap.training.triplets import Identify, Triplets, TripletSource

Told = Callable[[Mapping[str, Any]], None]

# Steps, pictures a step and learning rate of each part; what made the weights that ship is on their card.
EMBEDDER = LoopOptions(steps=1200, batch=64, rate=2e-3, warm_up=100, clip=5.0, judged_every=200)
GENERATOR = {
    64: LoopOptions(steps=4000, batch=8, rate=2e-3, warm_up=100, judged_every=400),
    128: LoopOptions(steps=1500, batch=8, rate=1e-3, warm_up=50, judged_every=250),
    256: LoopOptions(steps=800, batch=4, rate=5e-4, warm_up=30, judged_every=200),
}


@dataclass(frozen=True)
class Data:
    """What a run learns from and what it is judged by."""

    learned: TripletSource
    held_out: TripletSource


def train_stage(options: RunOptions, told: Told, skipped: Callable[[str], None], together: Together) -> None:
    """Train one part of the recipe, from where it was.

    Raises:
        BadInput: the data cannot be used, or the part before is not there.
        GateFailed: a loss is no number.
    """
    until = options.seconds
    if options.faces and options.stage == "embedder":
        task: Task = EmbedderTask(*rendered_data(options.faces), kept_effects(options.faces), options.seed)
        train(task, options.run / "embedder", _loop(EMBEDDER, options), told, until, together)
        return
    size = int(options.stage)
    data = _data_of(options, skipped)
    embedder = None if options.codes else trained_embedder(options.run)
    identify = by_embedder(embedder) if embedder else by_code(options.faces)
    stage = first_stage(options.seed) if size == STAGES[0] else next_stage(options.run, size, data, identify)
    task = GeneratorTask(
        stage, data.learned, data.held_out, identify, options.losses, embedder,
        frozen_statistics=size != STAGES[0], seed=options.seed,
    )  # fmt: skip
    train(task, options.run / str(size), _loop(GENERATOR[size], options), told, until, together)


def _loop(usual: LoopOptions, options: RunOptions) -> LoopOptions:
    given: dict[str, Any] = {"steps": options.steps, "batch": options.batch, "rate": options.rate, "seed": options.seed}
    return replace(usual, **{name: value for name, value in given.items() if value is not None})


def _data_of(options: RunOptions, skipped: Callable[[str], None]) -> Data:
    if options.faces:
        return Data(*rendered_data(options.faces))
    assert options.data is not None
    own = FolderFaces(options.data, skipped)
    return Data(own, own)


def rendered_data(folder: Path) -> tuple[RenderedFaces, RenderedFaces]:
    """Shards for training and those of held-out people.

    Raises:
        BadInput: one of the two is missing.
    """
    shards = open_shards(folder)
    kept = [shard for shard in shards if shard.people.min() >= HELD_OUT]
    seen = [shard for shard in shards if shard.people.min() < HELD_OUT]
    if not kept or not seen:
        raise BadInput(f"{folder}: expected rendered faces, also held-out ones; run: mobileswap train render {folder}")
    return RenderedFaces(seen), RenderedFaces(kept)


def first_stage(seed: int, channels: int = 64, embedding_size: int = 512) -> Stage:
    torch.manual_seed(seed)
    generator = Generator(channels, embedding_size)
    start_calmly(generator)
    return Stage(generator, STAGES[0]).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def next_stage(run: Path, size: int, data: Data, identify: Identify) -> Stage:
    """The stage of that size, grown from the averaged weights of the one before."""
    before = trained_stage(run, size // 2)
    triplets = data.learned.triplets(np.random.default_rng(50), 8, 0.0)
    torch.manual_seed(size)
    with torch.inference_mode():
        code = identify(triplets).clone()
    grown = grow(before, at_scale(to_tensor(triplets.target), size), code)
    return grown.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def trained_stage(run: Path, size: int) -> Stage:
    """The averaged weights of a stage.

    Raises:
        BadInput: that stage was not trained here.
    """
    path = run / str(size) / CHECKPOINT
    if not path.is_file():
        raise BadInput(f"{path}: not there; the stage at {size}² comes first: mobileswap train run --stage {size}")
    state = {
        name.removeprefix("stage."): value
        for name, value in load_checkpoint(path, "generator").averages.items()
        if name.startswith("stage.")
    }
    stage = Stage(Generator(*_widths(state)), size)
    stage.load_state_dict(state)
    return stage.eval()


def _widths(state: Mapping[str, torch.Tensor]) -> tuple[int, int]:
    channels, embedding_size = state["generator.identity_encoder.b64_up.fc_mean.weight"].shape
    return channels, embedding_size


def trained_embedder(run: Path) -> nn.Module:
    """The averaged weights of the embedder, frozen.

    Raises:
        BadInput: it was not trained here.
    """
    path = run / "embedder" / CHECKPOINT
    if not path.is_file():
        raise BadInput(f"{path}: not there; the embedder comes first: mobileswap train run --stage embedder")
    state = load_checkpoint(path, "embedder").averages
    network = MobileFaceNet()
    network.load_state_dict({name.removeprefix("embedder."): value for name, value in state.items()})
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def run_networks(run: Path) -> dict[str, nn.Module]:
    """Both networks of a finished run, by component.

    Raises:
        BadInput: a part is missing.
    """
    return {"generator": trained_stage(run, STAGES[-1]).generator, "embedder": trained_embedder(run)}


def by_code(faces: Path | None) -> Identify:
    """Who somebody is by the rendered person's own code."""
    from mobileswap.training.faces.identity import draw_identity

    assert faces is not None  # RunOptions refuses codes without rendered people
    effect = kept_effects(faces)

    def identify(triplets: Triplets) -> torch.Tensor:
        if triplets.people is None:
            raise BadInput("a user's faces have no codes; give the embedder that tells who somebody is")
        values = np.stack([draw_identity(int(person)).values for person in triplets.people])
        return torch.from_numpy(identity_codes(values, effect))

    return identify


def by_embedder(network: nn.Module) -> Identify:
    """Who somebody is by the frozen embedder's look at the source."""

    @torch.no_grad()
    def identify(triplets: Triplets) -> torch.Tensor:
        return network(embedder_input(to_tensor(triplets.source))).float()  # type: ignore[no-any-return]

    return identify
