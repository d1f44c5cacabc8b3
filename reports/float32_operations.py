"""Which operations of a mixed file are in float32, and why."""

from mobileswap.contracts.artifact import Artifact
from mobileswap.reports.display_names import artifact_label
from mobileswap.reports.figures import decibels
from mobileswap.reports.table import Column, Table

_COLUMNS = (
    Column("Module"),
    Column("Type"),
    Column("Operation in the file", detail=True),
    Column("PSNR dB if it alone were fp16", figures=True),
)


def kept_table(artifact: Artifact) -> Table:
    """One row per operation that stays in float32, in the order of execution."""
    title = f"In fp32 in {artifact_label(artifact)}"
    if not artifact.kept:
        return Table(title, _COLUMNS, (), ("No operation needs fp32: fp16 passes everywhere; the file is all fp16.",))
    rows = tuple(
        (one.place, one.type, one.operation, "overflows" if one.alone_db is None else decibels(one.alone_db))
        for one in artifact.kept
    )
    notes = (
        f"{len(rows)} operations; with any one of them in fp16 the limits are not met.",
        "The PSNR is an estimate on the worst sample; an operation that fp16 keeps exact adds nothing of its own.",
    )
    return Table(title, _COLUMNS, rows, notes)
