"""Tables and plot of ranges and of the growth of the fp16 error."""

from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from mobileswap.contracts.growth_report import GrowthReport, TensorGrowth
from mobileswap.contracts.range_report import RangesReport, Severity, TensorRange
from mobileswap.contracts.verdict import PSNR_CEILING_DB
from mobileswap.reports.growth_tables import growth_table, write_growth_folder
from mobileswap.reports.range_tables import ranges_table


def tensor(name, largest, severity, below=0.0, not_finite=0):
    return TensorRange(
        name, name, "conv", f"net.{name}:convolution", -largest, 1.0, largest, 1e-3, below, not_finite, "s0", severity
    )


def step(name, error, inputs, alone):
    return TensorGrowth(name, name, "conv", f"decoder.{name}:convolution", "s0", error, 40.0, inputs, alone)


@pytest.fixture
def grown():
    tensors = (
        step("a", 1e-4, 0.0, 90.0),
        step("b", 3e-3, 1e-4, 70.0),
        step("c", None, 3e-3, None),
        step("d", None, None, PSNR_CEILING_DB),
    )
    return GrowthReport(1, "net.mlpackage", "0" * 64, ("s0",), tensors)


def test_what_is_listed_begins_with_the_worst():
    tensors = (
        tensor("fine", 3.0, Severity.OK),
        tensor("faint", 1e-5, Severity.FADES, 0.9),
        tensor("loud", 9e4, Severity.OVERFLOWS, not_finite=2),
        tensor("near", 2e4, Severity.NEAR),
    )
    table = ranges_table(RangesReport(1, "net.onnx", "0" * 64, "onnxruntime", ("s0",), tensors))
    assert table.title.startswith("net.onnx under fp16: 3 of 4 tensors")
    assert [row[1] for row in table.rows] == [f"net.{name}:convolution" for name in ("loud", "near", "faint")]
    assert "2 values are not finite" in table.rows[0][0]
    assert "9e+04, 137 % of fp16's largest: net.loud:convolution" in table.notes[0]
    assert "90.0 %: net.faint:convolution" in table.notes[1]


def test_a_file_without_floats_says_so():
    table = ranges_table(RangesReport(1, "net.onnx", "0" * 64, "onnxruntime", ("s0",), ()))
    assert table.notes[0] == "No float tensor was seen."


def test_the_worst_steps_and_the_output(grown):
    rows = growth_table(grown).rows
    assert [(row[0], row[1], row[7]) for row in rows] == [
        ("3", "decoder.c:convolution", "overflows"),
        ("2", "decoder.b:convolution", "30.00"),
        ("1", "decoder.a:convolution", "–"),
        ("4", "decoder.d:convolution", "–"),
    ]


def test_the_folder_has_the_text_and_the_plot_and_is_made_alike_twice(grown, tmp_path):
    text, svg, png = write_growth_folder(grown, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["growth.md", "growth.png", "growth.svg"]
    assert "growth.svg" in text.read_text()
    assert all(f"decoder.{name}:convolution" in text.read_text() for name in "abcd")
    ET.parse(svg)
    with Image.open(png) as picture:
        assert picture.width > 1000
    assert svg.read_bytes() == write_growth_folder(grown, tmp_path / "again")[1].read_bytes()
