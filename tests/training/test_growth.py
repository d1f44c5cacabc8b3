"""Growth: the next stage computes what the one before did; stages share the generator's own layers."""

import pytest
import torch
from torch.nn import functional as F

from mobileswap.model.mobilefsgan.generator import Generator
from mobileswap.training.growth import grow
from mobileswap.training.stage import Stage
from mobileswap.training.start import start_calmly
from mobileswap.training.tensors import at_scale

CHANNELS, CODE = 16, 8


@pytest.fixture
def first() -> Stage:
    torch.manual_seed(0)
    generator = Generator(CHANNELS, CODE)
    start_calmly(generator)
    stage = Stage(generator, 64)
    pictures, code = inputs()
    stage.train()
    for _ in range(3):
        stage(at_scale(pictures, 64), code)
    return stage.eval()


def inputs() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    smooth = F.interpolate(torch.randn(2, 3, 16, 16), size=256, mode="bicubic").clamp(-1, 1)
    return smooth, F.normalize(torch.randn(2, CODE), dim=1)


@torch.no_grad()
def test_each_stage_goes_on_from_what_the_one_before_computed(first: Stage):
    pictures, code = inputs()
    before = first(at_scale(pictures, 64), code)[0]
    stage = first
    for size in (128, 256):
        stage = grow(stage, at_scale(pictures, size), code).eval()
        images = stage(at_scale(pictures, size), code)
        assert [image.shape[-1] for image in images] == [256, 128, 64][-len(images) :]
        spread = float(before.std())
        assert float((images[-1] - before).abs().mean()) < 0.1 * spread  # LeakyReLU's slope below zero is not undone
        larger = F.interpolate(before, size=size, mode="bilinear", align_corners=True)
        assert float((images[0] - larger).abs().mean()) < 0.5 * spread
        border = (images[0] - larger)[:, :, 0].abs().mean()  # padding is not lifted as the features are
        assert float(border) < 0.5 * spread


@torch.no_grad()
def test_the_last_stage_is_the_generator_itself(first: Stage):
    pictures, code = inputs()
    last = grow(grow(first, at_scale(pictures, 128), code), pictures, code).eval()
    whole = first.generator.eval()(pictures, code)
    for one, other in zip(last(pictures, code), whole[:3], strict=True):
        assert torch.equal(one, other)


def test_an_untrained_layer_costs_nothing_at_an_early_stage(first: Stage):
    pictures, code = inputs()
    first.train()
    first(at_scale(pictures, 64), code)[0].sum().backward()
    fine = first.generator.decoder.b256_0.basic_block.conv3x3.weight
    assert fine.grad is None
    assert first.generator.decoder.b64_0.basic_block.conv3x3.weight.grad is not None


def test_a_calm_start_stays_finite_through_twelve_products():
    torch.manual_seed(0)
    generator = Generator(CHANNELS, CODE)
    start_calmly(generator)
    pictures, code = inputs()
    image = generator.train().requires_grad_(False)(pictures[:, :, :64, :64].contiguous(), code)[0]
    assert torch.isfinite(image).all()
    assert float(image.abs().max()) < 1
