"""MobileFSGAN as an entry of the list of families. Nothing here imports PyTorch."""

from mobileswap.contracts.chain import SOURCE, TARGET, Chain, Per, Step
from mobileswap.model.family import Family
from mobileswap.model.signs import Sign

FAMILY = Family(
    name="mobilefsgan",
    title="MobileFSGAN",
    source="ICME 2022, arXiv 2204.08339; HoiM/MobileFSGAN at 478175b",
    licence="MIT",
    components=("generator", "embedder"),
    factory="mobileswap.model.mobilefsgan.components",
    chain=Chain(
        steps=(
            Step("person", "embedder", {"source": SOURCE}, Per.PERSON),
            Step("frame", "generator", {"target": TARGET, "embedding": "person.embedding"}, Per.FRAME),
        ),
        result="frame.swapped",
    ),
    notice="What the generator makes is synthetic media: it shows a person where that person was not. Use it with the "
    "consent of those shown, say so where it is seen, and keep to the law of the place; many demand a visible or "
    "embedded mark.",
    signs=(
        Sign(
            "a MobileFSGAN generator",
            ("encoder_head.conv_image.weight", "identity_encoder.b256_down.conv1x1.weight"),
        ),
        Sign("a MobileFSGAN embedder (MobileFaceNet)", ("conv_23.conv_dw.conv.weight", "conv_6_sep.conv.weight")),
    ),
)
