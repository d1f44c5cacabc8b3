"""Checkpoint files as people have them: every container and nesting loads, every damage is told in one line."""

import io
import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from mobileswap.contracts.errors import BadInput
from mobileswap.model.checkpoint.container import opened
from mobileswap.model.checkpoint.loading import load
from mobileswap.weights.catalogue import state_hash

KEY = "encoder_head.conv1x1.weight"
VARIANCE = "identity_encoder.b256_down.normalize.running_var"
COUNTER = "identity_encoder.b256_down.normalize.num_batches_tracked"


@pytest.fixture(scope="module")
def parts(tiny):
    return (tiny["generator"], tiny["embedder"])


@pytest.fixture(scope="module")
def generator(tiny, seeded):
    return seeded(tiny["generator"])


@pytest.fixture(scope="module")
def embedder(tiny, seeded):
    return seeded(tiny["embedder"])


@pytest.fixture
def refusal(parts):
    """``refusal(path)`` is the message; one line that begins with the file."""

    def message(path):
        with pytest.raises(BadInput) as caught:
            load((str(path),), parts)
        text = str(caught.value)
        assert "\n" not in text
        assert text.startswith(str(path))
        return text

    return message


@pytest.fixture
def saved(tmp_path):
    def save(content, name="w.pth", **options):
        torch.save(content, tmp_path / name, **options)
        return tmp_path / name

    return save


def prefixed(prefix, state):
    return {prefix + key: value for key, value in state.items()}


def hash_of(state):
    return state_hash({key: value.numpy() for key, value in state.items()})


# What loads


@pytest.mark.parametrize("prefix", ["", "module.", "module.module."])
@pytest.mark.parametrize("container", ["zip", "pickle", "safetensors"])
def test_every_container_with_and_without_the_prefix(parts, generator, tmp_path, container, prefix):
    state, path = prefixed(prefix, generator), tmp_path / f"w.{'safetensors' if container == 'safetensors' else 'pth'}"
    if container == "safetensors":
        save_file(state, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=container == "zip")
    loaded = load((str(path),), parts)
    assert list(loaded) == ["generator"]
    assert loaded["generator"].path == path
    assert loaded["generator"].record.sha256 == hash_of(generator)
    assert loaded["generator"].record.trained
    assert all(torch.equal(loaded["generator"].state[key], generator[key]) for key in generator)


def test_as_the_released_training_code_saves_it(parts, generator, saved):
    """``G.state_dict()`` of a DistributedDataParallel model: an OrderedDict that carries _metadata."""
    network = torch.nn.Module()
    network.module = parts[0].network()
    network.module.load_state_dict(generator)
    state = network.state_dict()
    assert hasattr(state, "_metadata")
    assert next(iter(state)).startswith("module.")
    assert load((str(saved(state, "012_G.pth")),), parts)["generator"].record.sha256 == hash_of(generator)


@pytest.mark.parametrize(
    "content",
    [
        lambda g, e: {"generator": g, "embedder": e},
        lambda g, e: {"generator": prefixed("module.", g), "embedder": e, "epoch": 3, "lr": 1e-4},
        lambda g, e: {"G": g, "E": e, "optimizer": {"state": {0: {"step": 1}}, "param_groups": [{"lr": 1.0}]}},
        lambda g, e: {"generator": g, "embedder": e, "discriminator": {"conv.weight": torch.zeros(1)}},
        lambda g, e: {**prefixed("generator.", g), **prefixed("embedder.", e)},
        lambda g, e: {**prefixed("embedder.", e), **prefixed("generator.", g)},
        lambda g, e: {**prefixed("module.generator.", g), **prefixed("module.embedder.", e)},
        lambda g, e: {**prefixed("generator.module.", g), **prefixed("embedder.module.", e)},
        lambda g, e: {"state_dict": {**prefixed("generator.", g), **prefixed("embedder.", e)}},
    ],
)
def test_both_components_in_one_file(parts, generator, embedder, saved, content):
    loaded = load((str(saved(content(generator, embedder))),), parts)
    assert loaded["generator"].record.sha256 == hash_of(generator)
    assert loaded["embedder"].record.sha256 == hash_of(embedder)


