"""Trained weights that ship: read whole, in 32 bits, or refused in one line."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from mobileswap.contracts.errors import BadInput
from mobileswap.weights.trained import trained_state


def test_halves_come_as_float32_and_counters_as_int64(tmp_path: Path):
    path = tmp_path / "w.safetensors"
    save_file({"b": np.array([1.5, -2], np.float16), "a.num_batches_tracked": np.array(3, np.int64)}, path)
    state = trained_state(path)
    assert list(state) == ["a.num_batches_tracked", "b"]
    assert state["b"].dtype == np.float32
    assert state["b"].tolist() == [1.5, -2]
    assert state["a.num_batches_tracked"].dtype == np.int64


@pytest.mark.parametrize("content", [None, b"", b"no safetensors at all"])
def test_a_file_that_is_missing_or_damaged_is_one_line(tmp_path: Path, content: bytes | None):
    path = tmp_path / "w.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match="install mobileswap again"):
        trained_state(path)


def test_what_ships_is_what_the_manifest_says_and_fits_in_11_mb():
    from mobileswap.weights.catalogue import manifest, state_hash
    from mobileswap.weights.manifest import FOLDER

    entries = [entry for entry in manifest().weights if entry.file]
    assert {entry.component for entry in entries} == {"generator", "embedder"}
    for entry in entries:
        assert state_hash(trained_state(FOLDER / entry.file)) == entry.sha256
        assert "NOT FOR REAL PEOPLE" in entry.source
    assert sum((FOLDER / entry.file).stat().st_size for entry in entries) < 11_000_000
