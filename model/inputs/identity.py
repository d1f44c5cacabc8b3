"""``--identity PHOTO|EMBEDDING.npy``: the source person, as an aligned picture or as what an embedder gave."""

from pathlib import Path
from tokenize import TokenError

import numpy as np

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.spec import TensorSpec
from mobileswap.model.inputs.model_input import Array, Pixels

_NORM_TOLERANCE = 1e-3  # float16 storage leaves 2e-4
_ORIENTATION = 0x0112  # EXIF tag; 1 is upright


def is_embedding(path: Path) -> bool:
    return path.suffix == ".npy"


def read_embedding(path: Path, spec: TensorSpec, option: str = "--identity") -> Array:
    """An embedding or a latent from a .npy file, with or without its batch axis, as float32 of ``spec.shape``.

    Args:
        path: of the file.
        spec: of the input that it is for.
        option: that it was given with, for what is said of it.

    Raises:
        BadInput: no .npy file, another shape, not finite, or another norm than the spec wants.
    """
    try:
        with path.open("rb") as stream:
            array = np.lib.format.read_array(stream, allow_pickle=False)  # type: ignore[no-untyped-call]
    except FileNotFoundError as error:
        raise BadInput(f"{option} {path}: no such file; give a photograph or an embedding saved as .npy") from error
    except (OSError, ValueError, MemoryError, SyntaxError, TokenError) as error:
        raise BadInput(f"{option} {path}: not a whole .npy array of numbers; save it with numpy.save") from error
    if array.shape not in (spec.shape, spec.shape[1:]):
        raise BadInput(f"{option} {path}: expected an embedding of shape {spec.shape[1:]}, came {array.shape}")
    if not np.issubdtype(array.dtype, np.floating):
        raise BadInput(f"{option} {path}: expected floats, came {array.dtype}; save the network's own output")
    _require_norm(array, spec.norm, f"{option} {path}")
    embedding: Array = array.reshape(spec.shape).astype(np.float32)
    return embedding


def _require_norm(array: Array, wanted: float, where: str) -> None:
    with np.errstate(over="ignore"):
        norm = float(np.linalg.norm(array.astype(np.float64)))
    if wanted and not abs(norm / wanted - 1) <= _NORM_TOLERANCE:
        raise BadInput(f"{where}: expected L2 norm {wanted:g}, came {norm:.4g}; divide it by its norm")
    if not np.isfinite(norm):
        raise BadInput(f"{where}: holds a NaN or an infinity; save the network's own output")


def read_photo(path: Path, spec: TensorSpec, option: str = "--identity") -> Pixels:
    """An aligned RGB face, (height, width, 3).

    The rule: 8-bit RGB, of exactly that size, aligned like weights/faces. Nothing is converted or resized here, because
    a face that is not aligned gives a wrong identity, and no later check would notice.

    Args:
        path: of the picture.
        spec: of the picture that it is for.
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
    rule = f"expected an aligned RGB face of {spec.width}×{spec.height} pixels"
    if pixels is None:
        raise BadInput(f"{option} {path}: {rule}, came mode {mode}; save it as RGB, 8 bits a channel")
    if (width, height) != (spec.width, spec.height):
        raise BadInput(f"{option} {path}: {rule}, came {width}×{height}; align and crop it first")
    if not upright:
        raise BadInput(f"{option} {path}: {rule}, came one that its EXIF data turn; save it turned, without them")
    return pixels
