"""Everything about a rendered picture that is not who is in it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

# Expression units, 0 to 1, of the CC0 data's expression/units/caucasian; {s} is left and right.
EXPRESSIONS: tuple[str, ...] = (
    "mouth-open",
    "mouth-corner-puller",
    "mouth-upward-retraction",
    "mouth-retraction",
    "mouth-depression-retraction",
    "mouth-compression",
    "mouth-protusion",
    "eyebrows-{s}-up",
    "eyebrows-{s}-down",
    "eyebrows-{s}-inner-up",
    "eye-{s}-closure",
    "eye-{s}-slit",
    "eye-{s}-opened-up",
    "nose-{s}-elevation",
)
HAIR_STYLES = ("bald", "short", "fringe", "high", "long")


@dataclass(frozen=True)
class Attributes:
    """Pose in radians, colours 0 to 1 RGB, lengths in head units (decimetres) or parts of the picture's side."""

    yaw: float
    pitch: float
    roll: float
    expression: Floats
    gaze: tuple[float, float]
    light_from: tuple[float, float, float]
    light: tuple[float, float, float]
    ambient: tuple[float, float, float]
    shine: float
    hair: Literal["bald", "short", "fringe", "high", "long"]
    hair_colour: tuple[float, float, float]
    hair_thickness: float
    glasses: Literal["none", "clear", "dark"]
    glasses_colour: tuple[float, float, float]
    occluder: Literal["none", "disc", "bar"]
    cloth: tuple[float, float, float]
    distance: float
    zoom: float
    shift: tuple[float, float]
    exposure: float
    seed: int


def draw_attributes(seed: int) -> Attributes:
    """The attributes of that number; the same number gives the same picture of the same person."""
    rng = np.random.default_rng((2, seed))
    light_yaw, light_pitch = rng.normal(0, 0.8), rng.normal(0.35, 0.4)
    warm = rng.normal(0, 0.05)
    strength, fill = rng.uniform(0.3, 0.75), rng.uniform(0.35, 0.65)
    return Attributes(
        yaw=float(np.clip(rng.normal(0, 0.3), -0.75, 0.75)),
        pitch=float(np.clip(rng.normal(0, 0.14), -0.4, 0.4)),
        roll=float(np.clip(rng.normal(0, 0.06), -0.2, 0.2)),
        expression=_draw_expression(rng),
        gaze=(float(rng.normal(0, 0.2)), float(rng.normal(0, 0.1))),
        light_from=(
            float(np.sin(light_yaw) * np.cos(light_pitch)),
            float(np.sin(light_pitch)),
            float(np.cos(light_yaw) * np.cos(light_pitch)),
        ),
        light=(float(strength * (1 + warm)), float(strength), float(strength * (1 - warm))),
        ambient=(float(fill * (1 - warm / 2)), float(fill), float(fill * (1 + warm / 2))),
        shine=float(rng.uniform(0, 0.25)),
        hair=HAIR_STYLES[int(rng.choice(5, p=(0.08, 0.32, 0.2, 0.15, 0.25)))],  # type: ignore[arg-type]
        hair_colour=_draw_hair_colour(rng),
        hair_thickness=float(rng.uniform(0.08, 0.3)),
        glasses=str(rng.choice(("none", "clear", "dark"), p=(0.83, 0.13, 0.04))),  # type: ignore[arg-type]
        glasses_colour=_draw_colour(rng, 0.05, 0.5),
        occluder=str(rng.choice(("none", "disc", "bar"), p=(0.92, 0.04, 0.04))),  # type: ignore[arg-type]
        cloth=_draw_colour(rng, 0.05, 0.9),
        distance=float(rng.uniform(7, 14)),
        zoom=float(rng.uniform(0.94, 1.08)),
        shift=(float(rng.normal(0, 0.012)), float(rng.normal(0, 0.012))),
        exposure=float(np.exp(rng.normal(0, 0.1))),
        seed=seed,
    )


def plain_attributes() -> Attributes:
    """A frontal picture without hair, for looking at a person's own numbers."""
    return Attributes(
        yaw=0, pitch=0, roll=0, expression=np.zeros(len(EXPRESSIONS), np.float32), gaze=(0, 0),
        light_from=(0.3, 0.4, 0.86), light=(0.5, 0.5, 0.5), ambient=(0.5, 0.5, 0.5), shine=0.1,
        hair="short", hair_colour=(0.2, 0.13, 0.08), hair_thickness=0.15, glasses="none", glasses_colour=(0, 0, 0),
        occluder="none", cloth=(0.3, 0.35, 0.5), distance=10, zoom=1, shift=(0, 0), exposure=1, seed=0,
    )  # fmt: skip


def _draw_expression(rng: np.random.Generator) -> Floats:
    values = np.zeros(len(EXPRESSIONS), np.float32)
    for unit in rng.choice(len(EXPRESSIONS), size=int(rng.integers(0, 4)), replace=False):
        values[unit] = rng.uniform(0.2, 0.9)
    return values


def _draw_hair_colour(rng: np.random.Generator) -> tuple[float, float, float]:
    palette = np.array(
        (
            (0.06, 0.05, 0.05),
            (0.17, 0.10, 0.06),
            (0.33, 0.2, 0.11),
            (0.62, 0.46, 0.27),
            (0.5, 0.22, 0.1),
            (0.6, 0.6, 0.6),
        )
    )
    weights = rng.dirichlet(np.full(len(palette), 0.35))
    red, green, blue = np.clip(weights @ palette * rng.uniform(0.8, 1.2), 0, 1)
    return float(red), float(green), float(blue)


def _draw_colour(rng: np.random.Generator, low: float, high: float) -> tuple[float, float, float]:
    grey = rng.uniform(low, high)
    red, green, blue = np.clip(grey + rng.normal(0, 0.15, 3), 0.02, 0.98)
    return float(red), float(green), float(blue)
