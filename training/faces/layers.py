"""What is put on a head: hair as a shell over the scalp, long hair, glasses; each with a coverage at every vertex."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mobileswap.training.faces.attributes import Attributes
from mobileswap.training.faces.head_data import read_head
from mobileswap.training.faces.surface import flat_map, unit

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

# Height of the hairline on the flat map at the front, and how fast it falls towards the ears, by style.
HAIRLINES = {"short": (0.845, 0.30), "fringe": (0.755, 0.16), "high": (0.885, 0.36), "long": (0.85, 0.34)}
NAPE = 0.50


@dataclass(frozen=True)
class Shell:
    """Triangles over the head's own vertices that stand off by ``lift`` and cover by ``cover``."""

    triangles: Ints
    lift: Floats
    cover: Floats


def hair_shell(attributes: Attributes) -> Shell | None:
    """The hair of that style, or None for a bald head."""
    if attributes.hair == "bald":
        return None
    front, fall = HAIRLINES[attributes.hair]
    head, flat = read_head(), _template_flat()
    across, up = np.abs(flat[:, 0]), flat[:, 1]
    line = front - fall * np.maximum(across - 0.1, 0) * 1.4 - 1.1 * np.maximum(across - 0.3, 0)
    line = np.maximum(line, NAPE)
    skin = _scalp()
    inside = np.where(skin, up - line, -1)
    cover = np.clip(inside / 0.035 + 0.35, 0, 1).astype(np.float32)
    lift = attributes.hair_thickness * np.clip(inside / 0.12, 0, 1) ** 0.6
    used = head.triangles[(cover[head.triangles] > 0).any(axis=1) & skin[head.triangles].all(axis=1)]
    return Shell(used, lift.astype(np.float32), cover)


@cache
def _scalp() -> npt.NDArray[np.bool_]:
    head = read_head()
    return np.asarray((head.part == 0) & (head.mask("ears") < 0.3))


@cache
def _template_flat() -> Floats:
    return flat_map(read_head().vertices)


def long_hair(vertices: Floats, thickness: float) -> tuple[Floats, Ints]:
    """A curtain behind and beside the face, (V, 3) and (T, 3), hung on where this person's head is widest."""
    angles = np.concatenate([np.linspace(-np.pi, -1.05, 16), np.linspace(1.05, np.pi, 16)]).astype(np.float32)
    head = vertices[vertices[:, 1] > -0.1]
    wide, deep = float(np.abs(head[:, 0]).max()), float(-head[:, 2].min())
    heights = np.linspace(0.75, -1.5, 10, dtype=np.float32)
    spread = np.interp(heights, (-1.5, -0.3, 0.4, 0.75), (1.25, 1.12, 1.0, 0.75)).astype(np.float32)
    radius_x, radius_z = (wide * 0.96 + thickness) * spread, (deep / 2 + 0.12 + thickness) * spread
    x = np.sin(angles)[None] * radius_x[:, None]
    z = np.cos(angles)[None] * radius_z[:, None] - deep / 2 - 0.12
    points = np.stack([x, np.broadcast_to(heights[:, None], x.shape), z], -1).reshape(-1, 3).astype(np.float32)
    rows, columns = len(heights), len(angles)
    quads = [
        (r * columns + c, (r + 1) * columns + c, (r + 1) * columns + c + 1, r * columns + c + 1)
        for r in range(rows - 1)
        for c in range(columns - 1)
        if c != columns // 2 - 1
    ]
    triangles = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d), (a, c, b), (a, d, c))])
    return points, triangles


def glasses(left: Floats, right: Floats) -> tuple[Floats, Ints, Ints]:
    """Two rims with lenses, a bridge and temples before the eyes: points, triangles, and 1 for a lens else 0."""
    points: list[Floats] = []
    triangles: list[tuple[int, int, int]] = []
    lens: list[int] = []
    for eye in (left, right):
        _ring(points, triangles, lens, eye)
    bridge = (left + right) / 2
    nose = np.array((0.09, 0, 0), np.float32)
    before = bridge + np.array((0, 0.03, 0.3), np.float32)
    _bar(points, triangles, lens, before - nose, before + nose)
    for eye, side in ((left, 1), (right, -1)):
        hinge, ear = np.array((0.2 * side, 0.05, 0.25), np.float32), np.array((0.5 * side, 0.02, -0.9), np.float32)
        _bar(points, triangles, lens, eye + hinge, eye + ear)
    return np.array(points, np.float32), np.array(triangles), np.array(lens)


def _ring(points: list[Floats], triangles: list[tuple[int, int, int]], lens: list[int], eye: Floats) -> None:
    corners = 20
    first = len(points)
    for angle in np.arange(corners) * 2 * np.pi / corners:
        for radius in (0.195, 0.225):
            bulge = 0.26 - 0.15 * max(abs(radius * np.cos(angle)) - 0.1, 0)
            points.append(eye + np.array((radius * np.cos(angle) * 1.12, radius * np.sin(angle) * 0.85 - 0.02, bulge)))
    points.append(eye + np.array((0, -0.02, 0.26)))
    for corner in range(corners):
        a, b = first + 2 * corner, first + 2 * ((corner + 1) % corners)
        for triangle, glass in (((a, a + 1, b + 1), 0), ((a, b + 1, b), 0), ((first + 2 * corners, a, b), 1)):
            triangles.append(triangle)
            lens.append(glass)


def _bar(
    points: list[Floats],
    triangles: list[tuple[int, int, int]],
    lens: list[int],
    start: npt.NDArray[Any],
    end: npt.NDArray[Any],
) -> None:
    first = len(points)
    up = np.array((0, 0.018, 0), np.float32)
    points += [start - up, end - up, end + up, start + up]
    for corners in ((0, 1, 2), (0, 2, 3), (0, 2, 1), (0, 3, 2)):
        triangles.append((first + corners[0], first + corners[1], first + corners[2]))
        lens.append(0)


def standing_off(vertices: Floats, normal: Floats, lift: Floats) -> Floats:
    """Vertices moved along their normals, smoothed a little upwards so that hair does not follow every bump."""
    outward = unit(normal + vertices - np.array((0, -0.1, -0.8), np.float32))
    return np.asarray(vertices + outward * lift[:, None], np.float32)
