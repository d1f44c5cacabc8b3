"""The user's own pictures and embeddings, and what is said of those that cannot be used."""

import numpy as np
import pytest
from PIL import Image

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.spec import Kind, TensorSpec
from mobileswap.model.inputs.user_folder import Inputs, read_folder

FACE = TensorSpec("target", (1, 3, 64, 64), "float32", "NCHW", (-1.0, 1.0), 2.0, "a face")
VECTOR = TensorSpec("embedding", (1, 4), "float32", "NC", (-1.0, 1.0), 2.0, "a person", Kind.VECTOR, norm=1.0)


@pytest.fixture
def folder(tmp_path):
    """A folder with two pictures and an embedding."""
    for name, level in (("b.png", 10), ("a.PNG", 20)):
        Image.fromarray(np.full((64, 64, 3), level, np.uint8)).save(tmp_path / name)
    np.save(tmp_path / "who.npy", np.full(4, 0.5))
    (tmp_path / ".hidden").write_text("no business of ours")
    return tmp_path


def test_pictures_and_embeddings_by_name(folder):
    found = read_folder(folder, FACE, VECTOR)
    assert list(found.pictures) == ["a", "b"]
    assert found.pictures["a"].max() == 20
    np.testing.assert_array_equal(found.embeddings["who"], np.full((1, 4), 0.5, np.float32))


def picture(size, mode="RGB"):
    return lambda path: Image.new(mode, size).save(path)


BAD = {
    "a picture of another size": (
        "c.png",
        picture((64, 65)),
        "expected an aligned RGB face of 64×64 pixels, came 64×65",
    ),
    "a grey picture": ("c.png", picture((64, 64), "L"), "expected an aligned RGB face of 64×64 pixels, came mode L"),
    "no picture": ("c.jpg", lambda path: path.write_text("hello"), "not a picture that can be read"),
    "an embedding of another size": ("c.npy", lambda path: np.save(path, np.ones(5)), "of shape (4,), came (5,)"),
    "an embedding of another norm": ("c.npy", lambda path: np.save(path, np.ones(4)), "expected L2 norm 1, came 2"),
    "no embedding": ("c.npy", lambda path: path.write_text("hello"), "not a whole .npy array"),
    "something else": ("c.txt", lambda path: path.write_text("hello"), "expected only pictures (.png, .jpg"),
    "a folder": ("c", lambda path: path.mkdir(), "expected only pictures (.png, .jpg"),
    "two of a name": ("a.bmp", picture((64, 64)), "there is another a beside it; rename one"),
}


@pytest.mark.parametrize(("name", "make", "words"), BAD.values(), ids=BAD)
def test_what_cannot_be_used_is_named_in_one_line(folder, name, make, words):
    make(folder / name)
    with pytest.raises(BadInput) as refused:
        read_folder(folder, FACE, VECTOR)
    assert words in str(refused.value)
    assert str(refused.value).startswith(f"--inputs {folder}")
    assert "\n" not in str(refused.value)


def test_a_component_that_takes_no_embedding_is_given_none(folder):
    with pytest.raises(BadInput, match=r"who.npy: expected only pictures \([^)]*\); move it"):
        read_folder(folder, FACE, None)


def test_a_folder_without_anything(tmp_path):
    with pytest.raises(BadInput, match="it has none"):
        read_folder(tmp_path, FACE, VECTOR)
    with pytest.raises(BadInput, match="expected a folder of pictures"):
        read_folder(tmp_path / "gone", FACE, VECTOR)


@pytest.mark.parametrize("samples", [0, -1])
def test_no_samples(samples):
    with pytest.raises(BadInput, match=f"--samples {samples}: expected at least 1"):
        Inputs(samples=samples)
