"""The papers' tables as data, figures as printed, each row with its source.

What a figure is made of was found by counting parameters and saving files of the published networks; where no file
fits, the row says so. The papers mix decimal megabytes and MiB, and some figures include training state.
"""

from dataclasses import dataclass

SPEED_MODEL = "mobilefsgan generator"  # what table 3 times
CITATION = "MobileFSGAN paper: arXiv 2204.08339; its rows stand as printed."


@dataclass(frozen=True)
class PaperSpeed:
    """A row of MobileFSGAN's table 3: mean of 100 forward passes of the generator, the face net's pass not counted."""

    source: str
    platform: str
    os: str
    framework: str
    hardware: str
    mean_ms: float


@dataclass(frozen=True)
class PaperSize:
    """A row of MobileFSGAN's table 4.

    Attributes:
        megabytes: the summands as printed; see ``holds`` for their unit.
        holds: what each summand is made of, and in which unit.
    """

    source: str
    model: str
    framework: str
    megabytes: tuple[float, ...]
    holds: str


_TABLE_3 = "MobileFSGAN paper, table 3"
_TABLE_4 = "MobileFSGAN paper, table 4"

SPEED: tuple[PaperSpeed, ...] = (
    PaperSpeed(_TABLE_3, "iPhone 8", "iOS", "TNN", "GPU", 398.8),
    PaperSpeed(_TABLE_3, "iPhone 11", "iOS", "TNN", "GPU", 242.4),
    PaperSpeed(_TABLE_3, "iPhone 11", "iOS", "CoreML", "ANE", 135.0),
    PaperSpeed(_TABLE_3, "Mate 40 Pro", "Android", "TNN", "GPU", 152.5),
    PaperSpeed(_TABLE_3, "Mate 40 Pro", "Android", "TNN", "NPU", 229.1),
    PaperSpeed(_TABLE_3, "PC", "Ubuntu", "PyTorch", "1060Ti", 31.5),
)

SIZES: tuple[PaperSize, ...] = (
    PaperSize(
        _TABLE_4,
        "FaceShifter",
        "PyTorch",
        (669.0, 64.0, 168.0),
        "AEI-Net (the authors' own, its layout is not known) + HEAR-Net + IR-SE50 face net; MiB, rounded up",
    ),
    PaperSize(
        _TABLE_4,
        "MegaFS",
        "PyTorch",
        (3529.0, 364.0),
        "encoder and transfer module with the Adam moments of both + StyleGAN2 checkpoint (g_ema, g, d); "
        "MiB, rounded up; inference needs 338.6 M parameters, 1354 MB in fp32",
    ),
    PaperSize(
        _TABLE_4,
        "SimSwap",
        "PyTorch",
        (766.9, 220.2),
        "ArcFace checkpoint with training head and SGD momentum + generator; MB; "
        "inference needs 107.2 M parameters, 429 MB in fp32",
    ),
    PaperSize(_TABLE_4, "MobileFSGAN", "PyTorch", (10.2, 4.9), "generator + face net, state_dict files, fp32; MB"),
    PaperSize(_TABLE_4, "MobileFSGAN", "CoreML", (15.0,), "generator and face net, fp32; MB"),
    PaperSize(_TABLE_4, "MobileFSGAN", "TNN", (14.8,), "generator and face net, fp32; MB"),
)