@pytest.mark.parametrize(
    "content",
    [
        lambda e: e,
        lambda e: prefixed("embedder.", e),
        lambda e: {"embedder": e},
        lambda e: {"state_dict": e, "epoch": 7},
        lambda e: {"model": e},
    ],
)
def test_the_embedder_alone(parts, embedder, saved, content):
    loaded = load((str(saved(content(embedder))),), parts)
    assert list(loaded) == ["embedder"]
    assert loaded["embedder"].record.sha256 == hash_of(embedder)


def test_a_folder_and_two_sources_give_both(parts, generator, embedder, saved, tmp_path):
    first, second = saved(generator, "g.pth"), saved(embedder, "e.pt")
    (tmp_path / "notes.txt").write_text("not a checkpoint")
    assert set(load((str(tmp_path),), parts)) == {"generator", "embedder"}
    assert set(load((str(second), str(first)), parts)) == {"generator", "embedder"}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floats_become_float32(parts, generator, saved, dtype):
    state = {key: value.to(dtype) if value.is_floating_point() else value for key, value in generator.items()}
    loaded = load((str(saved(state)),), parts)["generator"].state
    assert {value.dtype for value in loaded.values()} == {torch.float32, torch.int64}
    assert torch.equal(loaded[KEY], generator[KEY].to(dtype).float())


def test_parameters_views_and_gradients_are_taken_as_values(parts, generator, saved):
    state = dict(generator)
    state[KEY] = torch.nn.Parameter(generator[KEY].flip(0)).flip(0).permute(1, 0, 2, 3).permute(1, 0, 2, 3)
    loaded = load((str(saved({**state, KEY: state[KEY].detach().requires_grad_()})),), parts)
    assert loaded["generator"].record.sha256 == hash_of(generator)
    assert not loaded["generator"].state[KEY].requires_grad


def test_the_order_of_the_keys_does_not_matter(parts, generator, saved):
    state = dict(reversed(generator.items()))
    assert load((str(saved(state)),), parts)["generator"].record.sha256 == hash_of(generator)


def test_built_in_weights_are_marked_untrained(released):
    loaded = load(("seeded",), (released["embedder"],))["embedder"]
    assert (loaded.record.name, loaded.record.trained, loaded.path) == ("seeded", False, None)


def test_built_in_weights_that_came_out_differently_are_refused(parts):
    with pytest.raises(BadInput, match=r"weights seeded: made .*, the manifest says"):
        load(("seeded",), parts)  # the tiny network's shapes give other numbers


# What does not


def test_the_same_component_twice(parts, generator, saved):
    first, second = saved(generator, "a.pth"), saved(generator, "b.pth")
    with pytest.raises(BadInput, match=r"a\.pth and .*b\.pth both hold the generator; give one"):
        load((str(first), str(second)), parts)


def test_missing_keys_are_counted_and_the_first_named(parts, generator, saved, refusal):
    keys = list(parts[0].shapes())  # in the network's order
    text = refusal(saved({key: generator[key] for key in keys[5:]}))
    assert f"5 missing ({', '.join(keys[:3])} and 2 more)" in text
    assert "does not fit the mobilefsgan generator" in text
    assert "extra" not in text


def test_extra_keys_are_counted_and_the_first_named(generator, saved, refusal):
    text = refusal(saved({**generator, "zz.a": torch.zeros(1), "zz.b": torch.zeros(1)}))
    assert "2 extra (zz.a, zz.b)" in text
    assert "missing" not in text


def test_misshapen_keys_are_named_with_both_shapes(generator, saved, refusal):
    text = refusal(saved({**generator, KEY: torch.zeros(8, 8, 3, 3)}))
    assert f"1 of another shape ({KEY} (8, 8, 3, 3), expected (8, 8, 1, 1))" in text


