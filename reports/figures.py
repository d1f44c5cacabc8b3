"""How a number looks, everywhere: the unit stands in the name of the column, never in the cell."""

from mobileswap.contracts.verdict import PSNR_CEILING_DB

NOTHING = "–"
MB_NOTE = "1 MB = 10⁶ bytes."


def milliseconds(value: float) -> str:
    """A time in ms with two decimals."""
    return f"{value:.2f}"


def megabytes(size_bytes: int) -> str:
    """A size in decimal megabytes, 10⁶ bytes, with two decimals."""
    return f"{size_bytes / 1e6:.2f}"


def count(value: int) -> str:
    """A whole number in groups of three: 10,092,964."""
    return f"{value:,}"


def decibels(value: float) -> str:
    """A PSNR with one decimal; at the ceiling two tensors are equal."""
    return "equal" if value >= PSNR_CEILING_DB else f"{value:.1f}"


def distance(value: float) -> str:
    """An absolute difference in three significant digits: 1.23e-05."""
    return "0" if value == 0 else f"{value:.2e}"


def interval(ends: tuple[float, float]) -> str:
    """Lowest and highest value: −0.98 … 1.00."""
    return " … ".join(f"{end:.3g}".replace("-", "−") for end in ends)


def short_hash(sha256: str) -> str:
    """Enough of a SHA-256 to recognise it by; the whole one stands in the JSON."""
    return sha256[:12]
