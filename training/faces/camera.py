"""From the head's space to pixels: the head turns, the camera looks, the face is put where an aligned face lies."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobileswap.training.faces.attributes import Attributes

Floats = npt.NDArray[np.float32]

PIVOT = np.array((0, -0.25, -0.9), np.float32)  # of the neck's turn, from the middle of the eyes
WIDTH = 2.25  # head units that the picture shows across at the face's distance
FACE_AT = (0.5, 0.575)  # where the point between eyes and mouth lies, in parts of the side


@dataclass(frozen=True)
class Camera:
    """A turn of the head and a perspective projection."""

    rotation: Floats
    distance: float
    scale: float
    offset: Floats
    size: int

    def turn(self, directions: Floats) -> Floats:
        """Directions on the head as the camera sees them."""
        return np.asarray(directions @ self.rotation.T, np.float32)

    def project(self, vertices: Floats) -> tuple[Floats, Floats]:
        """Columns and rows in pixels, and distances along the axis."""
        turned = (vertices - PIVOT) @ self.rotation.T + PIVOT
        away = self.distance - turned[:, 2]
        plane = turned[:, :2] * np.array((1, -1), np.float32) * (self.scale / away)[:, None]
        return np.asarray(plane + self.offset, np.float32), np.asarray(away, np.float32)


def camera_for(attributes: Attributes, points: tuple[Floats, Floats, Floats], size: int) -> Camera:
    """The camera that puts this person's eyes and mouth where the attributes want them."""
    distance = attributes.distance
    scale = size / WIDTH * attributes.zoom * distance
    bare = Camera(_rotation(attributes), distance, scale, np.zeros(2, np.float32), size)
    left, right, mouth = bare.project(np.stack(points))[0]
    middle = ((left + right) / 2 + mouth) / 2
    wanted = (np.array(FACE_AT) + np.array(attributes.shift)) * size
    return Camera(bare.rotation, distance, scale, (wanted - middle).astype(np.float32), size)


def _rotation(attributes: Attributes) -> Floats:
    sy, cy = np.sin(attributes.yaw), np.cos(attributes.yaw)
    sp, cp = np.sin(attributes.pitch), np.cos(attributes.pitch)
    sr, cr = np.sin(attributes.roll), np.cos(attributes.roll)
    yaw = np.array(((cy, 0, sy), (0, 1, 0), (-sy, 0, cy)))
    pitch = np.array(((1, 0, 0), (0, cp, -sp), (0, sp, cp)))
    roll = np.array(((cr, -sr, 0), (sr, cr, 0), (0, 0, 1)))
    return np.asarray(roll @ pitch @ yaw, np.float32)
