"""Growth of the fp16 error as tables: the worst steps, and every tensor."""

from pathlib import Path

from mobileswap.contracts.files import write_text
from mobileswap.contracts.growth_report import GrowthReport, TensorGrowth
from mobileswap.contracts.publish import publish
from mobileswap.contracts.staging import staging
from mobileswap.reports.figures import NOTHING, decibels
from mobileswap.reports.growth_plot import draw_growth
from mobileswap.reports.table import Column, Table, markdown

SHOWN = 15
_COLUMNS = (
    Column("#", figures=True),
    Column("Module"),
    Column("Type"),
    Column("Tensor", detail=True),
    Column("relative RMSE", figures=True),
    Column("SNR dB", figures=True),
    Column("of its inputs", figures=True),
    Column("times", figures=True),
    Column("PSNR dB alone", figures=True),
    Column("Worst sample", detail=True),
)


def growth_table(report: GrowthReport) -> Table:
    """The operations whose rounding does most to the outputs, the worst first, and the last tensor of the file."""
    rows = tuple(_row(report, one) for one in (*report.worst(SHOWN), *report.tensors[-1:]))
    title = f"{report.artifact}, fp16 arithmetic beside float32: the worst steps, and the output"
    return Table(title, _COLUMNS, rows, _notes(report))


def write_growth_folder(report: GrowthReport, folder: Path) -> tuple[Path, ...]:
    """Write growth.md and the plot into ``folder``, which is made; returns their paths.

    Raises:
        BadInput: the folder cannot be written to.
    """
    with staging(folder) as stage:
        drawn = draw_growth(report, stage / "growth")
        write_text(stage / "growth.md", growth_markdown(report, "growth.svg"))
        made = (stage / "growth.md", *drawn)
        publish(stage, {path: folder / path.name for path in made})
    return tuple(folder / path.name for path in made)


def growth_markdown(report: GrowthReport, plot: str) -> str:
    """All of it, for a file; ``plot`` is the picture's path from there."""
    every = Table("Every tensor", _COLUMNS, tuple(_row(report, one) for one in report.tensors))
    parts = [
        f"# {report.artifact}: how the fp16 error grows",
        f"![relative error of every tensor in the order of execution]({plot})",
        markdown(growth_table(report)).rstrip(),
        markdown(every).rstrip(),
    ]
    return "\n\n".join(parts) + "\n"


def _row(report: GrowthReport, one: TensorGrowth) -> tuple[str, ...]:
    return (
        str(report.tensors.index(one) + 1),
        one.place,
        one.type,
        one.tensor,
        "not finite" if one.relative_rmse is None else f"{one.relative_rmse:.2e}",
        NOTHING if one.snr_db is None else decibels(one.snr_db),
        "not finite" if one.inputs_relative_rmse is None else f"{one.inputs_relative_rmse:.2e}",
        "overflows" if one.overflows else NOTHING if one.growth is None else f"{one.growth:.2f}",
        NOTHING if one.alone_db is None else decibels(one.alone_db),
        one.sample,
    )


def _notes(report: GrowthReport) -> tuple[str, ...]:
    return (
        (
            "The file run twice by our executor, with values rounded to fp16 where it declares them so and without; "
            f"worst of {len(report.samples)} samples. A device may round more often."
        ),
        "Relative RMSE: of the error over the tensor's own. Its inputs': the worst of what the operation takes.",
        "PSNR alone: of the outputs if this result alone were rounded, estimated on the worst sample; – overflows.",
    )
