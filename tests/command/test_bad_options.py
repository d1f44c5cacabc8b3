"""Unknown words list the known ones; options that contradict each other are refused before anything is computed."""

import numpy as np
import pytest

from mobileswap.model.families import components

UNKNOWN = {
    "export tflite --weights seeded": "FORMAT tflite: known are onnx, coreml, ",
    "export onnx --weights seeded --precision int8": "--precision int8: known are fp32, fp16",
    "export pytorch --weights seeded --precision fp16": "--precision fp16: pytorch takes fp32",
    "export onnx --weights seeded --component mixer": "--component mixer: known are generator, embedder, all",
    "export onnx --weights seeded --family facedancer": "--family facedancer: known are mobilefsgan",
    "export onnx --weights seeded --io picture": "--io picture: known are tensor, image",
    "export coreml --weights seeded --ios iOS12": "--ios iOS12: known are iOS15, iOS16, iOS17, iOS18",
    "export onnx --weights seeded --component generator --no-rewrite fold": "--no-rewrite fold: known are drop-side-",
    "export onnx --weights seeded --opset 17": "--opset 17: expected 18 to 26; ",
    "export onnx --weights seeded --opset 99": "--opset 99: expected 18 to 26; ",
    "bench run --backend tflite": "unknown backend 'tflite'; expected one of pytorch, onnxruntime, ",
    "bench run --backend onnxruntime --backend tflite": "unknown backend 'tflite'; expected one of ",
    "bench run --backend mil-fp32": "--backend mil-fp32: a reference executor",
    "bench run --backend onnxruntime --device npu": "onnxruntime has no device 'npu'; expected one of cpu",
    "bench run --backend pytorch --device tpu": "pytorch has no device 'tpu'; expected one of cpu, cuda, mps",
    "bench run --backend pytorch --dtype int8": "--dtype int8: known are fp32, bf16, fp16",
    "bench run --backend pytorch --scenario film": "--scenario film: known are forward, swap",
    "bench run --backend onnxruntime --component mixer": "--component mixer: known are generator, embedder",
    "bench run --backend onnxruntime --component all": "--component all: known are generator, embedder",
    "bench run --backend onnxruntime --precision int8": "--precision int8: onnx takes fp32, fp16",
    "bench run --backend onnxruntime --family facedancer": "--family facedancer: known are mobilefsgan",
    "release --family facedancer": "--family facedancer: known are mobilefsgan",
    "weights convert w.pth --family facedancer": "--family facedancer: known are mobilefsgan",
}


@pytest.mark.parametrize("line", UNKNOWN)
def test_an_unknown_word_lists_the_known(refusal, tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    assert refusal(*line.split()).startswith(UNKNOWN[line])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [-32, 0, 31, 200, 257])
def test_a_size_that_is_no_multiple_of_32(refusal, tmp_path, size):
    words = refusal("export", "onnx", "--weights", "seeded", "--size", size, "-o", tmp_path / "out")
    assert words.startswith(f"--size {size}: the mobilefsgan generator ")
    assert words.endswith("takes a multiple of 32, for instance 256")
    assert not (tmp_path / "out").exists()


MISUSED = {
    "": None,
    "bench": None,
    "parity": None,
    "weights": None,
    "expert": "No such command 'expert'. Did you mean 'export', 'report'? See `mobileswap --help`",
    "parity chek": "No such command 'chek'. Did you mean 'check'? See `mobileswap parity --help`",
    "export": "Missing argument 'FORMAT'. See `mobileswap export --help`",
    "export onnx": "Missing option '--weights'. See `mobileswap export --help`",
    "export onnx --weights": "Option '--weights' requires an argument. See `mobileswap",
    "export onnx coreml --weights seeded": "Got unexpected extra argument(s) (coreml). See `mobileswap export --help`",
    "export onnx --weights seeded --sise 128": "No such option: --sise",
    "export onnx --weights seeded --size big": "Invalid value for '--size': Input should be a valid integer",
    "export onnx --weights seeded --size 1000000": "Invalid value for '--size': Input should be less than or equal to",
    "export onnx --weights seeded --threads 0": "Invalid value for '--threads': ",
    "bench run": "Missing option '--backend'. See `mobileswap bench run --help`",
    "bench run --backend onnxruntime --runs 0": "Invalid value for '--runs': Input should be ",
    "bench run --backend onnxruntime --warmup -1": "Invalid value for '--warmup': ",
    "bench run --backend onnxruntime --timeout nan": "Invalid value for '--timeout': ",
    "parity check": "Missing argument 'artifacts'. See `mobileswap parity check --help`",
    "models all": "Got unexpected extra argument(s) (all). See `mobileswap models --help`",
}


