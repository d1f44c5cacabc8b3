"""Renderer: seeds decide every byte; identity and attributes each change what they should and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from mobileswap.training.faces.attributes import EXPRESSIONS, draw_attributes, plain_attributes
from mobileswap.training.faces.identity import LOOKS, MACRO, SLIDERS, Identity, draw_identity, mean_identity
from mobileswap.training.faces.render import prepare, render

SIDE = 64


def changed(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(S, S), where two pictures differ by more than a step of rounding."""
    return (np.abs(one.astype(int) - other.astype(int)) > 2).any(axis=2)


def with_look(name: str, value: float) -> Identity:
    values = mean_identity().values.copy()
    values[len(SLIDERS) + len(MACRO) + LOOKS.index(name)] = value
    return Identity(values, 0)


def test_the_same_seeds_give_the_same_bytes():
    first = render(prepare(draw_identity(3)), draw_attributes(5), SIDE)
    again = render(prepare(draw_identity(3)), draw_attributes(5), SIDE)
    assert first.shape == (SIDE, SIDE, 3)
    assert first.dtype == np.uint8
    assert first.tobytes() == again.tobytes()


def test_another_person_changes_the_face_and_leaves_the_background():
    worn = replace(plain_attributes(), seed=8)
    one, other = (render(prepare(draw_identity(seed)), worn, SIDE) for seed in (1, 2))
    where = changed(one, other)
    assert where[SIDE // 2 - 8 : SIDE // 2 + 8, SIDE // 2 - 8 : SIDE // 2 + 8].mean() > 0.5
    assert not where[:10, :6].any()
    assert not where[:10, -6:].any()


@pytest.mark.parametrize(
    "attributes",
    [
        {"yaw": 0.5},
        {"pitch": 0.3},
        {"gaze": (0.4, 0.0)},
        {"light_from": (-0.9, 0.1, 0.3)},
        {"hair": "bald"},
        {"hair": "long"},
        {"glasses": "clear"},
        {"occluder": "bar", "seed": 1},
        {"cloth": (0.9, 0.1, 0.1)},
        {"expression": np.eye(len(EXPRESSIONS), dtype=np.float32)[0]},
    ],
    ids=lambda attributes: next(iter(attributes)) + str(next(iter(attributes.values())))[:5],
)
def test_every_attribute_shows(attributes: dict[str, object]):
    person = prepare(mean_identity())
    plain = replace(plain_attributes(), zoom=0.75)  # wide enough to show the collar
    assert changed(render(person, plain, SIDE), render(person, replace(plain, **attributes), SIDE)).sum() >= 8  # type: ignore[arg-type]


@pytest.mark.parametrize("look", ["skin_dark", "brow_thick", "lip_dark", "freckles", "beard", "wrinkles"])
def test_looks_show_in_the_skin_or_the_lips(look: str):
    less, more = (prepare(with_look(look, value)) for value in (-2.0, 2.5))
    assert np.abs(less.skin - more.skin).max() > 0.02 or np.abs(less.lips - more.lips).max() > 0.02


def test_darker_skin_is_darker():
    pale, dark = (prepare(with_look("skin_dark", value)).skin.mean() for value in (-2.0, 2.0))
    assert dark < pale - 0.2


def test_eyes_and_mouth_lie_where_an_aligned_face_has_them():
    from mobileswap.training.faces.camera import camera_for
    from mobileswap.training.faces.shape import landmarks, shape_model

    for seed in range(5):
        points = landmarks(shape_model(), prepare(draw_identity(seed)).vertices)
        camera = camera_for(plain_attributes(), points, 256)
        left, right, mouth = camera.project(np.stack(points))[0]
        assert 90 < (left[1] + right[1]) / 2 < 135
        assert 150 < mouth[1] < 205
        assert left[0] > 128 > right[0]  # the person's left eye is on the picture's right
