"""The same network gives the same bytes, whoever exports it: two people can compare hashes."""

import filecmp
import json
import os
import shutil
import subprocess
import sys
from uuid import uuid4

import pytest
from coremltools.models.utils import load_spec

from mobileswap.contracts.files import sha256_of
from mobileswap.export.reproducible_mlpackage import make_reproducible

WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"


@pytest.fixture
def package(exported, tmp_path):
    return shutil.copytree(exported("coreml")[0], tmp_path / "a.mlpackage")


def scramble(package):
    """As the converter leaves it: entries by random names, in any order."""
    path = package / "Manifest.json"
    manifest = json.loads(path.read_text())
    names = {old: str(uuid4()) for old in manifest["itemInfoEntries"]}
    entries = list(manifest["itemInfoEntries"].items())[::-1]
    manifest["itemInfoEntries"] = {names[old]: entry for old, entry in entries}
    manifest["rootModelIdentifier"] = names[manifest["rootModelIdentifier"]]
    path.write_text(json.dumps(manifest))


def test_identifiers_follow_from_the_content(package):
    before = sha256_of(package)
    scramble(package)
    assert sha256_of(package) != before
    make_reproducible(package)
    assert sha256_of(package) == before


def test_opening_it_leaves_it_as_it_is(package):
    """coremltools 9.0 writes Manifest.json anew when it opens a package, and the hash in artifact.json would differ."""
    before = sha256_of(package)
    load_spec(str(package))
    assert sha256_of(package) == before


def test_another_content_has_another_identifier(package):
    before = json.loads((package / "Manifest.json").read_text())
    with (package / WEIGHTS).open("ab") as stream:
        stream.write(b"\0")
    make_reproducible(package)
    after = json.loads((package / "Manifest.json").read_text())
    assert len(before["itemInfoEntries"].keys() & after["itemInfoEntries"].keys()) == 1


@pytest.mark.real
@pytest.mark.timeout(600)
def test_two_processes_write_the_same_bytes(tmp_path):
    """Hashes of names differ between processes, and with them the order of sets and of protobuf's maps."""
    for seed in ("1", "2"):
        for extra in ((), ("--precision", "fp32")):
            command = [
                sys.executable,
                "-m",
                "mobileswap",
                "export",
                "all",
                "--weights",
                "seeded",
                "--no-verify",
                *extra,
            ]
            environment = {**os.environ, "PYTHONHASHSEED": seed}
            subprocess.run([*command, "-o", tmp_path / seed], env=environment, check=True, capture_output=True)
    names = [
        path.relative_to(tmp_path / "1")
        for path in (tmp_path / "1").rglob("*")
        if path.is_file() and not (path.suffix == ".json" and path.name != "Manifest.json")
    ]
    assert len(names) == 4 * 3 + 2 + 4  # CoreML in two precisions, ONNX, TNN's pair; of two components
    same, _, _ = filecmp.cmpfiles(tmp_path / "1", tmp_path / "2", map(str, names), shallow=False)
    assert sorted(same) == sorted(map(str, names))
