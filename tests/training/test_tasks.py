"""Tasks: every part of the loss is there, and each network learns from the parts that are its own."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mobileswap.model.mobilefsgan.embedder import MobileFaceNet
from mobileswap.model.mobilefsgan.generator import Generator
from mobileswap.training.discriminator import Discriminator, fooled, told_apart
from mobileswap.training.embedder_task import EmbedderTask, keep_slopes, retrieval
from mobileswap.training.faces.effects import identity_codes
from mobileswap.training.faces.identity import SIZE, draw_identity
from mobileswap.training.faces.rendered_set import open_shards
from mobileswap.training.faces.sampling import RenderedFaces
from mobileswap.training.generator_task import GeneratorTask
from mobileswap.training.losses import OURS, PAPER, pixel_loss
from mobileswap.training.recipe import by_embedder
from mobileswap.training.stage import Stage
from mobileswap.training.start import start_calmly

EFFECT = np.linspace(0.1, 1, SIZE).astype(np.float32)


@pytest.fixture
def faces(small_set: Path) -> RenderedFaces:
    return RenderedFaces(open_shards(small_set))


def small_stage() -> Stage:
    torch.manual_seed(0)
    generator = Generator(16, 512)
    start_calmly(generator)
    return Stage(generator, 64)


def test_the_paper_s_losses_are_all_there_and_reach_both_networks(faces: RenderedFaces):
    torch.manual_seed(1)
    embedder = MobileFaceNet().eval().requires_grad_(False)
    task = GeneratorTask(small_stage(), faces, faces, by_embedder(embedder), PAPER, embedder)
    losses = task.losses(0, 2)
    assert list(losses) == ["loss", "pixels", "identity", "perceptual", "fooled", "told_apart"]
    parts = [float(losses[name]) for name in list(losses)[1:]]
    assert float(losses["loss"].detach()) == pytest.approx(sum(parts), rel=1e-4)
    losses["loss"].backward()
    for name in ("stage", "discriminator"):
        assert any(p.grad is not None and bool(p.grad.any()) for p in task.networks[name].parameters())
    assert all(p.grad is None for p in embedder.parameters())


def test_the_same_step_has_the_same_loss(faces: RenderedFaces):
    task = GeneratorTask(small_stage().eval(), faces, faces, lambda t: torch.zeros(len(t.source), 512), OURS)
    one, other = (float(task.losses(4, 3)["loss"].detach()) for _ in range(2))
    assert one == other != float(task.losses(5, 3)["loss"].detach())


def test_judging_says_what_copying_the_target_would_give(faces: RenderedFaces):
    task = GeneratorTask(small_stage(), faces, faces, lambda t: torch.zeros(len(t.source), 512), OURS)
    figures = task.judge(task.networks)
    assert set(figures) == {"psnr", "psnr_copy", "psnr_changed", "psnr_changed_copy"}
    assert figures["psnr_changed_copy"] < figures["psnr_copy"]


def test_pictures_without_a_truth_do_not_count():
    image, truth = torch.zeros(2, 3, 8, 8), torch.stack([torch.ones(3, 8, 8), torch.full((3, 8, 8), 9.0)])
    assert float(pixel_loss(image, truth, torch.tensor([1.0, 0.0]), squared=False)) == 1
    assert float(pixel_loss(image, truth, torch.tensor([1.0, 0.0]), squared=True)) == 0.5
    assert float(pixel_loss(image, truth, torch.zeros(2), squared=False)) == 0


def test_each_side_of_the_game_moves_its_own_weights():
    discriminator = Discriminator(channels=4, layers=2, scales=1)
    made = torch.randn(2, 3, 16, 16, requires_grad=True)
    fooled(discriminator, [made], (1.0,)).backward()
    assert made.grad is not None
    assert all(p.grad is None for p in discriminator.parameters())
    before = made.grad.clone()
    told_apart(discriminator, [torch.randn(2, 3, 16, 16)], [made], (1.0,)).backward()
    assert torch.equal(made.grad, before)
    assert all(p.grad is not None for p in discriminator.parameters())


def test_the_embedder_s_loss_is_finite_and_slopes_stay(faces: RenderedFaces):
    task = EmbedderTask(faces, faces, EFFECT)
    losses = task.losses(0, 3)
    losses["loss"].backward()
    assert torch.isfinite(losses["loss"])
    network = task.networks["embedder"]
    assert network.conv1.prelu.weight.grad is None
    assert network.conv1.conv.weight.grad is not None
    assert list(network.state_dict()) == list(MobileFaceNet().state_dict())


def test_training_computes_what_the_shipped_embedder_will():
    torch.manual_seed(0)
    plain = MobileFaceNet().eval()
    torch.manual_seed(0)
    network = MobileFaceNet().eval()
    keep_slopes(network)
    crops = torch.randn(2, 3, 112, 112)
    assert torch.allclose(plain(crops), network(crops), atol=1e-6)


def test_codes_have_length_1_and_differ_between_people():
    values = np.stack([draw_identity(seed).values for seed in range(50)])
    codes = identity_codes(values, EFFECT)
    assert np.allclose(np.linalg.norm(codes, axis=1), 1, atol=1e-5)
    cosine = codes @ codes.T - np.eye(50)
    assert np.abs(cosine).max() < 0.8


def test_retrieval_counts_the_nearest():
    gallery = torch.eye(4)
    probe = torch.stack([gallery[0], gallery[1], gallery[3], gallery[3]])
    assert retrieval(probe, gallery) == pytest.approx({"top1": 0.75, "cosine_same": 0.75, "cosine_different": 1 / 12})


def test_own_pictures_only_make_the_truth_the_target(faces: RenderedFaces):
    batch = faces.triplets(np.random.default_rng(0), 3, replace(OURS, own=1.0).own)
    assert np.array_equal(batch.truth, batch.target)
