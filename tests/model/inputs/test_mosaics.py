"""Samples that nobody knew beforehand: on the same levels, as long, and other ones for another seed."""

import numpy as np
import tiny

from mobileswap.model.inputs.mosaics import fresh_seed, mosaics

KNOWN = [tiny.sample(seed) for seed in range(8)]


def test_they_follow_from_the_seed_and_are_none_of_the_known():
    first, again, other = (mosaics(KNOWN, seed) for seed in (3, 3, 4))
    for one, same, another in zip(first, again, other, strict=True):
        for name, array in one.tensors.items():
            assert np.array_equal(array, same.tensors[name])
            assert not np.array_equal(array, another.tensors[name])
            assert not any(np.array_equal(array, sample.inputs[name]) for sample in KNOWN)


def test_pictures_stay_on_their_levels_and_vectors_keep_their_length():
    for one in mosaics(KNOWN, 5):
        levels = (one.tensors["target"].astype(np.float64) + 1) * 127.5
        assert np.abs(levels - np.rint(levels)).max() < 1e-4
        assert one.tensors["target"].shape == tiny.TARGET.shape
        assert abs(np.linalg.norm(one.tensors["embedding"]) - 1) < 1e-6


def test_what_is_baked_in_stays():
    baked = [
        tiny.Sample(s.name, {**s.inputs, "embedding": KNOWN[0].inputs["embedding"]}, s.outputs, s.specs) for s in KNOWN
    ]
    for one in mosaics(baked, 5):
        assert np.array_equal(one.tensors["embedding"], KNOWN[0].inputs["embedding"])


def test_two_seeds_differ():
    assert len({fresh_seed() for _ in range(4)}) > 1
