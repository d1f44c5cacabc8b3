"""The released network: every damage in every format and precision, as a table of verdicts."""

import sys

import pytest
from damage import FOR_NEURAL_ENGINE, TARGETS
from mutations import MUTATIONS

from mobileswap.export.tnn.refusal import Inexpressible
from mobileswap.reports.table import Column, Table, markdown

ALL = (*TARGETS, *FOR_NEURAL_ENGINE)


@pytest.mark.real
@pytest.mark.timeout(3600)
def test_table_of_damages(released_bench, in_process, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("mobileswap.parity.check.MINIMUM_SAMPLES", 1)
    rows, wrong = [], []
    for mutation in (None, *MUTATIONS):
        row = [mutation.name if mutation else "none"]
        for target in ALL:
            folder = tmp_path / f"{len(rows)}-{target}"
            folder.mkdir()
            verdict, passed = _verdict(released_bench, mutation, target, folder)
            row.append(verdict)
            if passed != _may_pass(mutation, target):
                wrong.append(f"{row[0]} in {target}: {verdict}")
        rows.append(tuple(row))
    columns = (Column("Damage"), *(Column(str(target)) for target in ALL))
    with capsys.disabled():
        sys.stdout.write("\n" + markdown(Table("Damage and verdict, worst PSNR in dB", columns, tuple(rows))))
    assert not wrong


def _verdict(bench, mutation, target, folder):
    try:
        reports = bench.judge(mutation, target, folder)
    except Inexpressible:  # TNN's converter writes no value that half precision cannot hold
        return "REFUSED", False
    return ", ".join(f"{report.outcome}{_psnr(report)}" for report in reports), all(r.passed for r in reports)


def _psnr(report):
    metrics = report.samples[report.worst].metrics if report.worst is not None else None
    return f" {metrics.psnr_db:.1f}" if metrics else ""


def _may_pass(mutation, target):
    if mutation is None:
        return True
    if mutation.half_only:
        return target.precision == "fp32" or target.format == "onnx"
    return mutation.below_half and target.precision == "fp16"
