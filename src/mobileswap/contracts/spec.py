"""How a tensor crosses the border of a component: name, shape, layout, what it holds, and its range."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import cast


class Kind(StrEnum):
    """What a tensor holds; samples, metrics and limits go by it."""

    PICTURE = "picture"  # colours of pixels
    MASK = "mask"  # one weight per pixel
    VECTOR = "vector"  # one point, for instance an embedding
    LATENT = "latent"  # several points, for instance w+ of (1, 18, 512)
    SCALAR = "scalar"  # one number, for instance how far to morph
    FEATURES = "features"  # maps inside of a network, passed from one component to the next


LEVELS = (0.0, 255.0)  # of an 8-bit picture
_BY_LAYOUT = cast("Kind", None)  # files of older versions name no kind: their pictures have four axes, vectors two


@dataclass(frozen=True)
class TensorSpec:
    """One input or output of a component or an artifact.

    Attributes:
        name: as in the file, for instance ``target``.
        shape: static, batch first, for instance ``(1, 3, 224, 224)``.
        dtype: ``float32`` or ``uint8``; the type that a caller passes or receives.
        layout: the meaning of the axes, a letter each: ``NCHW``, ``NHWC``, ``NC``, ``NLC``, ``N``.
        value_range: lowest and highest value a caller may pass or can receive.
        data_range: the peak-to-peak value that PSNR is measured on.
        meaning: one phrase for the person who reads artifact.json, for instance ``RGB face, aligned``.
        kind: what it holds.
        colour: order of a picture's channels, ``RGB`` or ``BGR``; "" for all else.
        channel_ranges: of a picture that is normalised channel by channel, what the 8-bit levels 0 and 255 become in
            each; empty where that is ``value_range`` in all.
        norm: L2 norm that a vector has; 0 where it may be any.
        bounded: of an output: whatever goes in, it stays within ``value_range``, as behind a tanh.

    Raises:
        ValueError: the shape is no batch of something, the layout does not fit it, or a range is none.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    layout: str
    value_range: tuple[float, float]
    data_range: float
    meaning: str
    kind: Kind = _BY_LAYOUT
    colour: str = ""
    channel_ranges: tuple[tuple[float, float], ...] = ()
    norm: float = 0.0
    bounded: bool = False

    def __post_init__(self) -> None:
        self._complete()
        if not self.shape or min(self.shape) < 1:
            raise ValueError(f"{self.name}: expected a static shape, batch first, came {self.shape}")
        if len(self.layout) != len(self.shape):
            raise ValueError(f"{self.name}: layout {self.layout} does not fit the shape {self.shape}")
        low, high = self.value_range
        if not (low < high and 0 < self.data_range < float("inf")):
            raise ValueError(f"{self.name}: expected ranges above 0, came {self.value_range} and {self.data_range}")
        if self.channel_ranges and len(self.channel_ranges) != self.channels:
            raise ValueError(f"{self.name}: {len(self.channel_ranges)} channel ranges for {self.channels} channels")

    def _complete(self) -> None:
        """What files of older versions leave out: they know RGB pictures, and vectors of norm 1."""
        if self.kind is not None:
            return
        picture = "H" in self.layout
        object.__setattr__(self, "kind", Kind.PICTURE if picture else Kind.VECTOR)
        object.__setattr__(self, "colour", "RGB" if picture else "")
        object.__setattr__(self, "norm", 0.0 if picture else 1.0)

    @property
    def is_picture(self) -> bool:
        return self.kind is Kind.PICTURE

    @property
    def is_spatial(self) -> bool:
        """It has rows and columns."""
        return "H" in self.layout

    @property
    def height(self) -> int:
        return self.shape[self.layout.index("H")]

    @property
    def width(self) -> int:
        return self.shape[self.layout.index("W")]

    @property
    def channels(self) -> int:
        return self.shape[self.layout.index("C")] if "C" in self.layout else 1

    def bitmap(self) -> "TensorSpec":
        """A picture or mask as an app has it, uint8 (1, H, W, C), its channels in this order; all else as it is."""
        if self.kind not in (Kind.PICTURE, Kind.MASK):
            return self
        return replace(
            self,
            shape=(self.shape[0], self.height, self.width, self.channels),
            dtype="uint8",
            layout="NHWC",
            value_range=LEVELS,
            data_range=LEVELS[1],
            channel_ranges=(),
        )