@pytest.mark.parametrize("line", [line for line, words in MISUSED.items() if words])
def test_a_wrong_use_is_one_line_that_says_where_help_is(refusal, line):
    assert refusal(*line.split()).startswith(MISUSED[line])


@pytest.mark.parametrize("line", [line for line, words in MISUSED.items() if not words])
def test_a_group_without_a_command_prints_its_help(cli, line):
    ended = cli(*line.split())
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(f"Usage: {' '.join(['mobileswap', *line.split()])} [OPTIONS] COMMAND")


CONTRADICTORY = {
    "bench run --backend onnxruntime --artifact x.onnx --weights seeded": "--artifact and --weights exclude each other",
    "bench run --backend onnxruntime --dtype bf16": "--dtype: onnxruntime has no such setting, only pytorch, openvino",
    "bench run --backend pytorch --backend onnxruntime --compile": "--compile: onnxruntime has no such setting, only ",
    "bench run --backend onnxruntime --channels-last": "--channels-last: onnxruntime has no such setting, only ",
    "bench run --backend pytorch --scenario swap --component embedder": "--scenario swap: it takes all components",
    "swap --artifact x.onnx --target e.npy -o o.png": "x.onnx: no such artifact; make one with `mobileswap export`",
    "export onnx --weights seeded --component embedder --identity e.npy": "--identity: the embedder takes no identity",
    "export onnx --weights seeded --component embedder --size 128": "--size 128: the mobilefsgan embedder only takes",
    "export onnx --weights seeded --component embedder --no-rewrite drop-side-heads": "--no-rewrite drop-side-heads: ",
    "export pytorch --weights seeded --io image": "--io image: pytorch has no picture interface; use --io tensor",
    "export pytorch --weights seeded --identity e.npy": "--identity: pytorch is the untouched reference",
}


@pytest.mark.parametrize("line", CONTRADICTORY)
def test_options_that_contradict_each_other(refusal, tmp_path, monkeypatch, unit_embedding, line):
    monkeypatch.chdir(tmp_path)
    np.save("e.npy", unit_embedding)
    assert refusal(*line.split()).startswith(CONTRADICTORY[line])
    assert [entry.name for entry in tmp_path.iterdir()] == ["e.npy"]


def test_a_component_whose_weights_were_not_given(refusal, embedder_pth):
    words = refusal("export", "onnx", "--weights", embedder_pth, "--component", "generator")
    assert words == "--weights: holds embedder, but the generator is needed; give its file with a second --weights"


def test_all_is_checked_before_the_first_component_is_made(refusal, tmp_path):
    out = tmp_path / "out"
    words = refusal("export", "all", "--weights", "seeded", "--component", "all", "--no-rewrite", "fold", "-o", out)
    known = [rewrite.name for part in components("mobilefsgan") for rewrite in part.rewrites]
    assert words == f"--no-rewrite fold: known are {', '.join(known)}"
    assert not out.exists()


@pytest.mark.skipif("sys.platform == 'darwin'")
def test_a_backend_that_is_not_on_this_machine(refusal):
    words = refusal("bench", "run", "--backend", "coreml", status=3)
    assert words.startswith("coreml is not available: Core ML runs on macOS only")


@pytest.mark.parametrize("name", ["nosuch/r.json", "."])
@pytest.mark.parametrize("command", [("bench", "run", "--backend", "onnxruntime"), ("parity", "check", "x.onnx")])
def test_a_place_for_json_is_refused_before_the_work(refusal, tmp_path, monkeypatch, command, name):
    monkeypatch.chdir(tmp_path)
    assert refusal(*command, "--json", name).startswith(f"--json {name}: expected a file in a folder that is there")


def test_weights_convert_refuses_other_names_and_the_file_itself(refusal, tmp_path, embedder_pth, cli):
    assert refusal("weights", "convert", embedder_pth, "-o", tmp_path / "x.bin").endswith(
        "expected a name that ends in .safetensors"
    )
    assert cli("weights", "convert", embedder_pth, "-o", tmp_path / "x.safetensors").status == 0
    before = (tmp_path / "x.safetensors").read_bytes()
    words = refusal("weights", "convert", tmp_path / "x.safetensors")
    assert words == f"{tmp_path / 'x.safetensors'}: is .safetensors already; give another name with -o"
    assert (tmp_path / "x.safetensors").read_bytes() == before
    assert (tmp_path / "x.safetensors").stat().st_mode & 0o777 == 0o644
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.safetensors"]
