"""Where an identity's vertices are, with the attributes' expression: a linear model over the CC0 targets."""

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
import numpy.typing as npt

from mobileswap.training.faces.attributes import EXPRESSIONS
from mobileswap.training.faces.head_data import PARTS, HeadData, read_head
from mobileswap.training.faces.identity import SLIDERS, Identity

Floats = npt.NDArray[np.float32]

STRENGTH = 0.42  # of a slider's full effect, a standard deviation
RACES = ("african", "asian", "caucasian")
SEXES = ("female", "male")
AGES = ("young", "old")
WEIGHTS = ("minweight", "averageweight", "maxweight")
FACE_SCALE = 0.6  # geometric mean of the distances between the eyes and from eyes to mouth, in head units


@dataclass(frozen=True)
class ShapeModel:
    """Every target the renderer uses, as matrices over the flattened vertices.

    Attributes:
        up, down: (sliders, V·3), what a slider at +1 and at −1 adds.
        kinds: (race × sex × age, V·3); bodies: (sex × age × weight, V·3).
        expressions: (`EXPRESSIONS`, V·3).
    """

    head: HeadData
    up: Floats
    down: Floats
    kinds: Floats
    bodies: Floats
    expressions: Floats
    left_eye: npt.NDArray[np.bool_]
    right_eye: npt.NDArray[np.bool_]
    lips: Floats


@cache
def shape_model() -> ShapeModel:
    """Read every target, once a process."""
    head = read_head()
    kinds = [f"macrodetails/{race}-{sex}-{age}" for race, sex, age in product(RACES, SEXES, AGES)]
    bodies = [
        f"macrodetails/universal-{sex}-{age}-averagemuscle-{weight}"
        for sex, age, weight in product(SEXES, AGES, WEIGHTS)
    ]
    return ShapeModel(
        head=head,
        up=_stack(head, [name for name, _ in SLIDERS]),
        down=_stack(head, [name for _, name in SLIDERS]),
        kinds=_stack(head, kinds),
        bodies=_stack(head, bodies),
        expressions=_stack(head, [f"expression/units/caucasian/{name}" for name in EXPRESSIONS], ("left", "right")),
        left_eye=head.part == PARTS.index("helper-l-eye"),
        right_eye=head.part == PARTS.index("helper-r-eye"),
        lips=head.mask("lips") * (head.part == 0),
    )


def neutral_vertices(model: ShapeModel, identity: Identity) -> Floats:
    """(V, 3) of the person without expression, scaled so that eyes and mouth lie as in any aligned picture."""
    slider = identity.sliders * STRENGTH
    flat = model.head.vertices.reshape(-1) + np.clip(slider, 0, 1) @ model.up + np.clip(-slider, 0, 1) @ model.down
    flat = flat + _kind_weights(identity) @ model.kinds + _body_weights(identity) @ model.bodies
    vertices = flat.reshape(-1, 3)
    left, right, mouth = landmarks(model, vertices)
    eyes = (left + right) / 2
    scale = FACE_SCALE / float(np.sqrt(np.linalg.norm(left - right) * np.linalg.norm(eyes - mouth)))
    return np.asarray((vertices - eyes) * scale, np.float32)  # the middle of the eyes is the origin


def expression_offsets(model: ShapeModel, expression: Floats) -> Floats:
    """(V, 3), what an expression adds to any person."""
    return (expression @ model.expressions).reshape(-1, 3)


def landmarks(model: ShapeModel, vertices: Floats) -> tuple[Floats, Floats, Floats]:
    """Centres of the left eye, of the right eye and of the lips."""
    mouth = (vertices * model.lips[:, None]).sum(0) / model.lips.sum()
    return vertices[model.left_eye].mean(0), vertices[model.right_eye].mean(0), mouth


def _kind_weights(identity: Identity) -> Floats:
    odds = np.exp(1.5 * np.array([identity["african"], identity["asian"], 0.4]))
    race = odds / odds.sum()
    return np.array([r * s * a for r, s, a in product(race, _sex(identity), _age(identity))], np.float32)


def _body_weights(identity: Identity) -> Floats:
    weight = float(np.clip(identity["weight"] * 0.5, -1, 1))
    parts = (max(-weight, 0), 1 - abs(weight), max(weight, 0))
    return np.array([s * a * w for s, a, w in product(_sex(identity), _age(identity), parts)], np.float32)


def _sex(identity: Identity) -> tuple[float, float]:
    male = float(1 / (1 + np.exp(-2.0 * identity["gender"])))
    return 1 - male, male


def _age(identity: Identity) -> tuple[float, float]:
    old = float(np.clip(0.35 + 0.35 * identity["age"], 0, 1))
    return 1 - old, old


def _stack(head: HeadData, names: list[str], sides: tuple[str, str] = ("l", "r")) -> Floats:
    rows = []
    for name in names:
        both = [name.format(s=side) for side in sides] if "{s}" in name else [name] if name else []
        rows.append(sum((head.target(one) for one in both), np.zeros_like(head.vertices)).reshape(-1))
    return np.array(rows, np.float32)
