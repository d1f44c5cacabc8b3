"""Layers whose meaning the converter never writes, or where TNN is not what one would guess; numbers by hand."""

import struct

import numpy as np
import pytest

from mobileswap.contracts.errors import BadInput, UnknownOperation
from mobileswap.runtimes.reference.tnn import TnnRunner
from mobileswap.runtimes.runner import RunnerOptions

MAGIC = struct.pack("<I", 0xFABC0004)


def run(folder, layer, *inputs, outputs=1):
    """One layer line, given as its type and parameters."""
    type_, _, params = layer.partition(" ")
    names = [f"x{i}" for i in range(len(inputs))]
    results = [f"y{i}" for i in range(outputs)]
    shapes = " : ".join(f"{n} {x.ndim} {' '.join(map(str, x.shape))} 0" for n, x in zip(names, inputs, strict=True))
    line = f"{type_} layer {len(names)} {outputs} {' '.join(names + results)} {params}"
    blobs = names + results
    lines = [f"1 {len(blobs)} 1 4206624772", shapes, " ".join(blobs), " ".join(results), "1", line]
    (folder / "net.tnnproto").write_text("".join(f'"{entry} ,"\n' for entry in lines))
    (folder / "net.tnnmodel").write_bytes(MAGIC + struct.pack("<i", 0))
    runner = TnnRunner(folder / "net.tnnproto", RunnerOptions(1), "fp32")
    try:
        found = runner.run(dict(zip(names, inputs, strict=True)))
    finally:
        runner.close()
    return [found[name].tolist() for name in results]


def image(*rows):
    return np.array(rows, np.float32)[np.newaxis, np.newaxis]


def test_reshape_keeps_and_infers_sizes(tmp_path):
    x = np.arange(12, dtype=np.float32).reshape(1, 2, 2, 3)
    (found,) = run(tmp_path, "Reshape 0 3 3 0 -1 2 0", x)
    assert np.array(found).shape == (1, 6, 2)
    (found,) = run(tmp_path, "Reshape 1 -1 1 -1 0", x)
    assert np.array(found).shape == (1, 12)


def test_slice_counts_from_the_end(tmp_path):
    (found,) = run(tmp_path, "StridedSliceV2 1 -3 1 -1 1 3 1 1", image([1, 2, 3, 4]))
    assert found == [[[[2, 3]]]]
    (found,) = run(
        tmp_path, "StridedSliceV2 1 0 1 2147483647 1 3 1 3".replace("2147483647", "999"), image([1, 2, 3, 4])
    )
    assert found == [[[[1, 4]]]]


def test_permute_appends_the_axes_it_was_not_told(tmp_path):
    (found,) = run(tmp_path, "Permute 2 0 2", np.zeros((1, 2, 3, 4), np.float32))
    assert np.array(found).shape == (1, 3, 2, 4)


def test_average_divides_by_what_is_inside(tmp_path):
    (found,) = run(tmp_path, "Pooling 1 2 2 2 2 1 1 -1 -1 -1 0 0 0 0", image([1, 2], [3, 4]))
    assert found == [[[[1, 2], [3, 4]]]]


def test_ceil_mode_adds_a_window_that_starts_in_the_pad(tmp_path):
    """PyTorch would drop the last one; TNN has it and finds no element inside of it."""
    (found,) = run(tmp_path, "Pooling 0 2 2 2 2 0 0 -1 -1 -1 1", image([1, 2, 3], [4, 5, 6], [7, 8, 9]))
    assert found == [[[[5, 6], [8, 9]]]]


def test_pooling_over_everything(tmp_path):
    (found,) = run(tmp_path, "Pooling 1 0 0 1 1 0 0 -1 -1 -1 0 0 0 0", image([1, 2], [3, 6]))
    assert found == [[[[3]]]]


def test_nearest_takes_the_floor(tmp_path):
    (found,) = run(tmp_path, "Upsample 1 1.0 1.5 0 1 3", image([1, 2]))
    assert found == [[[[1, 1, 2]]]]


def test_size_is_rounded_where_none_is_given(tmp_path):
    (found,) = run(tmp_path, "Upsample 2 1.0 1.6 1", image([0, 2]))
    assert found == [[[[0, 1, 2]]]]


def test_corners_and_half_pixels(tmp_path):
    (corners,) = run(tmp_path, "Upsample 2 1.0 2.0 1 1 4", image([0, 3]))
    assert np.allclose(corners, [[[[0, 1, 2, 3]]]])
    with pytest.raises(UnknownOperation, match="single row"):
        run(tmp_path, "Upsample 2 0.5 2.0 0 1 4", image([0, 3], [0, 3]))


