"""Shapes, slices and orders, with elements that are told apart by their value."""

import numpy as np
from tiny_mil import compute, mb

CUBE = np.arange(24).reshape(2, 3, 4)


def test_reshaping():
    def build(x):
        return (
            mb.reshape(x=x, shape=[4, -1]),
            mb.reshape(x=x, shape=[0, 12, 1]),
            mb.expand_dims(x=x, axes=[0, -1]),
            mb.squeeze(x=mb.expand_dims(x=x, axes=[0, 2]), axes=[0]),
            mb.transpose(x=x, perm=[2, 0, 1]),
            mb.identity(x=x),
        )

    flat, kept, wide, narrow, turned, same = compute(build, CUBE)
    assert flat.tolist() == CUBE.reshape(4, 6).tolist()
    assert kept.tolist() == CUBE.reshape(2, 12, 1).tolist()
    assert wide.shape == (1, 2, 3, 4, 1)
    assert narrow.shape == (2, 1, 3, 4)
    assert turned[3, 1, 2] == CUBE[1, 2, 3]
    assert turned.shape == (4, 2, 3)
    assert same.tolist() == CUBE.tolist()


def test_slices_by_index():
    def build(x):
        none = [False] * 3
        return (
            mb.slice_by_index(x=x, begin=[0, 1, 1], end=[2, 3, 4], stride=[1, 1, 2]),
            mb.slice_by_index(x=x, begin=[1, -2, -3], end=[2, -1, -1]),
            mb.slice_by_index(
                x=x, begin=[9, 1, 9], end=[9, 9, 2], begin_mask=[True, False, True], end_mask=[True, True, False]
            ),
            mb.slice_by_index(x=x, begin=[1, 0, -1], end=[0, 3, 0], squeeze_mask=[True, False, True], end_mask=none),
            mb.slice_by_index(
                x=x, begin=[0, 0, 0], end=[0, 0, 0], stride=[-1, 1, -2], begin_mask=[True] * 3, end_mask=[True] * 3
            ),
            mb.slice_by_index(
                x=x, begin=[0, 2, 3], end=[1, 0, 0], stride=[1, -1, -1], squeeze_mask=[True, False, False]
            ),
        )

    strided, negative, masked, squeezed, backwards, turned = compute(build, CUBE)
    assert strided.tolist() == CUBE[0:2, 1:3, 1:4:2].tolist()
    assert negative.tolist() == [[[17, 18]]]
    assert masked.tolist() == CUBE[:, 1:, :2].tolist()
    assert squeezed.tolist() == [15, 19, 23]
    assert backwards.tolist() == CUBE[::-1, :, ::-2].tolist()
    assert turned.tolist() == [[11, 10, 9], [7, 6, 5]]


def test_slices_by_size_and_crops():
    def build(x):
        return (
            mb.slice_by_size(x=x, begin=[0, 1, -2], size=[1, -1, 2]),
            mb.crop(x=x, crop_height=[1, 0], crop_width=[0, 3]),
        )

    sized, cropped = compute(build, CUBE)
    assert sized.tolist() == [[[6, 7], [10, 11]]]
    assert cropped.tolist() == [[[4], [8]], [[16], [20]]]


def test_splitting_and_joining():
    def build(x):
        even = mb.split(x=x, num_splits=2, axis=-1)
        uneven = mb.split(x=x, split_sizes=[1, 2], axis=1)
        return (
            mb.concat(values=[even[1], even[0]], axis=2),
            mb.concat(values=[uneven[1], uneven[0]], axis=-2),
            mb.concat(values=even, axis=2, interleave=True),
            mb.stack(values=even, axis=1),
            mb.tile(x=x, reps=[2, 1, 3]),
        )

    swapped, rows, interleaved, stacked, tiled = compute(build, CUBE)
    assert swapped[0, 0].tolist() == [2, 3, 0, 1]
    assert rows[0].tolist() == CUBE[0, [1, 2, 0]].tolist()
    assert interleaved[0, 0].tolist() == [0, 2, 1, 3]
    assert stacked[0].tolist() == [CUBE[0, :, :2].tolist(), CUBE[0, :, 2:].tolist()]
    assert tiled.tolist() == np.tile(CUBE, (2, 1, 3)).tolist()


def test_channels_to_space_in_both_orders():
    def build(x):
        return mb.pixel_shuffle(x=x, upscale_factor=2), mb.depth_to_space(x=x, block_size=2)

    # Two channels of four cells each. pixel_shuffle: channel 0 is 0…3. depth_to_space: channel 0 is the even ones.
    shuffled, spread = compute(build, np.arange(8).reshape(1, 8, 1, 1))
    assert shuffled[0].tolist() == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]
    assert spread[0].tolist() == [[[0, 2], [4, 6]], [[1, 3], [5, 7]]]


def test_space_to_channels_is_the_inverse():
    def build(x):
        return (
            mb.pixel_unshuffle(x=mb.pixel_shuffle(x=x, upscale_factor=2), downscale_factor=np.uint32(2)),
            mb.space_to_depth(x=mb.depth_to_space(x=x, block_size=2), block_size=2),
        )

    x = np.arange(48).reshape(1, 8, 2, 3)
    assert all(y.tolist() == x.tolist() for y in compute(build, x))
