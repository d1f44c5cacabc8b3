"""Who a rendered person is: a vector of independent standard normal numbers, and what each of them means."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

# (target towards +, target towards −); "" where only one side exists. {s} stands for both sides, l and r.
SLIDERS: tuple[tuple[str, str], ...] = (
    *(
        (f"nose/nose-{name}-{more}", f"nose/nose-{name}-{less}")
        for name, more, less in (
            ("hump", "incr", "decr"),
            ("volume", "incr", "decr"),
            ("scale-horiz", "incr", "decr"),
            ("scale-vert", "incr", "decr"),
            ("scale-depth", "incr", "decr"),
            ("width1", "incr", "decr"),
            ("width2", "incr", "decr"),
            ("width3", "incr", "decr"),
            ("point", "up", "down"),
            ("point-width", "incr", "decr"),
            ("base", "up", "down"),
            ("curve", "convex", "concave"),
            ("greek", "incr", "decr"),
            ("nostrils-width", "incr", "decr"),
            ("flaring", "incr", "decr"),
            ("septumangle", "incr", "decr"),
            ("trans", "up", "down"),
        )
    ),
    *(
        (f"mouth/mouth-{name}-{more}", f"mouth/mouth-{name}-{less}")
        for name, more, less in (
            ("scale-horiz", "incr", "decr"),
            ("scale-vert", "incr", "decr"),
            ("scale-depth", "incr", "decr"),
            ("trans", "up", "down"),
            ("trans", "forward", "backward"),
            ("upperlip-volume", "incr", "decr"),
            ("lowerlip-volume", "incr", "decr"),
            ("upperlip-height", "incr", "decr"),
            ("lowerlip-height", "incr", "decr"),
            ("cupidsbow", "incr", "decr"),
            ("philtrum-volume", "incr", "decr"),
        )
    ),
    *(
        (f"eyes/{{s}}-eye-{name}-{more}", f"eyes/{{s}}-eye-{name}-{less}")
        for name, more, less in (
            ("scale", "incr", "decr"),
            ("trans", "up", "down"),
            ("trans", "out", "in"),
            ("height1", "incr", "decr"),
            ("height2", "incr", "decr"),
            ("height3", "incr", "decr"),
            ("corner1", "up", "down"),
            ("corner2", "up", "down"),
            ("push1", "out", "in"),
            ("push2", "out", "in"),
            ("bag", "incr", "decr"),
            ("eyefold", "up", "down"),
            ("epicanthus", "out", "in"),
        )
    ),
    *(
        (f"cheek/{{s}}-cheek-{name}-{more}", f"cheek/{{s}}-cheek-{name}-{less}")
        for name, more, less in (
            ("bones", "incr", "decr"),
            ("volume", "incr", "decr"),
            ("inner", "incr", "decr"),
            ("trans", "up", "down"),
        )
    ),
    *(
        (f"chin/chin-{name}-{more}", f"chin/chin-{name}-{less}")
        for name, more, less in (
            ("bones", "incr", "decr"),
            ("width", "incr", "decr"),
            ("height", "incr", "decr"),
            ("prominent", "incr", "decr"),
            ("prognathism", "incr", "decr"),
            ("jaw-drop", "incr", "decr"),
            ("cleft", "incr", "decr"),
        )
    ),
    *(
        (f"forehead/forehead-{name}-{more}", f"forehead/forehead-{name}-{less}")
        for name, more, less in (
            ("scale-vert", "incr", "decr"),
            ("nubian", "incr", "decr"),
            ("temple", "incr", "decr"),
            ("trans", "forward", "backward"),
        )
    ),
    ("eyebrows/eyebrows-trans-up", "eyebrows/eyebrows-trans-down"),
    ("eyebrows/eyebrows-angle-up", "eyebrows/eyebrows-angle-down"),
    ("eyebrows/eyebrows-trans-forward", "eyebrows/eyebrows-trans-backward"),
    ("head/head-round", "head/head-rectangular"),
    ("head/head-oval", "head/head-square"),
    ("head/head-triangular", "head/head-invertedtriangular"),
    ("head/head-diamond", ""),
    ("head/head-fat-incr", "head/head-fat-decr"),
    ("head/head-scale-horiz-incr", "head/head-scale-horiz-decr"),
    ("head/head-scale-vert-incr", "head/head-scale-vert-decr"),
    ("head/head-scale-depth-incr", "head/head-scale-depth-decr"),
    ("ears/{s}-ear-scale-incr", "ears/{s}-ear-scale-decr"),
    ("ears/{s}-ear-wing-incr", "ears/{s}-ear-wing-decr"),
    ("neck/neck-scale-horiz-incr", "neck/neck-scale-horiz-decr"),
)

MACRO = ("african", "asian", "gender", "age", "weight")
LOOKS = (
    "skin_dark",
    "skin_red",
    "skin_yellow",
    "lip_red",
    "lip_dark",
    "iris_light",
    "iris_hue",
    "brow_dark",
    "brow_thick",
    "brow_long",
    "brow_height",
    "brow_arch",
    "freckles",
    "beard",
    "beard_red",
    "moustache",
    "blotches",
    "eye_shadow",
    "wrinkles",
    "mole_0",
    "mole_1",
    "mole_2",
)
SIZE = len(SLIDERS) + len(MACRO) + len(LOOKS)
OLDEST = 3.0  # standard deviations: a number beyond it would be a caricature


@dataclass(frozen=True)
class Identity:
    """A person.

    Attributes:
        values: (`SIZE`,), each drawn from a standard normal distribution: sliders, then `MACRO`, then `LOOKS`.
        seed: of what no number describes: where freckles lie, the grain of the skin.
    """

    values: Floats
    seed: int

    def __getitem__(self, name: str) -> float:
        """The number of one of `MACRO` or `LOOKS`."""
        if name in MACRO:
            return float(self.values[len(SLIDERS) + MACRO.index(name)])
        return float(self.values[len(SLIDERS) + len(MACRO) + LOOKS.index(name)])

    @property
    def sliders(self) -> Floats:
        return self.values[: len(SLIDERS)]


def draw_identity(seed: int) -> Identity:
    """The person of that number; the same number gives the same person."""
    rng = np.random.default_rng((1, seed))
    return Identity(np.clip(rng.standard_normal(SIZE), -OLDEST, OLDEST).astype(np.float32), seed)


def mean_identity() -> Identity:
    """The person whose numbers are all zero: the mean face."""
    return Identity(np.zeros(SIZE, np.float32), 0)
