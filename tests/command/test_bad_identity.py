"""What `--identity` says to a picture or an embedding that cannot be used."""

import pickle

import numpy as np
import pytest
from PIL import Image

RULE = "expected an aligned RGB face of 256×256 pixels"


@pytest.fixture
def picture():
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8))


PICTURES = {
    "grey": (lambda picture: picture.convert("L"), f"{RULE}, came mode L; save it as RGB"),
    "alpha": (lambda picture: picture.convert("RGBA"), f"{RULE}, came mode RGBA; save it as RGB"),
    "palette": (lambda picture: picture.convert("P"), f"{RULE}, came mode P; save it as RGB"),
    "narrow": (lambda picture: picture.resize((255, 256)), f"{RULE}, came 255×256; align and crop it first"),
    "large": (lambda picture: picture.resize((512, 512)), f"{RULE}, came 512×512; align and crop it first"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_that_breaks_the_rule_is_answered_with_it(refusal, tmp_path, picture, name):
    change, words = PICTURES[name]
    path = tmp_path / "face.png"
    change(picture).save(path)
    line = refusal("export", "onnx", "--weights", "seeded", "--identity", path, "-o", tmp_path / "out")
    assert line.startswith(f"--identity {path}: {words}")
    assert not (tmp_path / "out").exists()


def test_a_picture_cut_short(refusal, tmp_path, picture):
    path = tmp_path / "face.png"
    picture.save(path)
    path.write_bytes(path.read_bytes()[:40_000])
    line = refusal("export", "onnx", "--weights", "seeded", "--identity", path)
    assert line == f"--identity {path}: not a picture that can be read; give a PNG or JPEG of the face"


@pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.7\n"], ids=["empty", "text", "pdf"])
def test_no_picture(refusal, tmp_path, content):
    path = tmp_path / "face.png"
    path.write_bytes(content)
    line = refusal("export", "onnx", "--weights", "seeded", "--identity", path)
    assert line == f"--identity {path}: not a picture that can be read; give a PNG or JPEG of the face"


def test_a_folder_is_no_picture(refusal, tmp_path):
    assert "not a picture" in refusal("export", "onnx", "--weights", "seeded", "--identity", tmp_path)


@pytest.mark.parametrize("name", ["nosuch.png", "nosuch.npy"])
def test_no_such_file(refusal, name):
    line = refusal("export", "onnx", "--weights", "seeded", "--identity", name)
    assert line == f"--identity {name}: no such file; give a photograph or an embedding saved as .npy"


EMBEDDINGS = {
    "norm": (lambda x: x * 2, "expected L2 norm 1, came 2; divide it by its norm"),
    "zero": (lambda x: x * 0, "expected L2 norm 1, came 0"),
    "nan": (lambda x: np.where(np.arange(512) == 3, np.nan, x), "expected L2 norm 1, came nan"),
    "length": (lambda x: x[:256], "expected an embedding of shape (512,), came (256,)"),
    "two": (lambda x: np.stack([x, x]), "expected an embedding of shape (512,), came (2, 512)"),
    "integers": (lambda x: np.ones(512, np.int64), "expected floats, came int64; save the network's own output"),
    "complex": (lambda x: x.astype(complex), "expected floats, came complex128"),
    "words": (lambda x: np.array(["a"] * 512), "expected floats, came <U1"),
}


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_an_embedding_that_does_not_fit(refusal, tmp_path, unit_embedding, name):
    change, words = EMBEDDINGS[name]
    path = tmp_path / "e.npy"
    np.save(path, change(unit_embedding))
    line = refusal("export", "onnx", "--weights", "seeded", "--identity", path, "-o", tmp_path / "out")
    assert line.startswith(f"--identity {path}: {words}")
    assert not (tmp_path / "out").exists()


class Mischief:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (type(self.path).touch, (self.path,))


@pytest.mark.parametrize("make", ["bare pickle", "array of objects"])
def test_an_embedding_that_would_run_code_runs_none_and_is_not_recommended(refusal, tmp_path, make):
    path, ran = tmp_path / "e.npy", tmp_path / "it-ran"
    if make == "bare pickle":
        path.write_bytes(pickle.dumps(Mischief(ran)))
    else:
        np.save(path, np.array([Mischief(ran)] * 512, dtype=object), allow_pickle=True)
    line = refusal("export", "onnx", "--weights", "seeded", "--identity", path)
    assert line == f"--identity {path}: not a whole .npy array of numbers; save it with numpy.save"
    assert not ran.exists()


@pytest.mark.parametrize("keep", [0, 5, 1000])
def test_an_embedding_cut_short(refusal, tmp_path, unit_embedding, keep):
    path = tmp_path / "e.npy"
    np.save(path, unit_embedding)
    path.write_bytes(path.read_bytes()[:keep])
    assert "not a whole .npy array" in refusal("export", "onnx", "--weights", "seeded", "--identity", path)


def test_a_photograph_needs_the_embedder(refusal, tmp_path, picture):
    generator = tmp_path / "g.pth"
    save_generator(generator)
    picture.save(tmp_path / "face.png")
    line = refusal("export", "onnx", "--weights", generator, "--identity", tmp_path / "face.png")
    assert line == (
        f"--identity {tmp_path / 'face.png'}: a photograph goes through the embedder, which --weights does not hold; "
        "give its file with a second --weights, or the embedding as .npy"
    )


def save_generator(path):
    import torch

    from mobileswap.model.families import component
    from mobileswap.weights.seeded import seeded_state

    part = component("mobilefsgan", "generator")
    torch.save({key: torch.from_numpy(x) for key, x in seeded_state(part.shapes(), part.gains).items()}, path)
