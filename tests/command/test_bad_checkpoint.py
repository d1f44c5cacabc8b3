"""What `--weights` and `weights convert` say to a file that is no checkpoint of ours."""

import pathlib
import pickle
import zipfile

import pytest
import torch
from safetensors.torch import save_file


class Mischief:
    """A pickle of it makes a file when it is read by a reader that runs what it finds."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (pathlib.Path.touch, (self.path,))


def half(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def zip_without_tensors(path, _):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "hello")


def cut_short(path, state):
    torch.save(state, path)
    half(path)


def cut_short_old(path, state):
    torch.save(state, path, _use_new_zipfile_serialization=False)
    half(path)


def cut_short_safetensors(path, state):
    save_file(state, path)
    half(path)


NO_FILES = {
    "empty.pth": (lambda path, _: path.write_bytes(b""), "the file is empty; copy the checkpoint again"),
    "empty.safetensors": (lambda path, _: path.write_bytes(b""), "the file is empty; copy the checkpoint again"),
    "text.pth": (lambda path, _: path.write_text("hello\n" * 99), "not a state dict saved by torch.save"),
    "text.safetensors": (lambda path, _: path.write_text("hello\n" * 99), "not a whole .safetensors file"),
    "zip.pth": (zip_without_tensors, "not a state dict saved by torch.save"),
    "cut.pth": (cut_short, "not a state dict saved by torch.save, or cut short; copy it again"),
    "cut_old.pth": (cut_short_old, "not a state dict saved by torch.save, or cut short; copy it again"),
    "cut.safetensors": (cut_short_safetensors, "not a whole .safetensors file"),
    "script.pth": (
        lambda path, _: torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2)).save(str(path)),
        "save model.state_dict() anew",
    ),
    "list.pth": (lambda path, _: torch.save([1, 2], path), "expected a state dict (names with tensors), came list"),
    "tensor.pth": (lambda path, _: torch.save(torch.zeros(3), path), "came Tensor; save model.state_dict()"),
    "nothing.pth": (lambda path, _: torch.save({}, path), "expected a state dict (names with tensors)"),
    "epoch.pth": (
        lambda path, _: torch.save({"epoch": 3}, path),
        "came a dict without a tensor (epoch); save model.state_dict()",
    ),
    "numbers.pth": (lambda path, _: torch.save({1: torch.zeros(2)}, path), "(1 tensor, the first is 1)"),
    "module.pth": (lambda path, _: torch.save(torch.nn.Linear(2, 2), path), "nothing was run"),
}


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.parametrize("name", NO_FILES)
def test_a_file_that_is_no_checkpoint(refusal, tmp_path, embedder_state, name):
    make, words = NO_FILES[name]
    path, out = tmp_path / name, tmp_path / "out"
    make(path, embedder_state)
    line = refusal("export", "onnx", "--weights", path, "-o", out)
    assert line.startswith(f"{path}: ")
    assert words in line
    assert not out.exists()


@pytest.mark.parametrize("name", ["nosuch.pth", "nosuch", "seed", "/dev/null"])
def test_a_file_that_is_not_there_is_answered_with_what_may_be_given(refusal, name):
    line = refusal("export", "onnx", "--weights", name)
    assert line.startswith(f"{name}: no such file; --weights takes a checkpoint (.pth, .pt, .safetensors)")
    assert "`seeded`" in line


@pytest.mark.parametrize("container", ["protocol_0", "protocol_4", "zip", "old"])
@pytest.mark.parametrize(
    "command", [("export", "onnx", "--weights"), ("weights", "convert")], ids=["export", "convert"]
)
def test_a_pickle_that_would_run_code_runs_none(refusal, tmp_path, embedder_state, container, command):
    path, ran = tmp_path / "evil.pth", tmp_path / "it-ran"
    content = {**embedder_state, "hook": Mischief(ran)}
    if container == "zip":
        torch.save(content, path)
    elif container == "old":
        torch.save(content, path, _use_new_zipfile_serialization=False)
    else:
        path.write_bytes(pickle.dumps({"hook": Mischief(ran)}, protocol=int(container[-1])))
    refusal(*command, path)
    assert not ran.exists()
    assert [entry.name for entry in tmp_path.iterdir()] == ["evil.pth"]


def changed(state, key, change):
    return {**state, key: change(state[key].clone())}


def set_first(value):
    def change(tensor):
        tensor.view(-1)[0] = value
        return tensor

    return change


WRONG = {
    "simswap": (
        lambda _: {"first_layer.1.weight": torch.zeros(2), "BottleNeck.0.conv1.1.weight": torch.zeros(1)},
        "expected a mobilefsgan generator or embedder, this looks like a SimSwap generator; give another file",
    ),
    "unknown": (lambda _: {"foo.weight": torch.zeros(2)}, "no network known here (1 tensor, the first is foo.weight)"),
    "half_as_wide": (
        lambda state: {key: value[: len(value) // 2] if value.ndim else value for key, value in state.items()},
        "conv1.conv.weight (32, 3, 3, 3), expected (64, 3, 3, 3)",
    ),
    "missing": (
        lambda state: {key: value for key, value in state.items() if key != "conv1.bn.bias"},
        "1 missing (conv1.bn.bias). Give a checkpoint of that network, whole",
    ),
    "extra": (lambda state: {**state, "foo": torch.zeros(1)}, "does not fit the mobilefsgan embedder: 1 extra (foo)"),
    "misshapen": (
        lambda state: changed(state, "bn.bias", lambda x: x[:1]),
        "1 of another shape (bn.bias (1,), expected (512,))",
    ),
    "nan": (lambda state: changed(state, "bn.bias", set_first(torch.nan)), "bn.bias holds 1 NaN or infinite values"),
    "inf": (lambda state: changed(state, "bn.bias", set_first(-torch.inf)), "bn.bias holds 1 NaN or infinite values"),
    "int8": (lambda state: changed(state, "bn.bias", lambda x: x.to(torch.int8)), "is torch.int8, expected floats"),
    "complex": (lambda state: changed(state, "bn.bias", lambda x: x.to(torch.complex64)), "expected floats"),
    "too_large": (
        lambda state: changed(state, "bn.bias", lambda x: torch.full_like(x, 1e300, dtype=torch.float64)),
        "bn.bias holds 512 NaN or infinite values",
    ),
    "variance": (lambda state: changed(state, "bn.running_var", set_first(-1.0)), "a variance cannot be"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_state_dict_that_does_not_fit(refusal, tmp_path, embedder_state, name):
    make, words = WRONG[name]
    path, out = tmp_path / "w.pth", tmp_path / "out"
    torch.save(make(embedder_state), path)
    line = refusal("export", "onnx", "--weights", path, "-o", out)
    assert line.startswith(f"{path}: ")
    assert words in line
    assert not out.exists()


def test_another_networks_checkpoint_is_never_converted(refusal, tmp_path):
    torch.save({"foo.weight": torch.zeros(2)}, tmp_path / "w.pth")
    refusal("weights", "convert", tmp_path / "w.pth")
    assert [entry.name for entry in tmp_path.iterdir()] == ["w.pth"]


def test_the_same_component_twice_names_both_files(refusal, embedder_pth):
    line = refusal("export", "onnx", "--weights", embedder_pth, "--weights", "seeded")
    assert line == f"--weights: {embedder_pth} and seeded both hold the embedder; give one"


def test_two_of_one_component_in_a_folder_name_both_files(refusal, tmp_path, embedder_state):
    torch.save(embedder_state, tmp_path / "a.pth")
    torch.save(changed(embedder_state, "bn.bias", set_first(0.5)), tmp_path / "b.pth")
    line = refusal("export", "onnx", "--weights", tmp_path)
    assert line == f"--weights: {tmp_path / 'a.pth'} and {tmp_path / 'b.pth'} both hold the embedder; give one"


def test_a_folder_without_a_checkpoint(refusal, tmp_path):
    line = refusal("export", "onnx", "--weights", tmp_path)
    assert line.startswith(f"{tmp_path}: a folder with none of .pth, .pt, .safetensors in it")


@pytest.mark.parametrize("command", [("export", "onnx"), ("bench", "run", "--backend", "onnxruntime"), ("release",)])
def test_every_command_that_takes_weights_refuses_them_alike(refusal, tmp_path, command):
    line = refusal(*command, "--weights", tmp_path / "nosuch.pth", "-o", tmp_path / "out")
    assert line.startswith(f"{tmp_path / 'nosuch.pth'}: no such file")
    assert list(tmp_path.iterdir()) == []
