"""A family that shares nothing with the released one: two stages, NHWC, BGR, masks, a latent, and no square picture."""

import torch
from torch import nn

from mobileswap.contracts.chain import SOURCE, TARGET, Chain, Per, Role, Step
from mobileswap.contracts.signature import Signature
from mobileswap.contracts.spec import Kind, TensorSpec
from mobileswap.model.component import Component
from mobileswap.model.family import Family

POINTS, LENGTH = 4, 8  # of a latent


def picture(name, size):
    """``size`` is the height; the width is a third more."""
    shape = (1, size, size * 4 // 3, 3)
    return TensorSpec(name, shape, "float32", "NHWC", (0.0, 1.0), 1.0, f"a {name}", Kind.PICTURE, "BGR")


def mask(name, size):
    shape = (1, size, size * 4 // 3, 1)
    return TensorSpec(name, shape, "float32", "NHWC", (0.0, 1.0), 1.0, f"a {name}", Kind.MASK, bounded=True)


LATENT = TensorSpec(
    "latent", (1, POINTS, LENGTH), "float32", "NLC", (-4.0, 4.0), 8.0, "what the source looks like", Kind.LATENT
)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.look = nn.Conv2d(3, POINTS * LENGTH, 4, stride=4)

    def forward(self, source):
        seen = self.look(source.permute(0, 3, 1, 2)).mean(dim=(2, 3))  # (1, 32)
        return torch.tanh(seen * 8).reshape(1, POINTS, LENGTH)


class Drafter(nn.Module):
    """A picture, where the face is, and where it was."""

    def __init__(self):
        super().__init__()
        self.look = nn.Conv2d(3, 6, 3, padding=1)
        self.tint = nn.Linear(POINTS * LENGTH, 6)
        self.draw = nn.Conv2d(6, 5, 1)

    def forward(self, target, latent):
        tint = self.tint(latent.reshape(1, POINTS * LENGTH))[:, :, None, None]
        drawn = torch.sigmoid(self.draw(torch.relu(self.look(target.permute(0, 3, 1, 2)) + tint)))
        drawn = drawn.permute(0, 2, 3, 1)  # (1, H, W, 5)
        return drawn[..., :3], drawn[..., 3:4], drawn[..., 4:]


class Refiner(nn.Module):
    def __init__(self):
        super().__init__()
        self.mend = nn.Conv2d(6, 3, 3, padding=1)

    def forward(self, draft, target, where):
        both = torch.cat([draft, target], dim=3).permute(0, 3, 1, 2)
        mended = torch.sigmoid(self.mend(both)).permute(0, 2, 3, 1)
        return where * mended + (1 - where) * target


def component(name, role, network, signature, size=24):
    return Component(
        family="odd",
        name=name,
        role=role,
        network=network,
        wrap=lambda bare: bare,
        signature=signature,
        default_size=size,
        size_step=12,
    )


def encoder():
    return component("encoder", Role.ENCODER, Encoder, lambda size: Signature((picture("source", size),), (LATENT,)))


def drafter():
    return component(
        "drafter",
        Role.SWAPPER,
        Drafter,
        lambda size: Signature(
            (picture("target", size), LATENT), (picture("draft", size), mask("face", size), mask("gap", size))
        ),
    )


def refiner():
    return component(
        "refiner",
        Role.REFINER,
        Refiner,
        lambda size: Signature(
            (picture("draft", size), picture("target", size), mask("where", size)), (picture("refined", size),)
        ),
    )


FAMILY = Family(
    name="odd",
    title="Odd",
    source="nobody's paper",
    licence="MIT",
    components=("drafter", "refiner", "encoder"),
    factory="odd_family",
    chain=Chain(
        steps=(
            Step("person", "encoder", {"source": SOURCE}, Per.PERSON),
            Step("draft", "drafter", {"target": TARGET, "latent": "person.latent"}, Per.FRAME),
            Step("final", "refiner", {"draft": "draft.draft", "target": TARGET, "where": "draft.face"}, Per.FRAME),
        ),
        result="final.refined",
    ),
    notice="Made for tests.",
)


def checkpoint(path, seed=0):
    """All three networks' weights in one file."""
    torch.manual_seed(seed)
    networks = {"encoder": Encoder(), "drafter": Drafter(), "refiner": Refiner()}
    torch.save({name: network.state_dict() for name, network in networks.items()}, path)
    return path
