"""An identity with attributes to a picture. The same two give the same bytes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobileswap.training.faces.attributes import Attributes
from mobileswap.training.faces.camera import Camera, camera_for
from mobileswap.training.faces.head_data import PARTS
from mobileswap.training.faces.identity import Identity
from mobileswap.training.faces.layers import glasses, hair_shell, long_hair, standing_off
from mobileswap.training.faces.raster import rasterise
from mobileswap.training.faces.scenery import background, occlude
from mobileswap.training.faces.shading import Light, hair_colour, lit, skin_and_eyes
from mobileswap.training.faces.shape import ShapeModel, expression_offsets, landmarks, neutral_vertices, shape_model
from mobileswap.training.faces.skin import iris_colour, lip_colour, skin_texture
from mobileswap.training.faces.surface import Surface, flat_map, head_surface, hollows, normals

Floats = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]

SIZE = 256


@dataclass(frozen=True)
class Person:
    """An identity made ready: what does not change from picture to picture."""

    identity: Identity
    vertices: Floats
    skin: Floats
    lips: Floats
    iris: Floats


def prepare(identity: Identity) -> Person:
    """Work out what all pictures of a person share."""
    vertices = neutral_vertices(shape_model(), identity)
    return Person(identity, vertices, skin_texture(identity), lip_colour(identity), iris_colour(identity))


def render(person: Person, attributes: Attributes, size: int = SIZE) -> Picture:
    """(size, size, 3) RGB."""
    model, surface = shape_model(), head_surface()
    vertices = _turn_eyes(model, person.vertices + expression_offsets(model, attributes.expression), attributes)
    camera = camera_for(attributes, landmarks(model, vertices), size)
    light = Light.of(attributes)
    picture = background(attributes, size).reshape(-1, 3)
    depth = np.full(size * size, np.inf, np.float32)
    normal = normals(surface, vertices, model.head.triangles)
    _draw_long_hair(picture, depth, vertices, attributes, camera, light)
    _draw_head(picture, depth, person, vertices, normal, surface, camera, light, attributes)
    _draw_hair(picture, depth, vertices, normal, surface, camera, light, attributes)
    _draw_glasses(picture, depth, model, vertices, camera, attributes)
    finished = occlude(_soften(picture.reshape(size, size, 3), depth.reshape(size, size)), attributes)
    return np.clip(finished * (255 * attributes.exposure) + 0.5, 0, 255).astype(np.uint8)


def _turn_eyes(model: ShapeModel, vertices: Floats, attributes: Attributes) -> Floats:
    side, up = attributes.gaze
    turned = vertices.copy()
    for eye in (model.left_eye, model.right_eye):
        centre = vertices[eye].mean(0) - np.array((0, 0, 0.05), np.float32)
        x, y, z = (vertices[eye] - centre).T
        x, z = x * np.cos(side) + z * np.sin(side), z * np.cos(side) - x * np.sin(side)
        y, z = y * np.cos(up) + z * np.sin(up), z * np.cos(up) - y * np.sin(up)
        turned[eye] = np.stack([x, y, z], 1) + centre
    return turned


def _draw_head(
    picture: Floats, depth: Floats, person: Person, vertices: Floats, normal: Floats, surface: Surface,
    camera: Camera, light: Light, attributes: Attributes,
) -> None:  # fmt: skip
    model = shape_model()
    head = model.head
    points, distance = camera.project(vertices)
    seen = rasterise(head.triangles, points, distance, camera.size)
    hollow = hollows(surface, vertices, normal)
    template = head.vertices
    values = np.concatenate(
        [camera.turn(normal), surface.flat, model.lips[:, None], hollow[:, None], template - _eye_centres(model)],
        axis=1,
    )
    found = seen.interpolate(head.triangles, values.astype(np.float32))
    part = head.part[head.triangles[seen.triangle, 0]]
    colour = skin_and_eyes(part, found, person.skin, person.lips, person.iris, attributes.cloth)
    shine = np.where(part == 0, attributes.shine, 0.3).astype(np.float32)
    shaded = lit(colour, found[:, :3], found[:, 6], light, shine)
    picture[seen.pixel] = shaded
    depth[seen.pixel] = seen.depth


def _eye_centres(model: ShapeModel) -> Floats:
    """(V, 3): each eye's own middle at its vertices, zero elsewhere, so that an iris can be drawn round it."""
    centres = np.zeros_like(model.head.vertices)
    for name in ("helper-l-eye", "helper-r-eye"):
        eye = model.head.part == PARTS.index(name)
        centres[eye] = model.head.vertices[eye].mean(0)
    return centres


