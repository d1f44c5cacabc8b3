"""What is behind a head and what is before it."""

import numpy as np
import numpy.typing as npt

from mobileswap.training.faces.attributes import Attributes
from mobileswap.training.faces.noise import smooth_noise

Floats = npt.NDArray[np.float32]


def background(attributes: Attributes, size: int) -> Floats:
    """(size, size, 3) RGB 0 to 1: two colours, a gradient and blurred shapes, out of focus."""
    rng = np.random.default_rng((6, attributes.seed))
    one, other = np.clip(rng.uniform(0.08, 0.9, (2, 1)) + rng.normal(0, 0.11, (2, 3)), 0.02, 0.98)
    slope = rng.normal(0, 1, 2)
    place = np.linspace(-1, 1, size, dtype=np.float32)
    blend = place[None, :] * slope[0] + place[:, None] * slope[1]
    blend = blend + smooth_noise(rng, (size, size), (5, 5)) * 0.7
    amount = (1 / (1 + np.exp(-2 * blend)))[..., None]
    picture = one * (1 - amount) + other * amount
    shapes = smooth_noise(rng, (size, size), (9, 9))[..., None] * rng.normal(0, 0.06, 3)
    return np.asarray(np.clip(picture + shapes, 0, 1), np.float32)


def occlude(picture: Floats, attributes: Attributes) -> Floats:
    """The picture with a disc or a bar before it, where the attributes have one."""
    if attributes.occluder == "none":
        return picture
    size = len(picture)
    rng = np.random.default_rng((7, attributes.seed))
    colour = np.clip(rng.uniform(0.1, 0.9) + rng.normal(0, 0.15, 3), 0, 1)
    x, y = np.meshgrid(np.linspace(0, 1, size), np.linspace(0, 1, size))
    if attributes.occluder == "disc":
        centre = rng.uniform((0.2, 0.35), (0.8, 0.95))
        outside = np.hypot((x - centre[0]), (y - centre[1]) * rng.uniform(0.7, 1.4)) - rng.uniform(0.07, 0.16)
    else:
        angle, offset = rng.uniform(0, np.pi), rng.normal(0, 0.18)
        outside = np.abs((x - 0.5) * np.cos(angle) + (y - 0.65) * np.sin(angle) - offset) - rng.uniform(0.02, 0.06)
    cover = np.clip(0.5 - outside * size / 2, 0, 1)[..., None]
    grain = 1 + 0.08 * smooth_noise(rng, (size, size), (16, 16))[..., None]
    return np.asarray(picture * (1 - cover) + np.clip(colour * grain, 0, 1) * cover, np.float32)