def test_all_three_at_once(generator, saved, refusal):
    state = {**generator, KEY: torch.zeros(8, 8, 3, 3), "zz": torch.zeros(1)}
    del state[VARIANCE]
    text = refusal(saved(state))
    assert f"1 missing ({VARIANCE}); 1 extra (zz); 1 of another shape ({KEY}" in text


def test_another_number_of_channels(released, seeded, saved, refusal):
    text = refusal(saved(seeded(released["generator"])))
    assert "looks like a MobileFSGAN generator, but does not fit" in text
    assert "(64, 3, 3, 3), expected (8, 3, 3, 3)" in text
    assert "more); " not in text.split("of another shape")[0]  # nothing is missing or extra


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "1 NaN or infinite values"),
        (float("inf"), "1 NaN or infinite values"),
        (float("-inf"), "1 NaN or infinite values"),
    ],
)
def test_values_that_are_not_finite(generator, saved, refusal, value, said):
    broken = generator[KEY].clone()
    broken[3, 2] = value
    assert f"{KEY} holds {said}" in refusal(saved({**generator, KEY: broken}))


def test_a_double_too_large_for_float32(generator, saved, refusal):
    broken = generator[KEY].double()
    broken[0, 0] = 1e300
    assert f"{KEY} holds 1 NaN or infinite" in refusal(saved({**generator, KEY: broken}))


@pytest.mark.parametrize("dtype", [torch.int8, torch.int64, torch.bool, torch.complex64])
def test_a_type_that_is_not_float(generator, saved, refusal, dtype):
    assert f"{KEY} is {dtype}, expected floats" in refusal(saved({**generator, KEY: generator[KEY].to(dtype)}))


def test_a_negative_variance(generator, saved, refusal):
    broken = generator[VARIANCE].clone()
    broken[0] = -1e-6
    assert f"{VARIANCE} is negative" in refusal(saved({**generator, VARIANCE: broken}))


def test_values_that_are_not_there_or_not_dense(generator, saved, refusal):
    assert "is sparse, expected dense" in refusal(saved({**generator, KEY: generator[KEY].to_sparse()}))
    assert "is without values" in refusal(saved({**generator, KEY: generator[KEY].to("meta")}))


def test_another_family(saved, refusal):
    text = refusal(saved({key: torch.zeros(1) for key in ("first_layer.1.weight", "BottleNeck.0.conv1.1.weight")}))
    assert "expected a mobilefsgan generator or embedder, this looks like a SimSwap generator" in text


@pytest.mark.parametrize(
    ("content", "came"),
    [
        ([torch.zeros(2)], "came list"),
        (torch.zeros(2), "came Tensor"),
        ({}, "came dict"),
        (3, "came int"),
        ({"generator": {}}, "came a dict without a tensor (generator)"),
        ({"weight": torch.zeros(2), "note": "hello"}, "no network known here (1 tensor, the first is weight)"),
        ({"weight": torch.zeros(2), "extra": {"a": torch.zeros(1)}}, "(2 tensors, the first is extra.a)"),
        ({0: torch.zeros(2)}, "no network known here (1 tensor, the first is 0)"),
        ({"weight": None}, "came a dict without a tensor (weight)"),
    ],
)
def test_something_that_is_no_state_dict(saved, refusal, content, came):
    assert came in refusal(saved(content))


def test_a_missing_file_names_the_choices(refusal, tmp_path):
    text = refusal(tmp_path / "nowhere.pth")
    assert "no such file" in text
    assert "seeded" in text


def test_an_empty_file(refusal, tmp_path):
    (tmp_path / "w.pth").touch()
    assert "the file is empty" in refusal(tmp_path / "w.pth")


def test_a_folder_without_checkpoints(refusal, tmp_path):
    (tmp_path / "readme.txt").write_text("x")
    assert "none of .pth, .pt, .safetensors" in refusal(tmp_path)


def written(content, suffix):
    if suffix == "safetensors":
        from safetensors.torch import save

        return save(content)
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=suffix == "zip.pth")
    return buffer.getvalue()


