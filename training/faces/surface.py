"""What a head's surface has wherever its vertices go: normals, hollows, and a flat map of the template for textures."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mobileswap.training.faces.head_data import read_head

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

AXIS_Z = 0.35  # the template's vertical axis, round which the flat map is rolled off
LOWEST, HIGHEST = 4.9, 8.6


@dataclass(frozen=True)
class Surface:
    """Of the template mesh.

    Attributes:
        to_vertices: sparse (V, 3T); sums what each corner gives to its vertex.
        neighbours: sparse (V, V); the mean over a vertex's neighbours.
        flat: (V, 2), angle round the head from −1 to 1 (0 is the front) and height from 0 (neck) to 1 (crown).
    """

    to_vertices: Any
    neighbours: Any
    flat: Floats


@cache
def head_surface() -> Surface:
    """Of the CC0 head, once a process."""
    from scipy.sparse import csr_matrix, diags

    head = read_head()
    count, corners = len(head.vertices), head.triangles.reshape(-1)
    to_vertices = csr_matrix(
        (np.ones(len(corners), np.float32), (corners, np.arange(len(corners)) // 3)), (count, len(head.triangles))
    )
    edges = np.concatenate([head.triangles[:, [0, 1]], head.triangles[:, [1, 2]], head.triangles[:, [2, 0]]])
    ones = np.ones(len(edges) * 2, np.float32)
    both = csr_matrix((ones, (np.r_[edges[:, 0], edges[:, 1]], np.r_[edges[:, 1], edges[:, 0]])), (count, count))
    both.data[:] = 1
    degree = np.maximum(np.asarray(both.sum(1)).ravel(), 1)
    return Surface(to_vertices, (diags(1 / degree) @ both).astype(np.float32).tocsr(), flat_map(head.vertices))


def flat_map(template: Floats) -> Floats:
    """(V, 3) of the template to (V, 2) of the flat map."""
    angle = np.arctan2(template[:, 0], template[:, 2] - AXIS_Z) / np.pi
    height = (template[:, 1] - LOWEST) / (HIGHEST - LOWEST)
    return np.stack([angle, height], 1).astype(np.float32)


def normals(surface: Surface, vertices: Floats, triangles: Ints) -> Floats:
    """(V, 3) unit normals, each the mean of its triangles' by area."""
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    summed = surface.to_vertices @ np.cross(b - a, c - a)
    return unit(summed)


def hollows(surface: Surface, vertices: Floats, normal: Floats) -> Floats:
    """(V,), how far a vertex lies below its surroundings: what ambient light reaches less."""
    mean = surface.neighbours @ vertices
    depth = ((mean - vertices) * normal).sum(1)
    for _ in range(2):
        depth = surface.neighbours @ depth
    return np.asarray(depth, np.float32)


def unit(vectors: Floats) -> Floats:
    length = np.sqrt((vectors * vectors).sum(1, keepdims=True))
    return np.asarray(vectors / np.maximum(length, 1e-9), np.float32)
