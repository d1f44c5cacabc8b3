"""The skin of a person as a picture over the flat map of the head: tone, brows, beard, freckles, moles, age."""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mobileswap.training.faces.identity import Identity
from mobileswap.training.faces.noise import fractal_noise, smooth_noise

Floats = npt.NDArray[np.float32]

ROWS, COLUMNS = 320, 640
EYES, BROWS, NOSE, LIPS = 0.644, 0.706, 0.535, 0.459  # heights on the flat map
TONES = np.array(((0.95, 0.80, 0.72), (0.88, 0.70, 0.58), (0.74, 0.54, 0.40), (0.52, 0.35, 0.24), (0.30, 0.20, 0.14)))


def skin_texture(identity: Identity) -> Floats:
    """(`ROWS`, `COLUMNS`, 3) RGB 0 to 1; row 0 is the neck."""
    rng = np.random.default_rng((3, identity.seed))
    colour = np.broadcast_to(skin_tone(identity), (ROWS, COLUMNS, 3)).astype(np.float32)
    colour = _flush(colour, identity)
    colour = _grain(colour, identity, rng)
    colour = _age(colour, identity)
    colour = _freckles(colour, identity, rng)
    colour = _beard(colour, identity, rng)
    colour = _brows(colour, identity, rng)
    return np.asarray(np.clip(_moles(colour, identity), 0.01, 1), np.float32)


def skin_tone(identity: Identity) -> Floats:
    """RGB 0 to 1 of the bare skin."""
    race = 0.9 * max(identity["african"], 0) - 0.15 * max(identity["asian"], 0)
    place = float(np.clip(4 / (1 + np.exp(0.8 - 0.75 * identity["skin_dark"] - race)), 0, 3.999))
    low = int(place)
    tone = TONES[low] + (TONES[low + 1] - TONES[low]) * (place - low)
    tone = tone * (1 + 0.035 * identity["skin_red"] * np.array((1, -0.4, -0.3)))
    return np.asarray(tone * (1 + 0.035 * identity["skin_yellow"] * np.array((0.2, 0.3, -1))), np.float32)


def lip_colour(identity: Identity) -> Floats:
    """RGB 0 to 1."""
    tone = skin_tone(identity) * (0.82 - 0.08 * identity["lip_dark"])
    red = float(np.clip(0.3 + 0.18 * identity["lip_red"], 0, 0.9))
    rouge = np.array((0.62, 0.2, 0.22)) * tone.mean() * 1.5
    return np.asarray(np.clip(tone + (rouge - tone) * 0.6 * red, 0, 1), np.float32)


def iris_colour(identity: Identity) -> Floats:
    """RGB 0 to 1: brown where light is little, then green or blue by hue."""
    light = float(1 / (1 + np.exp(1.0 - 1.4 * identity["iris_light"])))
    blue = float(1 / (1 + np.exp(-1.5 * identity["iris_hue"])))
    pale = np.array((0.42, 0.5, 0.32)) * (1 - blue) + np.array((0.35, 0.5, 0.68)) * blue
    return np.asarray(np.array((0.22, 0.12, 0.06)) * (1 - light) + pale * light, np.float32)


def hair_darkness(identity: Identity) -> float:
    """0 for fair brows and beard, 1 for black ones."""
    return float(1 / (1 + np.exp(-0.9 - 1.1 * identity["brow_dark"] - 0.4 * identity["skin_dark"])))


@cache
def grid() -> tuple[Floats, Floats]:
    """|angle| and height of every texel."""
    angle = (np.arange(COLUMNS, dtype=np.float32) + 0.5) / COLUMNS * 2 - 1
    height = (np.arange(ROWS, dtype=np.float32) + 0.5) / ROWS
    return np.broadcast_to(np.abs(angle), (ROWS, COLUMNS)), np.broadcast_to(height[:, None], (ROWS, COLUMNS))


def blob(angle: float, height: float, wide: float, high: float) -> Floats:
    """1 in the middle, falling off like a Gauss bell; on both sides of the face."""
    across, up = grid()
    return np.exp(-(((across - angle) / wide) ** 2) - ((up - height) / high) ** 2).astype(np.float32)


def step(values: npt.NDArray[Any], soft: float) -> Floats:
    """0 where values are well below 0, 1 where well above."""
    return np.asarray(np.clip(values / soft + 0.5, 0, 1), np.float32)


def _mix(colour: Floats, other: Floats, amount: npt.NDArray[Any]) -> Floats:
    return np.asarray(colour + (other - colour) * amount[..., None], np.float32)


def _flush(colour: Floats, identity: Identity) -> Floats:
    amount = blob(0.11, 0.56, 0.06, 0.05) + 0.7 * blob(0, NOSE + 0.01, 0.03, 0.03)
    strength = 0.1 + 0.05 * identity["skin_red"]
    return np.asarray(colour * (1 - strength * amount[..., None] * np.array((0, 0.8, 0.7), np.float32)), np.float32)


