"""What `parity`, `bench run --artifact` and `bench sizes` say to an artifact that is not as it was exported."""

import hashlib
import json
import shutil

import pytest

NAME = "mobilefsgan-embedder-fp32.onnx"


@pytest.fixture
def folder(tmp_path, exported):
    return shutil.copytree(exported, tmp_path / "exported")


def bench(path):
    backend = ("--backend", "onnxruntime", "--artifact", path)
    return ("bench", "run", *backend, "--runs", 2, "--warmup", 0, "-o", path.parent)


def check(path):
    return ("parity", "check", path)


def bisect(path):
    return ("parity", "bisect", path, "-o", path.parent)


def record(**changes):
    def change(folder):
        path = folder / f"{NAME}.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return change


def spec(**changes):
    def change(folder):
        path = folder / f"{NAME}.json"
        content = json.loads(path.read_text())
        content["inputs"][0].update(changes)
        path.write_text(json.dumps(content))

    return change


def beside(content):
    return lambda folder: (folder / f"{NAME}.json").write_bytes(content)


def flip_a_byte(folder):
    content = bytearray((folder / NAME).read_bytes())
    content[5000] ^= 1
    (folder / NAME).write_bytes(content)


NEW = "export it again"
DAMAGED = {
    "no record": (lambda folder: (folder / f"{NAME}.json").unlink(), f"{NAME}.json is not beside it; {NEW}"),
    "empty record": (beside(b""), "expected a JSON file (Input data was truncated); make it again"),
    "half a record": (beside(b'{"schema": 1, "name"'), "expected a JSON file (Input data was truncated)"),
    "binary record": (beside(b"\xff\xfe\x00"), "expected a JSON file (JSON is malformed"),
    "a list": (beside(b"[]"), "not an artifact.json of schema 2 (Expected `object`, got `array`)"),
    "foreign record": (beside(b'{"name": "left-pad", "version": 1}'), f"missing required field `schema`); {NEW}"),
    "newer record": (
        record(schema=3, parity=7),
        f"schema 3, this mobileswap reads 2: a newer mobileswap wrote it; {NEW}",
    ),
    "older record": (
        record(schema=1, parity=7),
        f"schema 1, this mobileswap reads 2: an older mobileswap wrote it; {NEW}",
    ),
    "another's record": (
        record(files=[{"name": "another.onnx", "sha256": "0" * 64, "size_bytes": 1}]),
        "it speaks of another.onnx; keep each file with its own JSON",
    ),
    "no files": (record(files=[]), f"an artifact has at least one file, one input and one output); {NEW}"),
    "no inputs": (record(inputs=[]), f"an artifact has at least one file, one input and one output); {NEW}"),
    "no outputs": (record(outputs=[]), f"an artifact has at least one file, one input and one output); {NEW}"),
    "no shape": (spec(shape=[]), "source: expected a static shape, batch first, came ()"),
    "a dynamic shape": (
        spec(shape=[1, 3, -1, 256]),
        "source: expected a static shape, batch first, came (1, 3, -1, 256)",
    ),
    "another format": (record(format="tflite"), "tflite"),
    "a byte changed": (flip_a_byte, "…, artifact.json says "),
    "emptied": (lambda folder: (folder / NAME).write_bytes(b""), "SHA-256 e3b0c44298fc…, artifact.json says "),
    "gone": (lambda folder: (folder / NAME).unlink(), "no such artifact; make one with `mobileswap export`"),
}


@pytest.mark.parametrize("command", [check, bench, bisect])
@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_artifact(refusal, folder, name, command):
    damage, words = DAMAGED[name]
    damage(folder)
    before = sorted(folder.rglob("*"))
    assert words in refusal(*command(folder / NAME))
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("name", ["empty record", "foreign record", "emptied"])
def test_a_damaged_artifact_among_the_sizes(refusal, folder, name):
    damage, _ = DAMAGED[name]
    damage(folder)
    assert refusal("bench", "sizes", folder).startswith(str(folder / NAME))


def test_no_artifact_at_all(refusal, tmp_path):
    assert (
        refusal(*check(tmp_path / "x.onnx"))
        == f"{tmp_path / 'x.onnx'}: no such artifact; make one with `mobileswap export`"
    )
    words = refusal("bench", "sizes", tmp_path / "out")
    assert words == f"{tmp_path / 'out'}: expected a folder with exported artifacts; make one with `mobileswap export`"


def test_a_backend_that_does_not_open_the_format(refusal, folder):
    words = refusal("bench", "run", "--backend", "pytorch", "--artifact", folder / NAME)
    assert words == "pytorch opens pytorch, mobilefsgan-embedder-fp32 is onnx; expected backend onnxruntime"


@pytest.mark.parametrize("damage", [shutil.rmtree, lambda golden: next(golden.iterdir()).write_bytes(b"half")])
def test_without_its_golden_file_nothing_is_proven(refusal, folder, damage):
    damage(folder / "golden")
    words = refusal(*check(folder / NAME))
    assert words.endswith(f"the golden file it was proven with is not in {folder / 'golden'}; export again")


def test_an_artifact_that_was_forged_is_not_proven_and_the_reason_is_told(cli, folder):
    forged = b"no model at all"
    (folder / NAME).write_bytes(forged)
    record(files=[{"name": NAME, "sha256": hashlib.sha256(forged).hexdigest(), "size_bytes": len(forged)}])(folder)
    for command in (check, bench):
        ended = cli(*command(folder / NAME))
        assert ended.status == 1
        assert "CRASH" in ended.out
        assert ended.err.splitlines()[-1].startswith("mobileswap: mobilefsgan-embedder-fp32 in onnxruntime: CRASH: ")


def test_an_artifact_as_it_was_exported(cli, folder, tmp_path):
    ended = cli(*check(folder / NAME), "--json", tmp_path / "parity.json")
    assert ended.status == 0
    assert json.loads((tmp_path / "parity.json").read_text())[0]["outcome"] == "PASS"
    ended = cli(*bench(folder / NAME), "--json", tmp_path / "bench.json")
    assert ended.status == 0
    assert len(json.loads((tmp_path / "bench.json").read_text())["runs"][0]["samples_ms"]) == 2
    assert cli(*check(folder / f"{NAME}.json")).status == 0
