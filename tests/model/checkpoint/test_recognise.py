"""Key names of other systems, a few of each as their released code or re-implementation saves them."""

import pytest

from mobileswap.model.checkpoint.recognise import looks_like

KEYS = {
    "FaceShifter's AEI-Net": ("encoder.conv1.0.weight", "encoder.conv1.1.running_mean", "generator.up1.weight"),
    "FaceShifter's AEI-Net (Lightning)": ("G.convt.weight", "model.layer_3.add2.BNorm.weight"),
    "FaceShifter's HEAR-Net": ("down1.0.weight", "down1.1.weight", "up5.weight"),
    "FaceShifter's attribute encoder or HEAR-Net (Lightning)": ("Encoder.layer_0.0.weight", "Encoder.layer_0.1.bias"),
    "a SimSwap generator": ("first_layer.1.weight", "down1.0.weight", "BottleNeck.0.conv1.1.weight"),
    "an ArcFace IR-SE network": ("input_layer.0.weight", "body.0.shortcut_layer.0.weight", "body.0.res_layer.0.weight"),
    "a ResNet (ArcFace or torchvision)": ("conv1.weight", "bn1.weight", "layer3.3.bn1.running_var"),
    "MegaFS's HieRFE": ("fpn.backbone.conv1.weight", "fpn.backbone.bn1.weight"),
    "MegaFS's FTM or ID injection": ("blocks.0.idd_selectors.0.0.weight",),
    "MegaFS's ID injection": ("blocks.0.att_path1.0.0.idd_linears.0.weight",),
    "a LatentSwap mixer": ("mixer.0.0.weight", "mixer.0.0.bias"),
    "StyleGAN2 (NVlabs)": ("synthesis.b4.const", "synthesis.b4.torgb.weight"),
    "StyleGAN2 (rosinality)": ("style.1.weight", "convs.5.noise.weight", "input.input"),
    "DeepFaceLab": ("encoder/down1/downs_0/conv1/weight:0", "inter/dense1/weight:0"),
}


@pytest.mark.parametrize(("name", "keys"), KEYS.items())
def test_other_systems(name, keys):
    assert looks_like(keys) == name
    assert looks_like(f"module.{key}" for key in keys) == name


def test_deepfacelab_of_both_layouts():
    assert looks_like(["encoder/down1/conv1/weight:0"]) == "DeepFaceLab"


def test_lightning_puts_the_network_s_name_before_its_keys():
    assert looks_like(["G.convt.weight", "G.model.layer_3.add2.BNorm.weight"]) == "FaceShifter's AEI-Net (Lightning)"


def test_our_own_components(released):
    assert looks_like(released["generator"].shapes()) == "a MobileFSGAN generator"
    assert looks_like(released["embedder"].shapes()) == "a MobileFSGAN embedder (MobileFaceNet)"


def test_what_is_not_known_is_described():
    assert looks_like(["b.weight", "a.weight"]) == "no network known here (2 tensors, the first is a.weight)"
    assert looks_like([]) == "nothing: it holds no tensor"