def test_reorg_in_both_orders_and_back(tmp_path):
    x = np.arange(8, dtype=np.float32).reshape(1, 8, 1, 1)
    (blocks,) = run(tmp_path, "Reorg 2 1 0 0", x)
    assert blocks == [[[[0, 2], [4, 6]], [[1, 3], [5, 7]]]]
    (pixels,) = run(tmp_path, "Reorg 2 1 0 1", x)
    assert pixels == [[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]]
    for mode, picture in ((0, blocks), (1, pixels)):
        (back,) = run(tmp_path, f"Reorg 2 0 0 {mode}", np.array(picture, np.float32))
        assert back == x.tolist()


def test_split_in_parts(tmp_path):
    assert run(tmp_path, "SplitV 3 2 1 3", image([1, 2, 3, 4]), outputs=2) == [[[[[1]]]], [[[[2, 3, 4]]]]]
    with pytest.raises(BadInput, match="2 blobs, the line names 1"):
        run(tmp_path, "SplitV 3 2 1 3", image([1, 2, 3, 4]))


def test_power_scales_and_shifts_first(tmp_path):
    assert run(tmp_path, "Power 2.0 3.0 1.0", image([1, -1])) == [[[[[16, 4]]]]]


def test_lower_bound_of_a_clip_wins(tmp_path):
    assert run(tmp_path, "Clip 2.0 1.0", image([0, 5])) == [[[[[2, 2]]]]]


def test_hard_swish_of_two_blobs(tmp_path):
    assert run(tmp_path, "HardSwish 0.5 0.0", image([2, 2, 2]), image([-1, 1, 4])) == [[[[[0, 1, 2]]]]]


def test_expand_goes_both_ways(tmp_path):
    assert run(tmp_path, "Expand 1 2", np.ones((1, 2, 1), np.float32)) == [[[[1, 1], [1, 1]]]]


def test_defaults_of_what_a_line_leaves_out(tmp_path):
    assert run(tmp_path, "Softmax", np.zeros((1, 2), np.float32)) == [[[0.5, 0.5]]]
    assert run(tmp_path, "Concat", image([1]), image([2])) == [[[[[1]], [[2]]]]]


MISFITS = {
    "axis": ("Softmax 7", [image([1, 2])]),
    "one operand": ("Add -1", [image([1, 2])]),
    "three operands": ("Add -1", [image([1, 2])] * 3),
    "shapes": ("Add -1", [image([1, 2]), image([1, 2, 3])]),
    "matrix": ("MatMul -1", [image([1, 2]), image([1, 2])]),
    "squeeze": ("Squeeze 1 3", [image([1, 2])]),
    "flatten": ("Flatten 9", [image([1, 2])]),
    "blocks": ("Reorg 3 1 0 0", [image([1, 2])]),
    "reflect": ("Pad 0 0 0 0 5 0 0 0 1 0.0", [image([1, 2])]),
    "pool": ("Pooling 0 5 5 1 1 0 0 -1 -1 -1 0", [image([1, 2])]),
    "rank": ("Upsample 1 2.0 2.0 0", [np.ones((1, 2), np.float32)]),
    "sizes": ("Reshape 0 2 2 3 5 0", [image([1, 2])]),
    "slice": ("StridedSliceV2 1 5 1 9 1 3 1 1", [image([1, 2])]),
    "lists": ("StridedSliceV2 1 0 2 1 1 1 3 1 1", [image([1, 2])]),
    "number": ("Power nan 1.0 0.0", [image([1, 2])]),
    "infinite": ("Power 1e39 1.0 0.0", [image([1, 2])]),
    "no line": ("Power", [image([1, 2])]),
}


@pytest.mark.parametrize("case", MISFITS)
def test_what_does_not_fit_is_named(case, tmp_path):
    layer, inputs = MISFITS[case]
    with pytest.raises(BadInput, match="layer"):
        run(tmp_path, layer, *inputs)


UNLIKE_TNN = {
    "an axis counted from the end": ("StridedSliceV2 1 0 1 1 1 -1 1 1", [image([1, 2])]),
    "axes in another order": ("StridedSliceV2 2 0 0 2 1 1 2 3 2 2 1 1", [image([1, 2])]),
    "an axis twice": ("StridedSliceV2 2 0 0 2 1 1 2 3 3 2 1 1", [image([1, 2])]),
    "a reduction of nothing": ("ReduceSum 1", [image([1, 2], [3, 4])]),
    "columns that a window leaves out": ("Pooling 0 3 3 3 3 1 1 -1 -1 -1 0 0 0 0", [np.ones((1, 3, 9, 8), np.float32)]),
}


@pytest.mark.parametrize("case", UNLIKE_TNN)
def test_where_the_real_runtime_does_otherwise_there_is_no_guess(case, tmp_path):
    """Each was run in TNN's own NAIVE device (f0cb081): it refuses the network, or computes something else."""
    layer, inputs = UNLIKE_TNN[case]
    with pytest.raises(UnknownOperation, match="not known to the TNN executor"):
        run(tmp_path, layer, *inputs)