def _draw_hair(
    picture: Floats, depth: Floats, vertices: Floats, normal: Floats, surface: Surface,
    camera: Camera, light: Light, attributes: Attributes,
) -> None:  # fmt: skip
    shell = hair_shell(attributes)
    if shell is None:
        return
    lifted = standing_off(vertices, normal, shell.lift)
    points, distance = camera.project(lifted)
    seen = rasterise(shell.triangles, points, distance - 0.02, camera.size)
    values = np.concatenate([camera.turn(normal), surface.flat, shell.cover[:, None]], axis=1).astype(np.float32)
    _paint_hair(picture, depth, seen.pixel, seen.depth, seen.interpolate(shell.triangles, values), light, attributes)


def _draw_long_hair(
    picture: Floats, depth: Floats, vertices: Floats, attributes: Attributes, camera: Camera, light: Light
) -> None:
    if attributes.hair != "long":
        return
    points, triangles = long_hair(vertices, attributes.hair_thickness)
    placed, distance = camera.project(points)
    seen = rasterise(triangles, placed, distance, camera.size)
    outward = points * np.array((1, 0.1, 1), np.float32) + np.array((0, 0, 0.9), np.float32)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    height = np.clip((points[:, 1] + 2.3) / 3.7, 0, 1)
    flat = np.stack([flat_map(points + np.array((0, 7.2, 1.2), np.float32))[:, 0], height], 1)
    values = np.concatenate([camera.turn(outward), flat, np.ones((len(points), 1))], 1).astype(np.float32)
    _paint_hair(picture, depth, seen.pixel, seen.depth, seen.interpolate(triangles, values), light, attributes)


def _paint_hair(
    picture: Floats, depth: Floats, pixel: npt.NDArray[np.int64], near: Floats, found: Floats, light: Light,
    attributes: Attributes,
) -> None:  # fmt: skip
    colour, cover = hair_colour(found[:, 3:5], found[:, 5], attributes)
    shaded = lit(colour, found[:, :3], np.zeros(len(colour), np.float32), light, np.full(len(colour), 0.15, np.float32))
    front = near < depth[pixel]
    pixel, cover, shaded, near = pixel[front], cover[front], shaded[front], near[front]
    picture[pixel] += (shaded - picture[pixel]) * cover[:, None]
    solid = cover > 0.5
    depth[pixel[solid]] = near[solid]


def _draw_glasses(
    picture: Floats, depth: Floats, model: ShapeModel, vertices: Floats, camera: Camera, attributes: Attributes
) -> None:
    if attributes.glasses == "none":
        return
    left, right, _ = landmarks(model, vertices)
    points, triangles, lens = glasses(left, right)
    placed, distance = camera.project(points)
    seen = rasterise(triangles, placed, distance, camera.size)
    front = seen.depth < depth[seen.pixel]
    pixel, glass = seen.pixel[front], lens[seen.triangle[front]]
    cover = np.where(glass == 1, 0.85 if attributes.glasses == "dark" else 0.1, 1).astype(np.float32)
    colour = np.where(glass[:, None] == 1, 0.12, attributes.glasses_colour).astype(np.float32)
    picture[pixel] += (colour - picture[pixel]) * cover[:, None]
    depth[pixel] = seen.depth[front]


def _soften(picture: Floats, depth: Floats) -> Floats:
    """Smooth the steps along outlines: where depth jumps, a pixel becomes the mean of its neighbourhood."""
    filled = np.where(np.isfinite(depth), depth, 99).astype(np.float32)
    padded = np.pad(filled, 1, mode="edge")
    size = len(filled)
    around = [padded[r : r + size, c : c + size] for r, c in ((0, 1), (2, 1), (1, 0), (1, 2))]
    edge = np.max([np.abs(other - filled) for other in around], axis=0) > 0.12
    rows, columns = np.nonzero(edge)
    wide = np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="edge")
    blurred = sum(wide[rows + r, columns + c] * w for r, c, w in _KERNEL)
    softened = picture.copy()
    softened[rows, columns] = blurred
    return softened


_KERNEL = [(r, c, np.float32((1, 2, 1)[r] * (1, 2, 1)[c] / 16)) for r in range(3) for c in range(3)]
