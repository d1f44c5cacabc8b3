"""Figures of an evaluation as a table."""

from mobileswap.reports.table import Column, Table
from mobileswap.training.evaluate import Row

MEASURED = ("PSNR dB", "PSNR dB, changed", "SSIM", "SSIM, changed")


def figures_table(rows: list[Row], swaps: int, people: int) -> Table:
    """A row for each way to make the picture."""
    names = list(rows[0].top1)
    return Table(
        title=f"{swaps} held-out swaps; the source is looked for among {people} people",
        columns=(Column(""), *(Column(name, figures=True) for name in (*MEASURED, *(f"top 1 {one}" for one in names)))),
        rows=tuple(
            (
                row.way,
                f"{row.psnr:.2f}",
                f"{row.psnr_changed:.2f}",
                f"{row.ssim:.4f}",
                f"{row.ssim_changed:.4f}",
                *(f"{100 * row.top1[name]:.1f} %" for name in names),
            )
            for row in rows
        ),
    )
