"""Colours of surfaces, and what light makes of them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mobileswap.training.faces.attributes import Attributes
from mobileswap.training.faces.head_data import PARTS
from mobileswap.training.faces.noise import smooth_noise
from mobileswap.training.faces.surface import unit

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

COLLAR = 0.2  # height on the flat map below which there is cloth
IRIS, PUPIL = 0.062, 0.026  # radii on the template, head units
EYES = (PARTS.index("helper-l-eye"), PARTS.index("helper-r-eye"))
TEETH = (PARTS.index("helper-upper-teeth"), PARTS.index("helper-lower-teeth"))
TONGUE = PARTS.index("helper-tongue")


@dataclass(frozen=True)
class Light:
    """One lamp far away and light from everywhere, more of it from above."""

    towards: Floats
    half: Floats
    lamp: Floats
    ambient: Floats

    @staticmethod
    def of(attributes: Attributes) -> "Light":
        towards = unit(np.array([attributes.light_from], np.float32))
        half = unit(towards + np.array([[0, 0, 1]], np.float32))
        return Light(
            towards[0], half[0], np.array(attributes.light, np.float32), np.array(attributes.ambient, np.float32)
        )


def lit(colour: Floats, normal: Floats, hollow: Floats, light: Light, shine: Floats) -> Floats:
    """(P, 3) of what the camera sees of (P, 3) colours with (P, 3) normals that need not have unit length."""
    normal = unit(normal)
    facing = np.clip((normal @ light.towards + 0.15) / 1.15, 0, 1)
    open_sky = np.clip(0.85 + 0.15 * normal[:, 1] - np.clip(hollow, 0, 0.02) * 22, 0.25, 1)
    gloss = np.clip(normal @ light.half, 0, 1) ** 24 * shine
    shade = facing[:, None] * light.lamp + open_sky[:, None] * light.ambient
    return np.asarray(np.clip(colour * shade * 1.15 + (gloss[:, None] * light.lamp), 0, 1), np.float32)


def skin_and_eyes(
    part: Ints, found: Floats, skin: Floats, lips: Floats, iris: Floats, cloth: tuple[float, float, float]
) -> Floats:
    """(P, 3) colours of the head's parts; ``found`` holds normal, flat map, lips, hollow and the place in the eye."""
    colour = sample(skin, found[:, 3:5])
    colour += (lips - colour) * np.clip(found[:, 5:6] * 1.1, 0, 1)
    colour[(part == 0) & (found[:, 4] < COLLAR)] = cloth
    eye = np.isin(part, EYES)
    colour[eye] = _eye(found[eye, 7:9], iris)
    colour[np.isin(part, TEETH)] = (0.86, 0.82, 0.74)
    colour[part == TONGUE] = (0.6, 0.28, 0.27)
    return colour


def sample(texture: Floats, flat: Floats) -> Floats:
    """Colours at places of the flat map, linear between texels."""
    rows, columns = texture.shape[:2]
    x = np.clip((flat[:, 0] + 1) / 2 * columns - 0.5, 0, columns - 1.001)
    y = np.clip(flat[:, 1] * rows - 0.5, 0, rows - 1.001)
    left, low = x.astype(np.int64), y.astype(np.int64)
    dx, dy = (x - left)[:, None], (y - low)[:, None]
    pixels = texture.reshape(rows * columns, -1)
    at = low * columns + left
    lower = pixels[at] * (1 - dx) + pixels[at + 1] * dx
    upper = pixels[at + columns] * (1 - dx) + pixels[at + columns + 1] * dx
    return np.asarray(lower * (1 - dy) + upper * dy, np.float32)


def _eye(place: Floats, iris: Floats) -> Floats:
    radius = np.sqrt((place * place).sum(1))
    colour = np.tile(np.array((0.88, 0.86, 0.84), np.float32), (len(place), 1))
    inner = np.clip((IRIS - radius) / 0.012, 0, 1)[:, None]
    colour += (iris * (0.75 + 0.5 * np.clip(radius / IRIS, 0, 1))[:, None] - colour) * inner
    colour *= 1 - 0.9 * np.clip((PUPIL - radius) / 0.01, 0, 1)[:, None]
    return np.asarray(colour, np.float32)


def hair_colour(flat: Floats, cover: Floats, attributes: Attributes) -> tuple[Floats, Floats]:
    """(P, 3) colours and (P,) coverage of hair, strand by strand."""
    strands = sample(_strands(attributes.seed), flat)
    colour = np.array(attributes.hair_colour, np.float32) * (1 + 0.35 * strands[:, :1])
    ragged = np.clip((cover - 0.5 + 0.22 * strands[:, 1]) / 0.3 + 0.5, 0, 1) * (cover > 0.02)
    return np.asarray(np.clip(colour, 0, 1), np.float32), np.asarray(ragged, np.float32)


@lru_cache(maxsize=4)
def _strands(seed: int) -> Floats:
    rng = np.random.default_rng((5, seed))
    shape = (192, 512)
    fine = smooth_noise(rng, shape, (12, 256)) + 0.7 * smooth_noise(rng, shape, (6, 64))
    return np.stack([fine, smooth_noise(rng, shape, (10, 128))], -1) * np.float32(0.7)
