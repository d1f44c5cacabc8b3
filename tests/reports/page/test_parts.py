"""Axis, density, places in JSON, and pictures within a budget."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from mobileswap.reports.figures import milliseconds
from mobileswap.reports.page.axis import Axis, around, density
from mobileswap.reports.page.cell import JsonSpot
from mobileswap.reports.page.embedded_png import CODINGS, album


def test_places_are_percent_and_stay_on_the_axis():
    axis = Axis(50.0, 150.0)
    assert [axis.place(value) for value in (0, 50, 75, 150, 1e9)] == [0, 0, 25, 100, 100]


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0, 400, ["0", "100", "200", "300", "400"]),
        (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0.0012, 0.0018, ["0.0012", "0.0013", "0.0014", "0.0015", "0.0016", "0.0017", "0.0018"]),
        (-5, 12, ["-5", "0", "5", "10"]),
    ],
)
def test_ticks_are_round(low, high, texts):
    assert [text for _, text in Axis(low, high).ticks()] == texts


def test_an_axis_around_equal_values_has_a_width():
    assert around([5.0, 5.0]).low < 5 < around([5.0, 5.0]).high


def test_density_is_highest_where_most_values_are():
    values = [10.0] * 5 + [11.0] * 20 + [19.0]
    points = re.findall(r"L([\d.]+),([\d.]+)", density(values, Axis(0, 20)))
    top = min(points, key=lambda point: float(point[1]))
    assert float(top[0]) == pytest.approx(55, abs=2)  # 11 of 20
    assert all(0 <= float(y) <= 100 for _, y in points)


def test_too_few_values_have_no_density_and_equal_ones_do_not_divide_by_zero():
    assert density([1.0, 2.0], Axis(0, 3)) == ""
    assert density([2.0] * 9, Axis(0, 3)).startswith("M")


def test_a_figure_knows_where_it_was_read(make):
    place = JsonSpot("bench.json", "bench.json", make.result(make.run()))
    cell = place.at("runs[0].summary").cell("median_ms", milliseconds)
    assert (cell.text, cell.order) == ("159.50", 159.5)
    assert cell.title == "bench.json: runs[0].summary.median_ms = 159.5"
    assert place.cell("environment.celsius").text == "–"  # nobody told


def test_pictures_get_smaller_until_they_fit(tmp_path):
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{i}.png" for i in range(3)]
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (96, 96, 3), dtype=np.uint8)).save(path)
    whole, small = album(paths), album(paths, 20_000)
    assert whole.coding == CODINGS[0]
    with Image.open(paths[0]) as picture, Image.open(io.BytesIO(data(whole, paths[0]))) as shown:
        assert (np.asarray(picture) == np.asarray(shown)).all()
    assert small.coding != CODINGS[0]
    assert sum(len(data(small, path)) for path in paths) <= 20_000
    assert "quality" in small.coding.words


def data(found, path):
    return base64.b64decode(found.uris[path].partition(",")[2])