def _grain(colour: Floats, identity: Identity, rng: np.random.Generator) -> Floats:
    blotches = fractal_noise(rng, (ROWS, COLUMNS), 12, 3) * (0.018 + 0.012 * max(identity["blotches"], -1))
    fine = smooth_noise(rng, (ROWS, COLUMNS), (ROWS // 2, COLUMNS // 2)) * 0.012
    return np.asarray(colour * (1 + (blotches + fine))[..., None], np.float32)


def _age(colour: Floats, identity: Identity) -> Floats:
    across, up = grid()
    shadow = blob(0.085, EYES - 0.045, 0.05, 0.022) * np.clip(0.12 + 0.08 * identity["eye_shadow"], 0, 0.4)
    old = float(np.clip(0.25 + 0.25 * identity["wrinkles"] + 0.15 * identity["age"], 0, 1))
    forehead = (np.sin(up * 300 + across * 25) > 0.75) * step(0.1 - across, 0.08) * step(0.035 - abs(up - 0.79), 0.03)
    path = 0.05 + (0.54 - up) * 0.55  # from the wing of the nose to the corner of the mouth
    fold = np.exp(-(((across - path) / 0.008) ** 2)) * step(0.04 - abs(up - 0.505), 0.03)
    feet = (np.sin(np.arctan2(up - EYES, across - 0.13) * 22) > 0.5) * blob(0.17, EYES, 0.025, 0.03)
    lines = old * (0.22 * forehead + 0.3 * fold + 0.2 * feet)
    return np.asarray(colour * (1 - (shadow + lines))[..., None], np.float32)


def _freckles(colour: Floats, identity: Identity, rng: np.random.Generator) -> Floats:
    density = max(identity["freckles"] - 0.2, 0)
    spots = smooth_noise(rng, (ROWS, COLUMNS), (ROWS // 3, COLUMNS // 3))
    where = blob(0.08, 0.57, 0.14, 0.09) + 0.3
    amount = step(spots - 2.3 + 0.6 * density * where, 0.5) * min(density, 1) * 0.5
    return _mix(colour, colour * np.array((0.72, 0.55, 0.45), np.float32), amount)


def _beard(colour: Floats, identity: Identity, rng: np.random.Generator) -> Floats:
    across, up = grid()
    strength = max(identity["beard"] + 0.8 * identity["gender"] - 0.3, 0)
    upper = 0.47 + 0.45 * np.maximum(across - 0.08, 0) + 0.8 * np.maximum(across - 0.24, 0)
    chin = step(upper - up, 0.025) * step(up - 0.30, 0.04) * step(0.33 - across, 0.03)
    lip = step(0.016 - abs(up - 0.493), 0.012) * step(0.085 - across, 0.02)
    lip = lip * max(identity["moustache"] + 0.8 * identity["gender"], 0) * 0.8
    stubble = 0.75 + 0.25 * smooth_noise(rng, (ROWS, COLUMNS), (ROWS // 2, COLUMNS // 2))
    amount = np.clip((chin * strength * 0.6 + lip * 0.6) * stubble, 0, 0.92)
    return _mix(colour, _hair_tone(identity, identity["beard_red"]), amount)


def _brows(colour: Floats, identity: Identity, rng: np.random.Generator) -> Floats:
    across, up = grid()
    start, end = 0.026, 0.135 + 0.012 * identity["brow_long"]
    along = np.clip((across - start) / (end - start), 0, 1)
    middle = BROWS + 0.006 * identity["brow_height"] + (0.014 + 0.009 * identity["brow_arch"]) * np.sin(along * 2.6)
    thick = (0.0115 + 0.0035 * identity["brow_thick"]) * (1.15 - 0.75 * along)
    hairs = 1 + 0.35 * smooth_noise(rng, (ROWS, COLUMNS), (ROWS // 4, COLUMNS // 2))
    inside = step(thick - abs(up - middle), 0.008) * step(across - start, 0.012) * step(end - across, 0.015)
    amount = np.clip(inside * hairs * (0.45 + 0.45 * hair_darkness(identity)), 0, 0.95)
    return _mix(colour, _hair_tone(identity, 0), amount)


def _hair_tone(identity: Identity, red: float) -> Floats:
    dark = hair_darkness(identity)
    fair = np.array((0.5, 0.36, 0.22)) * (1 + 0.15 * max(red, 0) * np.array((1, -0.5, -0.8)))
    return np.asarray(fair * (1 - dark) + np.array((0.07, 0.05, 0.04)) * dark, np.float32)


def _moles(colour: Floats, identity: Identity) -> Floats:
    across, up = grid()
    signed = (np.sign(np.linspace(-1, 1, COLUMNS)) * across).astype(np.float32)
    for number in range(3):
        value = identity[f"mole_{number}"]
        if value <= 0.6:
            continue
        place = np.random.default_rng((4, identity.seed, number)).uniform((-0.2, 0.36), (0.2, 0.8))
        if blob(0, LIPS, 0.1, 0.035)[int(place[1] * ROWS), int((place[0] + 1) / 2 * COLUMNS)] > 0.3:
            continue  # a mole on the lips would look like a wound
        size = 0.006 + 0.003 * (value - 0.6)
        distance = np.sqrt(((signed - place[0]) * 1.6) ** 2 + (up - place[1]) ** 2)
        colour = _mix(colour, colour * 0.35, step(size - distance, 0.005))
    return colour
