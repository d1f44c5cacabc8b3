"""What a mean over all pixels hides: structure, 8-bit levels, the worst tile, the border."""

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.conversion import in_range_and_layout
from mobileswap.contracts.spec import LEVELS, Kind, TensorSpec
from mobileswap.contracts.verdict import PictureMetrics
from mobileswap.parity.decibels import decibels

SEEN = (Kind.PICTURE, Kind.MASK)
TILE = 16  # pixels; a picture whose side is no multiple of it has smaller tiles at the end
BORDER = 4  # pixels; padding and resampling go wrong there first
_WINDOW = 7  # pixels of SSIM's, as in its authors' fast variant


def prepare() -> None:
    """Load what the first picture would have to wait for."""
    import skimage.metrics  # noqa: F401


def measure_picture(reference: Array, candidate: Array, spec: TensorSpec) -> PictureMetrics:
    """Measure in float64, without touching the arguments.

    Args:
        reference: a batch of pictures, as the spec says; all metrics are those of the batch, the worst where it
            matters.
        candidate: the same shape.
        spec: layout, value range and data range of both.
    """
    expected, got = (_upright(array, spec) for array in (reference, candidate))
    with np.errstate(invalid="ignore", over="ignore"):
        square = (got - expected) ** 2
    noise, at = _worst_tile(square.mean(axis=-1))
    changed, steps = _changes(reference, candidate, spec)
    power = spec.data_range**2
    return PictureMetrics(
        ssim=min(_ssim(a, b, spec) for a, b in zip(expected, got, strict=True)) if spec.is_picture else None,
        changed_share=float(changed.mean()),
        changed_mean=float(steps[steps > 0].mean()) if changed.any() else 0.0,
        changed_most=int(steps.max()),
        tile_psnr_db=decibels(power, noise),
        tile_at=at,
        border_psnr_db=decibels(power, _border(square)),
    )


def _upright(array: Array, spec: TensorSpec) -> Array:
    """(N, H, W, C) in float64."""
    laid_out = array.transpose([spec.layout.index(axis) for axis in "NHWC"])
    return np.ascontiguousarray(laid_out, dtype=np.float64)


def _ssim(expected: Array, got: Array, spec: TensorSpec) -> float:
    """Of one picture (H, W, C). It compares means as well, so that black has to be 0, not -1."""
    from skimage.metrics import structural_similarity

    shorter = min(expected.shape[:2])
    window = min(_WINDOW, shorter - (shorter + 1) % 2)  # odd, and within the picture
    low = spec.value_range[0]
    similarity: float = structural_similarity(  # type: ignore[no-untyped-call]
        expected - low, got - low, win_size=window, data_range=spec.data_range, channel_axis=-1
    )
    return float(similarity)


def _changes(expected: Array, got: Array, spec: TensorSpec) -> tuple[Array, Array]:
    """Which pixels differ once both are 8-bit levels (N, H, W), and by how many levels (N, H, W, C)."""
    bitmap = spec.bitmap()
    levels = [np.rint(np.clip(in_range_and_layout(array, spec, bitmap), *LEVELS)) for array in (expected, got)]
    steps: Array = np.nan_to_num(np.abs(levels[1].astype(np.float64) - levels[0]), nan=LEVELS[1])
    return np.asarray(steps.any(axis=-1)), steps


def _worst_tile(square: Array) -> tuple[float, tuple[int, int]]:
    """The mean square error of the worst tile, and its first row and column; ``square`` is (N, H, W)."""
    rows, columns = (np.arange(0, side, TILE) for side in square.shape[1:])
    sums = np.add.reduceat(np.add.reduceat(square, rows, axis=1), columns, axis=2)
    heights, widths = (
        np.diff(np.append(starts, side)) for starts, side in zip((rows, columns), square.shape[1:], strict=True)
    )
    means = (sums / (heights[:, None] * widths)).max(axis=0)
    row, column = np.unravel_index(int(means.argmax()), means.shape)
    return float(means[row, column]), (int(row) * TILE, int(column) * TILE)


def _border(square: Array) -> float:
    """The mean square error of the ring; ``square`` is (N, H, W, C). A small picture is all border."""
    ring = np.ones(square.shape[1:3], dtype=bool)
    ring[BORDER:-BORDER, BORDER:-BORDER] = False
    return float(square[:, ring].mean())
