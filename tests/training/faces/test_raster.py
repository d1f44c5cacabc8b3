"""Rasteriser: which pixels a triangle covers, which triangle is in front, and what is interpolated."""

import numpy as np

from mobileswap.training.faces.raster import rasterise

SQUARE = np.array([[0, 2, 1], [0, 3, 2]])  # as seen by a camera whose rows go down


def corners(low: float, high: float) -> np.ndarray:
    return np.array([[low, high], [high, high], [high, low], [low, low]], np.float32)


def test_a_square_covers_exactly_its_pixels():
    seen = rasterise(SQUARE[:, ::-1], corners(1, 5), np.full(4, 2, np.float32), 8)
    rows, columns = np.divmod(np.sort(seen.pixel), 8)
    assert len(seen.pixel) == 16
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (1, 4, 1, 4)


def test_a_back_face_is_not_seen():
    assert len(rasterise(SQUARE, corners(1, 5), np.full(4, 2, np.float32), 8).pixel) == 0


def test_the_nearer_triangle_wins_whatever_its_place_in_the_list():
    points = np.concatenate([corners(0, 8), corners(2, 6)])
    depth = np.array([5] * 4 + [1] * 4, np.float32)
    front = SQUARE[:, ::-1]
    for triangles in (np.concatenate([front, front + 4]), np.concatenate([front + 4, front])):
        seen = rasterise(triangles, points, depth, 8)
        assert len(seen.pixel) == 64
        near = seen.depth < 2
        assert near.sum() == 16


def test_values_are_interpolated_across_a_triangle():
    points = corners(0, 8)
    seen = rasterise(SQUARE[:, ::-1], points, np.full(4, 2, np.float32), 8)
    found = seen.interpolate(SQUARE[:, ::-1], points)
    assert np.allclose(found[:, 0], seen.pixel % 8 + 0.5, atol=1e-5)
    assert np.allclose(found[:, 1], seen.pixel // 8 + 0.5, atol=1e-5)


def test_what_lies_outside_is_left_out():
    assert len(rasterise(SQUARE[:, ::-1], corners(20, 30), np.full(4, 2, np.float32), 8).pixel) == 0
