"""Triangles to pixels, all at once in numpy: every pixel of every triangle's box is a candidate, the nearest wins."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Fragments:
    """What is seen, one entry a covered pixel.

    Attributes:
        pixel: (P,), row · size + column.
        triangle: (P,), index into the triangles that were given.
        weights: (P, 3), barycentric weights of the triangle's corners.
        depth: (P,), towards the camera is less.
    """

    pixel: Ints
    triangle: Ints
    weights: Floats
    depth: Floats

    def interpolate(self, triangles: Ints, values: Floats) -> Floats:
        """(V, K) values of vertices at each covered pixel, (P, K)."""
        corners = triangles[self.triangle]
        found = values[corners[:, 0]] * self.weights[:, :1]
        found += values[corners[:, 1]] * self.weights[:, 1:2]
        found += values[corners[:, 2]] * self.weights[:, 2:]
        return found


def rasterise(triangles: Ints, points: Floats, depth: Floats, size: int) -> Fragments:
    """The nearest front-facing triangle at each pixel centre.

    Args:
        triangles: (T, 3), counter-clockwise on a picture whose rows go down are back faces and are left out.
        points: (V, 2), column and row of each vertex, in pixels.
        depth: (V,), positive, distance along the camera's axis.
        size: side of the picture.
    """
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    low = np.ceil(np.maximum(np.minimum(np.minimum(a, b), c) - 0.5, 0)).astype(np.int64)
    high = np.floor(np.minimum(np.maximum(np.maximum(a, b), c) - 0.5, size - 1)).astype(np.int64)
    extent = high - low + 1
    seen = np.flatnonzero((area < -1e-6) & (extent > 0).all(axis=1))
    a, b, c, area, low, extent = a[seen], b[seen], c[seen], area[seen], low[seen], extent[seen]
    count = extent[:, 0] * extent[:, 1]
    owner = np.repeat(np.arange(len(seen)), count)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    column = step % extent[owner, 0] + low[owner, 0]
    row = step // extent[owner, 0] + low[owner, 1]
    # weights of corners b and c are linear in column and row
    plane_b = np.stack([c[:, 1] - a[:, 1], a[:, 0] - c[:, 0]], 1) / area[:, None]
    plane_c = np.stack([a[:, 1] - b[:, 1], b[:, 0] - a[:, 0]], 1) / area[:, None]
    x = (column + 0.5).astype(np.float32) - a[owner, 0]
    y = (row + 0.5).astype(np.float32) - a[owner, 1]
    weight_b = plane_b[owner, 0] * x + plane_b[owner, 1] * y
    weight_c = plane_c[owner, 0] * x + plane_c[owner, 1] * y
    inside = np.flatnonzero((weight_b >= 0) & (weight_c >= 0) & (weight_b + weight_c <= 1))
    owner, weight_b, weight_c = owner[inside], weight_b[inside], weight_c[inside]
    corner_depth = depth[triangles[seen]]
    z = corner_depth[owner, 0]
    z = z + weight_b * (corner_depth[owner, 1] - z) + weight_c * (corner_depth[owner, 2] - z)
    nearest = _nearest(row[inside] * size + column[inside], z, size * size)
    weights = np.stack([1 - weight_b[nearest] - weight_c[nearest], weight_b[nearest], weight_c[nearest]], 1)
    pixel = row[inside][nearest] * size + column[inside][nearest]
    return Fragments(pixel, seen[owner[nearest]], weights.astype(np.float32), z[nearest].astype(np.float32))


def _nearest(pixel: Ints, z: Floats, count: int) -> Ints:
    """Of the candidates of each pixel the one with the least z; the earlier one where two are equal."""
    key = (np.minimum(z / 64, 1) * (1 << 30)).astype(np.int64) << 32 | np.arange(len(z))
    best = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(best, pixel, key)
    return np.asarray(best[best != np.iinfo(np.int64).max] & 0xFFFFFFFF)
