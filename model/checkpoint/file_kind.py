"""What a file is that is no checkpoint, by its first bytes: so that the message can say it, and what to do."""

from __future__ import annotations

import re

HEAD = 4096  # bytes that this looks at
_SAVE = "save model.state_dict() anew"

_KINDS: tuple[tuple[str, str, str], ...] = (
    (r"version https://git-lfs", "a pointer of Git LFS", "fetch the file itself with `git lfs pull`"),
    (r"\s*(<!doctype html|<html|<head)", "an HTML page", "a download went wrong; fetch the file itself"),
    (r"\s*<\?xml", "an XML page", "a download went wrong; fetch the file itself"),
    (r"\x1f\x8b", "gzip-compressed", "unpack it with gunzip"),
    (r"BZh[1-9]", "bzip2-compressed", "unpack it with bunzip2"),
    (r"\xfd7zXZ", "xz-compressed", "unpack it with unxz"),
    (r"\x28\xb5\x2f\xfd", "zstd-compressed", "unpack it with unzstd"),
    (r"7z\xbc\xaf", "a 7z archive", "unpack it"),
    (r"Rar!", "a RAR archive", "unpack it"),
    (r"(?s).{257}ustar", "a tar archive", "unpack it, and give the checkpoint in it"),
    (r"\x89HDF", "an HDF5 file, as Keras saves them", "this reads PyTorch's and safetensors files"),
    (r"\x89PNG|\xff\xd8\xff|GIF8|RIFF", "a picture", "give the checkpoint"),
    (r"%PDF", "a PDF", "give the checkpoint"),
    (r"GGUF", "a GGUF file", "this reads PyTorch's and safetensors files"),
    (
        r"(?s)\x08[\x01-\x0f]\x12.{1,200}(pytorch|tf2onnx|onnx|keras)",
        "an ONNX model",
        "give the weights it was made of",
    ),
    (r"(?s)....TFL3", "a TensorFlow Lite model", "give the weights it was made of"),
    (r"MZ|\x7fELF", "a program", "give the checkpoint"),
    (r"\s*[\[{]\s*[\"{\[\]}]", "JSON", "give the checkpoint that it describes"),
    (r"\x00{64}", "filled with zeros", "a download was not finished; fetch it again"),
)
_PICKLED_TEXT = re.compile(rb"[(\]}]?[(lpdi0]*c?[\w.]+\n[\w.]+\n")  # protocol 0, as Python 2 wrote it


def describe(head: bytes) -> str | None:
    """``(is) an HTML page; a download went wrong …``; None where nothing is known that begins so."""
    text = head.decode("latin-1").removeprefix("\xef\xbb\xbf")
    for pattern, kind, remedy in _KINDS:
        if re.match(pattern, text, re.IGNORECASE):
            return f"{kind}; {remedy}"
    return "text; give the checkpoint" if len(head) >= 16 and _is_text(head) else None


def describe_zip(names: list[str]) -> str:
    """The same, for an archive that is no checkpoint."""
    if any(name.endswith("constants.pkl") or "/code/" in name for name in names):
        return (
            f"a TorchScript archive: code with its weights, which is not run here; load it where it was made, {_SAVE}"
        )
    if any(
        name.endswith(("archive_format", "models/model.json", "serialized_exported_program.json")) for name in names
    ):
        return f"an exported program (.pt2): a graph with its weights; load it where it was made, {_SAVE}"
    if any(name.endswith(("Manifest.json", ".mlmodel")) for name in names):
        return "a zipped Core ML package; give the weights it was made of"
    return f"a zip archive of something else ({', '.join(names[:3]) or 'empty'}); {_SAVE}"


def _is_text(head: bytes) -> bool:
    return all(byte in b"\t\n\r\f\x1b" or byte >= 0x20 for byte in head) and not _PICKLED_TEXT.match(head)
