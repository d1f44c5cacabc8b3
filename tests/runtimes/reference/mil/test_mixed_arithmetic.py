"""The two arithmetics: what is rounded to fp16, what is not, and that an overflow is never hidden."""

import numpy as np
from tiny_mil import F16, F32, compute, mb

INF = float("inf")


def both(build, *arrays, dtype=F16):
    """The outputs in fp32 and in fp16, as lists."""
    return [np.asarray(compute(build, *arrays, dtype=dtype, arithmetic=a)).tolist() for a in ("fp32", "fp16")]


def test_fp16_rounds_inputs_to_nearest_even():
    # fp16 holds even numbers only from 2048 on, and nothing below 2⁻²⁴ = 5.96e-8
    exact, rounded = both(lambda x: mb.identity(x=x), [2049, 2051, 1e-8, 6e-8])
    assert exact == np.float32([2049, 2051, 1e-8, 6e-8]).tolist()
    assert rounded == [2048, 2052, 0, 2**-24]


def test_fp16_rounds_each_result():
    # 1.5 is lost against 2048 the first time and again the second, though the two together are not
    exact, rounded = both(lambda x: mb.add(x=mb.add(x=x, y=np.float16(0.75)), y=np.float16(0.75)), [2048])
    assert exact == [2049.5]
    assert rounded == [2048]


def test_overflow_becomes_infinity_and_stays():
    def build(x):
        square = mb.mul(x=x, y=x)
        return mb.stack(
            values=[square, mb.sub(x=square, y=square), mb.real_div(x=np.float16([1, 1, 1]), y=square)], axis=0
        )

    exact, rounded = both(build, [300, -300, 2])
    assert exact[0] == [90000, 90000, 4]
    assert exact[1] == [0, 0, 0]
    assert rounded[0] == [INF, INF, 4]
    assert np.isnan(rounded[1]).tolist() == [True, True, False]  # inf − inf
    assert rounded[2] == [0, 0, 0.25]


def test_the_largest_fp16_is_rounded_like_any_other():
    # 65504 is the largest; halfway to what would be the next, 65520, rounding goes up and out
    exact, rounded = both(lambda x: mb.add(x=x, y=np.float16(65504)), [8, 15, 16, -131008])
    assert exact == [65512, 65519, 65520, -65504]
    assert rounded == [65504, 65504, INF, -INF]  # the last input itself is beyond the range


def test_one_operation_adds_up_in_fp32():
    # Added one by one in fp16, 4096 ones stay at 2048
    exact, rounded = both(lambda x: mb.reduce_sum(x=x, axes=[0], keep_dims=True), np.ones(4097))
    assert exact == [4097]
    assert rounded == [4096]


def test_a_convolution_overflows_only_in_its_result():
    def build(x):
        return mb.conv(
            x=x, weight=np.float16([[[60000]], [[30000]]]).repeat(2, 1), bias=np.float16([-60000, 0]), pad_type="valid"
        )

    exact, rounded = both(build, [[[1], [1]]])
    assert exact == [[[60000], [60000]]]  # 120000 on the way to the first
    assert rounded == [[[60000], [60000]]]
    assert both(build, [[[2], [2]]])[1] == [[[INF], [INF]]]


def test_what_the_file_declares_fp32_stays_fp32():
    def build(x):
        small = mb.mul(x=x, y=0.0001)  # fp32, before the cast, like an image's scale
        half = mb.cast(x=small, dtype="fp16")
        back = mb.cast(x=mb.add(x=half, y=np.float16(2048)), dtype="fp32")
        return small, mb.add(x=back, y=0.25)

    exact = compute(build, [20490], dtype=F32)
    rounded = compute(build, [20490], dtype=F32, arithmetic="fp16")
    np.testing.assert_allclose(exact, [[2.049], [2050.299]], rtol=1e-6)
    np.testing.assert_allclose(rounded[0], [2.049], rtol=1e-6)
    assert rounded[1].tolist() == [2050.25]


def test_constants_are_taken_as_they_are_stored():
    exact, rounded = both(lambda x: mb.mul(x=x, y=np.float16(0.1)), [1])
    assert exact == rounded == [float(np.float16(0.1))]


def test_between_casts_an_operation_in_fp32_keeps_what_fp16_would_lose():
    def build(x):
        square = mb.mul(x=mb.cast(x=x, dtype="fp32"), y=np.float32(300))  # 90000: beyond fp16
        return mb.cast(x=mb.mul(x=square, y=np.float32(1 / 256)), dtype="fp16")

    exact, rounded = both(build, [300, 1.5])
    assert exact == [351.5625, 1.7578125]
    assert rounded == [351.5, 1.7578125]  # rounded once, in the last cast