@pytest.mark.parametrize("suffix", ["zip.pth", "pickle.pth", "safetensors"])
def test_a_truncated_file(generator, refusal, tmp_path, suffix):
    whole = written(generator, suffix)
    path = tmp_path / f"w.{suffix}"
    # the first bytes, every kind of place inside, and one byte less than all
    for length in (1, 2, 9, 64, *range(1000, len(whole), len(whole) // 20), len(whole) - 1):
        path.write_bytes(whole[:length])
        text = refusal(path)
        assert "cut short" in text or "not a whole .safetensors" in text
        assert "run code" not in text


@pytest.mark.parametrize("suffix", ["zip.pth", "pickle.pth", "safetensors"])
def test_a_damaged_head_is_refused_or_changes_nothing_but_values(generator, parts, tmp_path, suffix):
    """What a reader raises on garbage is its own affair; what comes out is BadInput."""
    import random

    whole, path, source = written(generator, suffix), tmp_path / f"w.{suffix}", random.Random(0)
    refused = 0
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(5):
            damaged[source.randrange(2000)] = source.randrange(256)
        path.write_bytes(damaged)
        try:
            load((str(path),), parts)
        except BadInput:
            refused += 1
    assert refused > 30


@pytest.mark.parametrize(
    "content",
    [
        b"hello, I am a text file\n" * 20,
        b"PK\x03\x04",
        b"\x80",
        b"\x93NUMPY",
        b"\x89PNG\r\n\x1a\n" + bytes(500),
        bytes(4096),
    ],
)
def test_a_file_of_another_kind(refusal, tmp_path, content):
    path = tmp_path / "w.pth"
    path.write_bytes(content)
    assert "not a state dict saved by torch.save" in refusal(path)
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    assert "not a whole .safetensors" in refusal(path)


@pytest.mark.parametrize("suffix", [".pth", ".PTH", ".safetensors", ".SafeTensors", ".ckpt", ".weights", ""])
@pytest.mark.parametrize("container", ["safetensors", "zip.pth", "pickle.pth"])
def test_the_content_counts_and_not_the_suffix(parts, generator, tmp_path, container, suffix):
    path = tmp_path / f"w{suffix}"
    path.write_bytes(written(generator, container))
    assert load((str(path),), parts)["generator"].record.sha256 == hash_of(generator)


class Mischief:
    """Unpickled, it makes a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("how", ["zip", "pickle", "bare pickle", "inside a state dict"])
def test_a_pickle_that_would_run_code_does_not(generator, saved, refusal, tmp_path, how):
    trace = tmp_path / "it-ran"
    if how == "bare pickle":
        path = tmp_path / "w.pth"
        path.write_bytes(pickle.dumps(Mischief(trace)))
    elif how == "inside a state dict":
        path = saved({**generator, "note": Mischief(trace)})
    else:
        path = saved(Mischief(trace), _use_new_zipfile_serialization=how == "zip")
    text = refusal(path)
    assert "would run code from the file; nothing was run" in text
    assert "model.state_dict()" in text
    assert not trace.exists()
    with pytest.raises(BadInput), opened(path):
        pass
    assert not trace.exists()


def test_the_mischief_is_real(tmp_path):
    pickle.loads(pickle.dumps(Mischief(tmp_path / "it-ran")))
    assert (tmp_path / "it-ran").exists()


@pytest.mark.parametrize("new", [True, False])
def test_a_pickled_module(parts, saved, refusal, new):
    path = saved(parts[1].network(), _use_new_zipfile_serialization=new)
    assert "save model.state_dict() alone" in refusal(path)


def test_a_torchscript_archive(saved, refusal, tmp_path):
    import warnings

    path = tmp_path / "w.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch deprecates what people still have on their disks
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), str(path))
    assert "save model.state_dict() anew" in refusal(path)


@pytest.mark.real
def test_an_exported_program(refusal, tmp_path):
    path = tmp_path / "w.pt"
    torch.export.save(torch.export.export(torch.nn.Linear(2, 2), (torch.zeros(1, 2),)), Path(path).with_suffix(".pt2"))
    path.with_suffix(".pt2").rename(path)
    assert "save model.state_dict() anew" in refusal(path)
