"""Rendered faces small enough for a test."""

from pathlib import Path

import pytest

from mobileswap.training.faces.rendered_set import render_shard

SIDE, PEOPLE = 32, 4


@pytest.fixture(scope="session")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shards of four people at 32²."""
    folder = tmp_path_factory.mktemp("faces")
    for shard in (0, 1):
        render_shard(folder, shard, SIDE, PEOPLE)
    return folder
