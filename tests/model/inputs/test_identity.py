"""The rule for ``--identity``: exactly what the embedder was trained on, nothing converted."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.spec import Kind, TensorSpec
from mobileswap.model.inputs.identity import is_embedding, read_embedding, read_photo
from mobileswap.model.inputs.pictures import as_input

FACE = TensorSpec("source", (1, 3, 256, 256), "float32", "NCHW", (-1.0, 1.0), 2.0, "a face")
VECTOR = TensorSpec("embedding", (1, 8), "float32", "NC", (-1.0, 1.0), 2.0, "a person", Kind.VECTOR, norm=1.0)
PIXELS = np.random.default_rng(0).integers(0, 256, (256, 256, 3)).astype(np.uint8)


@pytest.fixture
def refused():
    """``refused(function, path, ...)`` is the message; one line that names option and file."""

    def message(function, path, *arguments):
        with pytest.raises(BadInput) as caught:
            function(path, *arguments)
        text = str(caught.value)
        assert text.startswith(f"--identity {path}: ")
        assert "\n" not in text
        return text

    return message


def picture(path, pixels=PIXELS, mode="RGB", **options):
    Image.fromarray(pixels).convert(mode).save(path, **options)
    return path


def png_of_16_bits(path):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in PIXELS.astype(np.uint16) * 257)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 256, 256, 16, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    return path


@pytest.mark.parametrize("suffix", ["png", "bmp", "webp", "tiff"])
def test_an_rgb_picture_is_read_as_it_is(tmp_path, suffix):
    options = {"lossless": True} if suffix == "webp" else {}
    found = read_photo(picture(tmp_path / f"face.{suffix}", **options), FACE)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, PIXELS)


def test_red_is_the_first_channel_and_255_is_one(tmp_path):
    pixels = np.zeros((256, 256, 3), np.uint8)
    pixels[0, 1] = (255, 51, 0)
    tensor = as_input(read_photo(picture(tmp_path / "face.png", pixels), FACE), FACE)
    assert tensor.shape == (1, 3, 256, 256)
    assert tensor.dtype == np.float32
    assert tensor[0, :, 0, 1].tolist() == pytest.approx([1, -0.6, -1])


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1", "I;16"])
def test_another_mode_is_named(tmp_path, refused, mode):
    path = tmp_path / "face.png"
    if mode == "I;16":
        Image.fromarray(PIXELS[..., 0].astype(np.uint16) * 257).save(path)
    else:
        picture(path, mode=mode)
    assert f"expected an aligned RGB face of 256×256 pixels, came mode {mode};" in refused(read_photo, path, FACE)


def test_16_bits_a_channel_are_not_cut_in_silence(tmp_path, refused):
    assert "came mode RGB of 16 bits" in refused(read_photo, png_of_16_bits(tmp_path / "face.png"), FACE)


@pytest.mark.parametrize(("height", "width"), [(256, 255), (112, 112), (512, 512)])
def test_another_size_is_named(tmp_path, refused, height, width):
    pixels = np.zeros((height, width, 3), np.uint8)
    assert f"came {width}×{height}; align and crop" in refused(read_photo, picture(tmp_path / "face.png", pixels), FACE)


def test_a_picture_that_its_exif_data_turn(tmp_path, refused):
    exif = Image.Exif()
    exif[0x0112] = 6
    assert "EXIF" in refused(read_photo, picture(tmp_path / "face.jpg", exif=exif), FACE)
    exif[0x0112] = 1
    assert read_photo(picture(tmp_path / "upright.jpg", exif=exif), FACE).shape == (256, 256, 3)


@pytest.mark.parametrize("damage", ["text", "empty", "cut", "flipped"])
def test_no_picture(tmp_path, refused, damage):
    path = picture(tmp_path / "face.png")
    whole = path.read_bytes()
    flipped = bytes(b ^ 255 if i == len(whole) // 2 else b for i, b in enumerate(whole))
    path.write_bytes({"text": b"hello\n", "empty": b"", "cut": whole[:5000], "flipped": flipped}[damage])
    assert "not a picture that can be read" in refused(read_photo, path, FACE)


def test_no_file_and_a_folder(tmp_path, refused):
    assert "no such file" in refused(read_photo, tmp_path / "nobody.png", FACE)
    assert "no such file" in refused(read_embedding, tmp_path / "nobody.npy", VECTOR)
    assert "not a picture" in refused(read_photo, tmp_path, FACE)
    assert "not a whole .npy" in refused(read_embedding, tmp_path, VECTOR)


# Embeddings

UNIT = np.arange(1, 9) / np.sqrt(204)  # 1 + 4 + … + 64 = 204


def embedding(path, array=UNIT, **options):
    np.save(path, array, **options)
    return path


@pytest.mark.parametrize("array", [UNIT, UNIT[None], UNIT.astype(np.float32), UNIT.astype(np.float16)])
def test_an_embedding_of_either_shape_and_any_float(tmp_path, array):
    found = read_embedding(embedding(tmp_path / "e.npy", array), VECTOR)
    assert found.shape == (1, 8)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], UNIT, atol=3e-4)


@pytest.mark.parametrize("array", [UNIT[:7], np.tile(UNIT, 2), UNIT[:, None], np.float32(1), UNIT.reshape(2, 4)])
def test_another_shape(tmp_path, refused, array):
    text = refused(read_embedding, embedding(tmp_path / "e.npy", array), VECTOR)
    assert f"expected an embedding of shape (8,), came {array.shape}" in text


@pytest.mark.parametrize(
    ("factor", "norm"), [(2, "2"), (0, "0"), (0.99, "0.99"), (np.nan, "nan"), (np.inf, "inf"), (1e300, "inf")]
)
def test_another_norm(tmp_path, refused, factor, norm):
    text = refused(read_embedding, embedding(tmp_path / "e.npy", UNIT * factor), VECTOR)
    assert f"expected L2 norm 1, came {norm};" in text


def test_one_nan_among_numbers(tmp_path, refused):
    array = UNIT.copy()
    array[3] = np.nan
    assert "came nan" in refused(read_embedding, embedding(tmp_path / "e.npy", array), VECTOR)


@pytest.mark.parametrize("dtype", [np.int64, np.bool_, np.complex128, "U4"])
def test_another_type(tmp_path, refused, dtype):
    text = refused(read_embedding, embedding(tmp_path / "e.npy", np.ones(8, dtype)), VECTOR)
    assert f"expected floats, came {np.dtype(dtype)}" in text


def test_a_pickle_in_it_is_not_run(tmp_path, refused):
    path = embedding(tmp_path / "e.npy", np.array([{"a": 1}] * 8, dtype=object), allow_pickle=True)
    assert "not a whole .npy array of numbers" in refused(read_embedding, path, VECTOR)


@pytest.mark.parametrize("damage", ["text", "empty", "cut", "header", "huge", "npz"])
def test_no_npy_file(tmp_path, refused, damage):
    path = embedding(tmp_path / "e.npy")
    whole = path.read_bytes()
    if damage == "npz":
        np.savez(tmp_path / "e.npz", UNIT)
        (tmp_path / "e.npz").rename(path)
    else:
        path.write_bytes(
            {
                "text": b"hello\n",
                "empty": b"",
                "cut": whole[:-8],
                "header": b"\x93NUMPY\x01\x00\x10\x00" + b'{"a":::::::::::',
                "huge": whole.replace(b"(8,), }           ", b"(80000000000000,)}"),
            }[damage]
        )
    assert damage == "npz" or path.read_bytes() != whole
    assert "not a whole .npy array of numbers" in refused(read_embedding, path, VECTOR)


def test_the_name_says_what_it_is(tmp_path):
    assert is_embedding(tmp_path / "e.npy")
    assert not is_embedding(tmp_path / "e.png")
