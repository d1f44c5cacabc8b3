"""The released network: every damage of one layer in every format and precision, as a table of where it is found."""

import sys

import pytest
from damage import FOR_NEURAL_ENGINE, TARGETS
from mutations import MUTATIONS

from mobileswap.contracts.bisection import SearchOutcome, decisive
from mobileswap.contracts.place import parse_place
from mobileswap.export.tnn.refusal import Inexpressible
from mobileswap.pipeline.bisect import BisectOptions, bisect
from mobileswap.pipeline.progress import Silent
from mobileswap.reports.table import Column, Table, markdown

ALL = (*TARGETS, *FOR_NEURAL_ENGINE)


@pytest.mark.real
@pytest.mark.timeout(7200)
def test_table_of_located_damages(released, in_process, tmp_path, capsys):
    rows, wrong = [], []
    for mutation in (None, *(one for one in MUTATIONS if one.layer)):
        row = [mutation.name if mutation else "none"]
        for target in ALL:
            folder = tmp_path / f"{len(rows)}-{target}"
            folder.mkdir()
            answer = _answer(released, mutation, target, folder)
            row.append(answer)
            if answer not in _right(mutation, target):
                wrong.append(f"{row[0]} in {target}: {answer}")
            with capsys.disabled():
                sys.stdout.write(f"{row[0]} in {target}: {answer}\n")
        rows.append(tuple(row))
    columns = (Column("Damage"), *(Column(str(target)) for target in ALL))
    with capsys.disabled():
        sys.stdout.write("\n" + markdown(Table("Damage and where it is found", columns, tuple(rows))))
    assert not wrong


def _answer(released, mutation, target, folder):
    try:
        path = (
            released.damaged(mutation, target, folder)
            if mutation
            else released.correct(target.format, target.precision, target=target.aim)
        )
    except Inexpressible:  # TNN's converter writes no value that half precision cannot hold
        return "REFUSED"
    found = bisect(path, BisectOptions(folder), Silent())
    if found.finding is SearchOutcome.FOUND:
        return found.culprit.path
    if found.finding is SearchOutcome.UNDONE:
        return f"{parse_place(decisive(found.searches).blamed[0].place).path} (undone)"
    return str(found.finding)


def _right(mutation, target):
    if mutation is None:
        return ("HEALTHY",)
    if not mutation.half_only:
        return (mutation.layer,)
    if target.precision == "fp32":  # it is the same function there
        return (f"{mutation.layer} (undone)",)
    return (mutation.layer, "REFUSED") if target.format == "tnn" else (mutation.layer,)
