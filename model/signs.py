"""Keys that give a checkpoint away. A family's own stand in its entry; here are systems that are no family yet."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sign:
    """Keys that only the checkpoints of one network have (released code, or the re-implementation that is in use)."""

    title: str
    keys: tuple[str, ...]


OTHER_SYSTEMS = (
    Sign("FaceShifter's AEI-Net", ("encoder.conv1.0.weight", "generator.up1.weight")),
    Sign("FaceShifter's AEI-Net (Lightning)", ("model.layer_3.add2.BNorm.weight",)),
    Sign("FaceShifter's HEAR-Net", ("down1.0.weight", "up5.weight")),
    Sign("FaceShifter's attribute encoder or HEAR-Net (Lightning)", ("Encoder.layer_0.0.weight",)),
    Sign("a SimSwap generator", ("first_layer.1.weight", "BottleNeck.0.conv1.1.weight")),
    Sign("an ArcFace IR-SE network", ("input_layer.0.weight", "body.0.res_layer.0.weight")),
    Sign("MegaFS's HieRFE", ("fpn.backbone.conv1.weight",)),
    Sign("a ResNet (ArcFace or torchvision)", ("conv1.weight", "layer3.3.bn1.running_var")),
    Sign("MegaFS's FTM or ID injection", ("blocks.0.idd_selectors.0.0.weight",)),
    Sign("MegaFS's ID injection", ("blocks.0.att_path1.0.0.idd_linears.0.weight",)),
    Sign("a LatentSwap mixer", ("mixer.0.0.weight",)),
    Sign("StyleGAN2 (NVlabs)", ("synthesis.b4.const",)),
    Sign("StyleGAN2 (rosinality)", ("style.1.weight", "convs.5.noise.weight")),
    Sign("DeepFaceLab", ("encoder/down1/conv1/weight:0",)),
    Sign("DeepFaceLab", ("encoder/down1/downs_0/conv1/weight:0",)),
)
