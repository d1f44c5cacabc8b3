"""``--identity PHOTO|EMBEDDING.npy``: the source person to bake in."""

from pathlib import Path
from tokenize import TokenError

import numpy as np

from mobileswap.contracts.errors import BadInput
from mobileswap.model.component import DEFAULT_SIZE
from mobileswap.model.inputs.built_in import Array, Pixels

_NORM_TOLERANCE = 1e-3  # float16 storage leaves 2e-4
_ORIENTATION = 0x0112  # EXIF tag; 1 is upright


def is_embedding(path: Path) -> bool:
    return path.suffix == ".npy"


def read_embedding(path: Path, length: int, option: str = "--identity") -> Array:
    """An embedding from a .npy file, (length,) or (1, length), as (1, length) float32 of norm 1.

    Args:
        path: of the file.
        length: of an embedding.
        option: that it was given with, for what is said of it.

    Raises:
        BadInput: no .npy file, another length, not finite, or a norm that is not 1.
    """
    try:
        with path.open("rb") as stream:
            array = np.lib.format.read_array(stream, allow_pickle=False)  # type: ignore[no-untyped-call]
    except FileNotFoundError as error:
        raise BadInput(f"{option} {path}: no such file; give a photograph or an embedding saved as .npy") from error
    except (OSError, ValueError, MemoryError, SyntaxError, TokenError) as error:
        raise BadInput(f"{option} {path}: not a whole .npy array of numbers; save it with numpy.save") from error
    if array.shape not in ((length,), (1, length)):
        raise BadInput(f"{option} {path}: expected an embedding of shape ({length},), came {array.shape}")
    if not np.issubdtype(array.dtype, np.floating):
        raise BadInput(f"{option} {path}: expected floats, came {array.dtype}; save the embedder's own output")
    with np.errstate(over="ignore"):
        norm = float(np.linalg.norm(array.astype(np.float64)))
    if not abs(norm - 1) <= _NORM_TOLERANCE:
        raise BadInput(
            f"{option} {path}: expected L2 norm 1, came {norm:.4g}; divide the embedding by its norm, as the "
            "embedder does"
        )
    embedding: Array = array.reshape(1, length).astype(np.float32)
    return embedding


def read_photo(path: Path, size: int = DEFAULT_SIZE, option: str = "--identity") -> Pixels:
    """An aligned RGB face, (size, size, 3).

    The rule: 8-bit RGB, of exactly that size, aligned like weights/faces. Nothing is converted or resized here, because
    a face that is not aligned gives a wrong identity, and no later check would notice.

    Args:
        path: of the picture.
        size: height and width in pixels.
        option: that it was given with, for what is said of it.

    Raises:
        BadInput: no picture, not 8-bit RGB, of another size, or not upright.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            mode, (width, height) = picture.mode, picture.size
            if mode == "RGB" and any(";16" in str(tile.args) for tile in picture.tile):
                mode = "RGB of 16 bits"  # Pillow would drop the lower 8
            pixels = np.asarray(picture) if mode == "RGB" else None
            upright = picture.getexif().get(_ORIENTATION, 1) == 1
    except FileNotFoundError as error:
        raise BadInput(f"{option} {path}: no such file; give a photograph or an embedding saved as .npy") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadInput(f"{option} {path}: not a picture that can be read; give a PNG or JPEG of the face") from error
    rule = f"expected an aligned RGB face of {size}×{size} pixels"
    if pixels is None:
        raise BadInput(f"{option} {path}: {rule}, came mode {mode}; save it as RGB, 8 bits a channel")
    if (width, height) != (size, size):
        raise BadInput(f"{option} {path}: {rule}, came {width}×{height}; align and crop it first")
    if not upright:
        raise BadInput(f"{option} {path}: {rule}, came one that its EXIF data turn; save it turned, without them")
    return pixels
