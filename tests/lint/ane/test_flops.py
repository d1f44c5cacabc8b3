"""FLOPs counted by hand: two for each multiplication with its addition."""

import numpy as np
import pytest
from tiny_ane import half, judged
from tiny_mil import mb

PICTURE = (1, 2, 4, 6)


def pooled(x):
    return mb.avg_pool(x=x, kernel_sizes=[2, 3], strides=[2, 3], pad_type="valid", name="it")


CASES = [
    # 5 channels of 4×6 outputs, each a sum over 2 channels of 3×3 cells
    (lambda x: mb.conv(x=x, weight=half(5, 2, 3, 3), pad_type="same", name="it"), PICTURE, 2 * 5 * 24 * 18),
    # each of 2 channels by itself
    (lambda x: mb.conv(x=x, weight=half(2, 1, 3, 3), groups=2, pad_type="same", name="it"), PICTURE, 2 * 2 * 24 * 9),
    # stride 2: 2×3 outputs
    (lambda x: mb.conv(x=x, weight=half(5, 2, 1, 1), strides=[2, 2], name="it"), PICTURE, 2 * 5 * 6 * 2),
    # each of 2·24 inputs goes to 3 channels of 2×2 cells
    (lambda x: mb.conv_transpose(x=x, weight=half(2, 3, 2, 2), strides=[2, 2], name="it"), PICTURE, 2 * 48 * 12),
    (lambda x: mb.linear(x=x, weight=half(3, 4), name="it"), (2, 4), 2 * 2 * 3 * 4),
    # 2 channels of (4×6)·(6×5)
    (lambda x: mb.matmul(x=x, y=half(6, 5), name="it"), PICTURE, 2 * 2 * 20 * 6),
    # 2 channels of (6×4)·(4×5)
    (lambda x: mb.matmul(x=x, y=half(4, 5), transpose_x=True, name="it"), PICTURE, 2 * 2 * 30 * 4),
    (lambda x: mb.add(x=x, y=np.float16(1), name="it"), PICTURE, 48),
    (lambda x: mb.leaky_relu(x=x, alpha=np.float16(0.5), name="it"), PICTURE, 48),
    (lambda x: mb.batch_norm(x=x, mean=half(2), variance=half(2), epsilon=np.float16(0.1), name="it"), PICTURE, 96),
    (lambda x: mb.reduce_mean(x=x, axes=[3], name="it"), PICTURE, 48),
    (lambda x: mb.reduce_l2_norm(x=x, axes=[3], name="it"), PICTURE, 96),
    (pooled, PICTURE, 2 * 2 * 2 * 6),
    (lambda x: mb.transpose(x=x, perm=[0, 2, 1, 3], name="it"), PICTURE, 0),
    (lambda x: mb.tanh(x=x, name="it"), PICTURE, None),
]


@pytest.mark.parametrize(("build", "shape", "expected"), CASES)
def test_flops(tmp_path, build, shape, expected):
    assert judged(tmp_path, build, shape)["it"].flops == expected
