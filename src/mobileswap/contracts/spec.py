"""How a tensor crosses the border of a component: name, shape, layout, range."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TensorSpec:
    """One input or output of an artifact.

    Attributes:
        name: as in the file, for instance ``target``.
        shape: static, batch first, for instance ``(1, 3, 256, 256)``.
        dtype: ``float32`` or ``uint8``; the type that a caller passes or receives.
        layout: the meaning of the axes, ``NCHW``, ``NHWC`` or ``NC``.
        value_range: lowest and highest value a caller may pass or can receive.
        data_range: the peak-to-peak value that PSNR is measured on.
        meaning: one phrase for the person who reads artifact.json, for instance ``RGB face, aligned``.

    Raises:
        ValueError: the shape is not a batch of something.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    layout: str
    value_range: tuple[float, float]
    data_range: float
    meaning: str

    def __post_init__(self) -> None:
        if len(self.shape) < 2 or min(self.shape) < 1:
            raise ValueError(f"{self.name}: expected a static shape, batch first, came {self.shape}")

    @property
    def is_image(self) -> bool:
        return self.layout in ("NCHW", "NHWC")
