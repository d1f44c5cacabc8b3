"""What a state dict looks like, from the names of its keys: so that a wrong file is answered with what it is."""

from collections.abc import Iterable

# Each system with keys that only its checkpoints have (released code, or the re-implementation that is in use).
_MARKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("a MobileFSGAN generator", ("encoder_head.conv_image.weight", "identity_encoder.b256_down.conv1x1.weight")),
    ("a MobileFSGAN embedder (MobileFaceNet)", ("conv_23.conv_dw.conv.weight", "conv_6_sep.conv.weight")),
    ("FaceShifter's AEI-Net", ("encoder.conv1.0.weight", "generator.up1.weight")),
    ("FaceShifter's AEI-Net (Lightning)", ("model.layer_3.add2.BNorm.weight",)),
    ("FaceShifter's HEAR-Net", ("down1.0.weight", "up5.weight")),
    ("FaceShifter's attribute encoder or HEAR-Net (Lightning)", ("Encoder.layer_0.0.weight",)),
    ("a SimSwap generator", ("first_layer.1.weight", "BottleNeck.0.conv1.1.weight")),
    ("an ArcFace IR-SE network", ("input_layer.0.weight", "body.0.res_layer.0.weight")),
    ("a ResNet (ArcFace or torchvision)", ("conv1.weight", "layer3.3.bn1.running_var")),
    ("MegaFS's HieRFE", ("fpn.backbone.conv1.weight",)),
    ("MegaFS's FTM or ID injection", ("blocks.0.idd_selectors.0.0.weight",)),
    ("MegaFS's ID injection", ("blocks.0.att_path1.0.0.idd_linears.0.weight",)),
    ("a LatentSwap mixer", ("mixer.0.0.weight",)),
    ("StyleGAN2 (NVlabs)", ("synthesis.b4.const",)),
    ("StyleGAN2 (rosinality)", ("style.1.weight", "convs.5.noise.weight")),
    ("DeepFaceLab", ("encoder/down1/conv1/weight:0",)),
    ("DeepFaceLab", ("encoder/down1/downs_0/conv1/weight:0",)),
)


def looks_like(keys: Iterable[str]) -> str:
    """Name the system whose checkpoint has these keys, or describe the keys where none is known."""
    present = {key.removeprefix("module.") for key in keys}
    endings = {key.split(".", 1)[1] for key in present if "." in key}  # Lightning: G.convt.weight
    for name, marks in _MARKS:
        if all(mark in present or mark in endings for mark in marks):
            return name
    if not present:
        return "nothing: it holds no tensor"
    return f"no network known here ({len(present)} tensors, the first is {min(present)})"
