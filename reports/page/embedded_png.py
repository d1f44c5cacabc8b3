"""PNG files made small enough to be part of the page: the whole of it has to stay below 5 MB."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from mobileswap.contracts.errors import BadInput

if TYPE_CHECKING:
    from PIL.Image import Image

BUDGET_BYTES = 3_000_000  # of the pictures; base64 makes 4 MB of them
_LARGEST = 4096  # pixels a side; a picture of more is none of ours


@dataclass(frozen=True)
class Coding:
    """How pictures are stored, the best first; ``quality`` None is without loss, ``side`` the longest in pixels."""

    quality: int | None
    side: int

    @property
    def words(self) -> str:
        return ("pixel by pixel" if self.quality is None else f"WebP of quality {self.quality}") + (
            "" if self.side == _LARGEST else f", at most {self.side} pixels a side"
        )


CODINGS = (
    Coding(None, _LARGEST),
    Coding(95, _LARGEST),
    Coding(85, 256),
    Coding(75, 192),
    Coding(60, 128),
    Coding(40, 96),
)


@dataclass(frozen=True)
class Album:
    """Data URIs by path, each picture once, and how all were stored."""

    uris: dict[Path, str]
    coding: Coding


def album(paths: Iterable[Path], budget: int = BUDGET_BYTES) -> Album:
    """All pictures in the best coding with which they fit into the budget; the last one where none does.

    Raises:
        BadInput: a file is no picture, or too large to be one of ours.
    """
    pictures = {path: _opened(path) for path in dict.fromkeys(paths)}
    pixels = {path: (picture.size, picture.tobytes()) for path, picture in pictures.items()}
    different = {pixels[path]: picture for path, picture in pictures.items()}  # PyTorch's lies there for each artifact
    for coding in CODINGS:
        stored = {content: _stored(picture, coding) for content, picture in different.items()}
        if sum(len(data) for data in set(stored.values())) <= budget:
            break
    uris = {content: f"data:image/webp;base64,{b64encode(data).decode()}" for content, data in stored.items()}
    return Album({path: uris[pixels[path]] for path in pictures}, coding)


def _opened(path: Path) -> Image:
    from PIL import Image

    try:
        with Image.open(path) as picture:
            if max(picture.size) > _LARGEST:
                raise BadInput(f"{path}: {picture.size} pixels; at most {_LARGEST} a side; check the artifact again")
            return picture.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadInput(f"{path}: not a picture ({error}); run `mobileswap parity check --report` again") from error


def _stored(picture: Image, coding: Coding) -> bytes:
    small = picture.copy()
    small.thumbnail((coding.side, coding.side))
    buffer = BytesIO()
    if coding.quality is None:
        small.save(buffer, "WEBP", lossless=True, quality=60, method=4)
    else:
        small.save(buffer, "WEBP", quality=coding.quality, method=4)
    return buffer.getvalue()
