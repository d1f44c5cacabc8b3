"""Ranges and growth of the fp16 error: a planted layer is named, and the figures are those of a pencil."""

from dataclasses import replace

import numpy as np
import pytest
from tiny import TARGET
from tiny_mil import F16, F32, mb, save
from tiny_onnx import save as save_onnx

from mobileswap.contracts.golden_file import Sample
from mobileswap.contracts.range_report import Severity
from mobileswap.contracts.spec import TensorSpec
from mobileswap.contracts.verdict import PSNR_CEILING_DB
from mobileswap.parity.inside.growth import measure_growth
from mobileswap.parity.inside.ranges import measure_ranges
from mobileswap.runtimes.process.job import Job
from mobileswap.runtimes.runner import RunnerOptions

SHAPE = (1, 4)
SPEC = TensorSpec("x", SHAPE, "float32", "NC", (-1.0, 1.0), 2.0, "numbers")
OPTIONS = RunnerOptions(threads=1)


def samples(*rows):
    return [Sample(f"s{i}", {"x": np.array([row], np.float32)}, {}, {"x": SPEC}) for i, row in enumerate(rows)]


def ranges(path, taken, taps=(), runtime="mil-fp32", specs=(SPEC,)):
    found = measure_ranges(Job(runtime, str(path), OPTIONS, len(taken)), taken, specs, dict(taps))
    return {one.tensor: one for one in found}


@pytest.fixture
def times(tmp_path):
    """``times(factor)``: a package of one multiplication in fp16."""

    def make(factor):
        def build(x):
            return mb.mul(x=x, y=np.float16(factor), name="product")

        return save(tmp_path / "times.mlpackage", build, (SHAPE, F16))

    return make


def test_extremes_over_all_samples_and_where_they_were(times):
    found = ranges(times(2), samples([1, 2, 3, 4], [-9, 0, 1e-6, 0.5]), {"net.double:mul": "product"})["product"]
    assert (found.lowest, found.highest, found.largest, found.sample) == (-18, 8, 18, "s1")
    assert found.smallest == pytest.approx(2e-6)
    assert found.below_share == pytest.approx(1 / 7)  # of what is not zero
    assert (found.place, found.type, found.not_finite) == ("net.double:mul", "mul", 0)


@pytest.mark.parametrize(
    ("factor", "row", "severity"),
    [
        (2, [1, 1, 1, 1], Severity.OK),
        (2, [8188, 0, 0, 0], Severity.OK),  # 16376: a factor of 4 is not reached
        (2, [-8189, 0, 0, 0], Severity.NEAR),
        (2, [32752, 0, 0, 0], Severity.NEAR),
        (1024, [1000, 0, 0, 0], Severity.OVERFLOWS),
        (1, [1e-5, 1e-5, 1e-5, 1], Severity.FADES),
        (1, [1e-5, 1e-5, 1, 1], Severity.OK),  # half is not most
        (1, [0, 0, 0, 0], Severity.OK),
        (1, [1e-5, np.inf, 1, 1], Severity.OVERFLOWS),
    ],
)
def test_severity(times, factor, row, severity):
    assert ranges(times(factor), samples(row))["product"].severity is severity


@pytest.mark.parametrize(
    ("value", "severity"),
    [(8192, Severity.OK), (8200, Severity.NEAR_ACCUMULATOR), (17000, Severity.NEAR), (32768, Severity.SATURATES)],
)
def test_sums_of_products_have_less_room(tmp_path, value, severity):
    def build(x):
        return mb.linear(x=x, weight=np.eye(4, dtype=np.float32), bias=np.zeros(4, np.float32), name="sum")

    path = save(tmp_path / "x.mlpackage", build, (SHAPE, F32))
    assert ranges(path, samples([value, 0, 0, 0]))["sum"].severity is severity


@pytest.mark.parametrize("half", [False, True])
def test_an_onnx_file_is_looked_into_in_float32(tmp_path, half):
    path = save_onnx(tmp_path / "x.onnx", scale=60000.0, half_floats=half)
    inputs = {"target": np.full(TARGET.shape, 2, np.float32), "embedding": np.ones((1, 4), np.float32)}
    specs = (TARGET, replace(SPEC, name="embedding"))
    found = ranges(
        path, [Sample("s", inputs, {}, {spec.name: spec for spec in specs})], {":mul": "scaled"}, "onnxruntime", specs
    )
    assert found["scaled"].largest == pytest.approx(120000, rel=1e-3)
    assert (found["scaled"].severity, found["scaled"].place) == (Severity.OVERFLOWS, ":mul")
    assert found["x"].severity is Severity.OK


def grown(path, *rows):
    taps = {"a:mul": "first", "b:sub": "second"}
    specs = {"inputs": (SPEC,), "outputs": (replace(SPEC, name="out"),)}
    return {one.tensor: one for one in measure_growth(path, samples(*rows), **specs, taps=taps, options=OPTIONS)}


def test_an_error_grows_where_most_of_the_value_is_taken_away(tmp_path):
    def build(x):
        first = mb.mul(x=mb.cast(x=x, dtype="fp16"), y=np.float16(1.001), name="first")
        return mb.cast(x=mb.sub(x=first, y=np.float16(1), name="second"), dtype="fp32", name="out")

    found = grown(save(tmp_path / "x.mlpackage", build, (SHAPE, F32)), [1, 1, 1, 1], [1.25, 1.25, 1.25, 1.25])
    first, second = found["first"], found["second"]
    exact = float(np.float16(1.001))  # the file's own parameter; 1 · 1.001 is rounded to the same
    assert (first.sample, first.place) == ("s1", "a:mul")
    rounded = float(np.float16(1.25 * exact))
    assert first.relative_rmse == pytest.approx(abs(rounded / (1.25 * exact) - 1), rel=1e-3)
    assert first.growth is None  # nothing was wrong before
    assert second.relative_rmse == pytest.approx(abs((rounded - 1) / (1.25 * exact - 1) - 1), rel=1e-3)
    assert second.growth == pytest.approx(second.relative_rmse / first.relative_rmse)
    assert second.snr_db == pytest.approx(-20 * np.log10(second.relative_rmse))
    assert found["out"].relative_rmse == second.relative_rmse
    # The subtraction is exact in fp16, so that all of the output's error is the multiplication's
    assert second.alone_db == found["out"].alone_db == PSNR_CEILING_DB
    error = rounded - 1.25 * exact
    assert first.alone_db == pytest.approx(10 * np.log10(4 / error**2), abs=4)  # an estimate from eight directions


def test_an_overflow_is_where_it_begins(tmp_path):
    def build(x):
        first = mb.mul(x=mb.cast(x=x, dtype="fp16"), y=np.float16(60000), name="first")
        return mb.cast(x=mb.sub(x=first, y=np.float16(1), name="second"), dtype="fp32", name="out")

    found = grown(save(tmp_path / "x.mlpackage", build, (SHAPE, F32)), [1, 1, 1, 1], [1, 2, 1, 1])
    assert [one.tensor for one in found.values() if one.overflows] == ["first"]
    assert found["first"].alone_db is None
    assert found["second"].relative_rmse is found["second"].inputs_relative_rmse is None
