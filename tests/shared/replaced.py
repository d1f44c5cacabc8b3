"""Artifacts of every shape that are replaced by newer ones, for the tests of what a crash leaves."""

from pathlib import Path

from mobileswap.contracts.publish import publish
from mobileswap.contracts.staging import staging

SHAPES = {
    "file": ("a.onnx", "a.onnx.json"),
    "package": ("a.mlpackage/Data/weights", "a.mlpackage/Manifest.json", "a.mlpackage.json"),
    "two-files": ("a.tnnproto", "a.tnnmodel", "a.tnnproto.json"),
    "below": ("rejected/a.onnx", "rejected/a.onnx.json"),
    "alone": ("a.safetensors",),
}


def write(folder, names, text):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text} {name}")


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}


def whole(names, text):
    return {name: f"{text} {name}" for name in names}


def replace_all(folder, names):
    """As an export does it: made in a staging folder, then published under what stands first in each name."""
    home = folder / "rejected" if names == SHAPES["below"] else folder
    with staging(folder) as stage:
        for name in names:
            path = stage / Path(name).relative_to("rejected" if home != folder else "")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"new {name}")
        publish(stage, {top: home / top.name for top in sorted(stage.iterdir())})
