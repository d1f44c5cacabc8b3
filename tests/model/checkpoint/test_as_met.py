"""Checkpoints as people really save them: a table of what loads, with what is said of it, and what is refused and how.

Every row says what a user would expect. ``G`` and ``G2`` are two generators, ``E`` an embedder, ``D`` a discriminator.
"""

import argparse
import collections
import datetime as dt
import decimal
import fractions
import gzip
import io
import json
import pathlib
import pickle
import re
import tarfile
import types
import uuid
import zipfile
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from safetensors.torch import save

from mobileswap.contracts.errors import BadInput
from mobileswap.model.checkpoint.loading import load
from mobileswap.weights.catalogue import state_hash


@dataclass(frozen=True)
class Case:
    """``make(path, n)`` writes ``path``; ``n`` has the networks' states."""

    make: object
    loads: tuple = ("G",)
    said: str = ""
    refused: str = ""
    prefer: str = ""
    name: str = "w.pth"


@dataclass
class Networks:
    G: dict
    G2: dict
    E: dict
    D: dict = field(default_factory=lambda: {"main.0.weight": torch.zeros(4, 3, 4, 4), "main.0.bias": torch.zeros(4)})


def before(prefix, state):
    return {prefix + key: value for key, value in state.items()}


def parameters(state):
    return {key: value for key, value in state.items() if "running" not in key and "num_batches" not in key}


def saves(content, **options):
    return lambda path, n: torch.save(content(n), path, **options)


def old(content):
    return saves(content, _use_new_zipfile_serialization=False)


def writes(content):
    return lambda path, n: path.write_bytes(content(n))


def zipped(content):
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def folder(**files):
    """``folder(a=content)`` makes a folder; a double underscore in a name is a dot."""

    def make(path, n):
        path.mkdir()
        for name, content in files.items():
            made = content(n)
            place = path / name.replace("__", ".")
            place.write_bytes(made) if isinstance(made, bytes) else torch.save(made, place)

    return make


def rezipped(path, n, change=lambda name, data: data, **options):
    with zipfile.ZipFile(io.BytesIO(zipped(n.G))) as source, zipfile.ZipFile(path, "w", **options) as target:
        for info in source.infolist():
            target.writestr(info.filename, change(info.filename, source.read(info)))


def big_endian(path, n):
    with zipfile.ZipFile(io.BytesIO(zipped(n.G))) as source, zipfile.ZipFile(path, "w") as target:
        sizes = {f"archive/data/{i}": value.element_size() for i, value in enumerate(n.G.values())}
        for info in source.infolist():
            data = source.read(info)
            if info.filename.endswith("byteorder"):
                data = b"big"
            elif info.filename in sizes:
                kind = f"i{sizes[info.filename]}"
                data = np.frombuffer(data, f"<{kind}").astype(f">{kind}").tobytes()
            target.writestr(info.filename, data)


def averaged_model(n):
    """What torch.optim.swa_utils.AveragedModel has as its state dict."""
    return {"n_averaged": torch.tensor(7), **before("module.", n.G)}


def optimizer(n):
    network = torch.nn.Linear(3, 3)
    made = torch.optim.Adam(network.parameters())
    network(torch.ones(1, 3)).sum().backward()
    made.step()
    return made.state_dict()


def profiled(state):
    layers = {key.rsplit(".", 1)[0] for key in state}
    counts = {
        f"{layer}.{name}": torch.zeros(1, dtype=torch.float64)
        for layer in layers
        for name in ("total_ops", "total_params")
    }
    return {**state, **counts, "total_ops": torch.zeros(1), "total_params": torch.zeros(1)}


def with_shared_storage(state):
    flat = torch.cat([value.reshape(-1).float() for value in state.values()])
    made, at = {}, 0
    for key, value in state.items():
        made[key] = flat[at : at + value.numel()].view(value.shape) if value.is_floating_point() else value
        at += value.numel()
    return made


def npz_of_any_name(path, n):
    with path.open("wb") as stream:
        np.savez(stream, **arrays(n.G))


def doubled(state):
    return {key: value * 2 if value.is_floating_point() else value for key, value in state.items()}


def arrays(state):
    return {key: value.numpy() for key, value in state.items()}


def dumped(content, protocol):
    return writes(lambda n: pickle.dumps(content(n), protocol))


def twice_in_safetensors(n):
    body = save({"a.b": torch.zeros(2), "a.c": torch.ones(2)})
    return body.replace(b'"a.c"', b'"a.b"')


def renamed_safetensors(n, head):
    text = json.dumps(head).encode()
    return len(text).to_bytes(8, "little") + text + bytes(8)


def scripted(path, n):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), str(path))


def scripted_beside(path, n):
    folder(G__pth=lambda n: n.G)(path, n)
    scripted(path / "G_traced.pt", n)


class Settings:
    """As trainers save theirs: a class that is not known here."""

    lr = 0.1


def compiled_within(state):
    return {key.replace(".", "._orig_mod.", 1): value for key, value in state.items()}


def tarred(path, n):
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("w.pth")
        content = zipped(n.G)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))


PLAIN = {
    "bare": Case(saves(lambda n: n.G)),
    "bare, older container": Case(old(lambda n: n.G)),
    "bare, safetensors": Case(writes(lambda n: save(n.G)), name="w.safetensors"),
    "ordered dict with metadata": Case(saves(lambda n: collections.OrderedDict(n.G))),
    "parameters that need gradients": Case(
        saves(lambda n: {k: torch.nn.Parameter(v) if v.is_floating_point() else v for k, v in n.G.items()})
    ),
    "half": Case(
        saves(lambda n: {k: v.half() if v.is_floating_point() else v for k, v in n.G.items()}), loads=("half G",)
    ),
    "bfloat16 in safetensors": Case(
        writes(lambda n: save({k: v.bfloat16() if v.is_floating_point() else v for k, v in n.G.items()})),
        loads=("bfloat16 G",),
    ),
    "double": Case(saves(lambda n: {k: v.double() if v.is_floating_point() else v for k, v in n.G.items()})),
    "float counters": Case(saves(lambda n: {k: v.float() for k, v in n.G.items()})),
    "embedder alone": Case(saves(lambda n: n.E), loads=("E",)),
    "pickle protocol 3": Case(saves(lambda n: n.G, pickle_protocol=3)),
    "pickle protocol 4": Case(saves(lambda n: n.G, pickle_protocol=4)),
    "pickle protocol 5": Case(saves(lambda n: n.G, pickle_protocol=5)),
    "protocol 4, older container": Case(saves(lambda n: n.G, pickle_protocol=4, _use_new_zipfile_serialization=False)),
    "tensors that are transposed views": Case(
        saves(lambda n: {k: v.t().contiguous().t() if v.ndim == 2 else v for k, v in n.G.items()})
    ),
    "channels last": Case(
        saves(lambda n: {k: v.to(memory_format=torch.channels_last) if v.ndim == 4 else v for k, v in n.G.items()})
    ),
    "all in one storage": Case(saves(lambda n: with_shared_storage(n.G))),
    "all in one storage, older container": Case(old(lambda n: with_shared_storage(n.G))),
    "big-endian": Case(big_endian),
    "archive packed again, deflated": Case(lambda path, n: rezipped(path, n, compression=zipfile.ZIP_DEFLATED)),
    "archive packed again, without a byte order": Case(rezipped),
}
PREFIXES = {
    "module.": "module.", "module.module.": "module.module.", "_orig_mod.": "_orig_mod.",
    "module._orig_mod.": "module._orig_mod.", "_orig_mod.module.": "_orig_mod.module.", "model.": "model.",
    "netG.": "netG.", "G.": "G.", "generator.": "generator.", "model.generator.": "model.generator.",
    "_forward_module.": "_forward_module.", "net.module.": "net.module.", "2,000 times module.": "module." * 2000,
    "a name of its own": "my_swapper.core.",
}  # fmt: skip
PREFIXED = {
    **{f"prefix {name}": Case(saves(lambda n, p=prefix: before(p, n.G))) for name, prefix in PREFIXES.items()},
    "prefix module., older container": Case(old(lambda n: before("module.", n.G))),
    "prefix netG., safetensors": Case(writes(lambda n: save(before("netG.", n.G))), said="took netG of"),
    "torch.compile of each part": Case(saves(lambda n: compiled_within(n.G))),
    "FSDP of each part": Case(
        saves(
            lambda n: {"_fsdp_wrapped_module." + k.replace(".", "._fsdp_wrapped_module.", 1): v for k, v in n.G.items()}
        )
    ),
    "prefix in the embedder": Case(saves(lambda n: before("backbone.", n.E)), loads=("E",), said="took backbone of"),
    "5,000 times module., refused or read, and quick": Case(
        saves(lambda n: before("module." * 5000, parameters(n.E))),
        refused=r"…[a-z.]*module \(34999 characters\).* missing",
    ),
}
NESTED = {
    **{
        f"under {key}": Case(saves(lambda n, k=key: {k: n.G, "epoch": 3}))
        for key in ("state_dict", "model", "net", "G", "generator", "model_state_dict", "weights")
    },
    "two levels": Case(saves(lambda n: {"checkpoint": {"state_dict": before("module.", n.G)}, "step": 10})),
    "a tuple of state and epoch": Case(saves(lambda n: (n.G, 12))),
    "a list of two states": Case(saves(lambda n: [n.G, n.D])),
    "a tuple with the optimizer": Case(saves(lambda n: (n.G, optimizer(n), 12))),
    "split by module": Case(
        saves(
            lambda n: {
                root: {k.split(".", 1)[1]: v for k, v in n.G.items() if k.startswith(root + ".")}
                for root in {k.split(".", 1)[0] for k in n.G}
            }
        )
    ),
    "whole training state": Case(
        saves(
            lambda n: {"G": n.G, "D": n.D, "optG": optimizer(n), "optD": optimizer(n), "epoch": 7, "loss": [0.1, 0.2]}
        )
    ),
    "one dict under two names": Case(saves(lambda n: {"model": n.G, "state_dict": n.G})),
    "equal values under two names": Case(
        saves(lambda n: {"model": n.G, "best": {k: v.clone() for k, v in n.G.items()}})
    ),
    "a state beside other mappings": Case(saves(lambda n: {**n.G, "optimizer": optimizer(n), "epoch": 3})),
    "both networks": Case(saves(lambda n: {"generator": n.G, "embedder": n.E}), loads=("G", "E")),
    "both networks, other names": Case(saves(lambda n: {"netG": n.G, "netArc": n.E}), loads=("G", "E")),
    "both networks with prefixes": Case(saves(lambda n: {**before("G.", n.G), **before("E.", n.E)}), loads=("G", "E")),
    "G and D with prefixes": Case(saves(lambda n: {**before("netG.", n.G), **before("netD.", n.D)})),
    "G and D nested": Case(saves(lambda n: {"g": n.G, "d": n.D}), said="took g of"),
    "Lightning": Case(
        saves(
            lambda n: {
                "state_dict": {**before("generator.", n.G), **before("discriminator.", n.D)},
                "epoch": 3,
                "global_step": 10,
                "pytorch-lightning_version": "2.0",
                "hyper_parameters": {"lr": 1e-4},
                "loops": {},
                "callbacks": {},
                "optimizer_states": [optimizer(n)],
            }
        ),
        name="epoch=3.ckpt",
    ),
    "Lightning with both": Case(
        saves(lambda n: {"state_dict": {**before("G.", n.G), **before("E.", n.E), **before("D.", n.D)}}),
        loads=("G", "E"),
        name="last.ckpt",
    ),
    "Lightning with torch.compile": Case(
        saves(lambda n: {"state_dict": before("model._orig_mod.", n.G)}), name="last.ckpt"
    ),
    "DeepSpeed": Case(saves(lambda n: {"module": before("module.", n.G), "ds_version": "0.9", "buffer_names": ["a"]})),
    "a perceptual loss beside it": Case(
        saves(lambda n: {**before("netG.", n.G), **before("vgg.", {"features.0.weight": torch.zeros(4, 3, 3, 3)})})
    ),
}
AVERAGES = {
    "params_ema beside params": Case(
        saves(lambda n: {"params": n.G, "params_ema": n.G2}),
        loads=("G2",),
        said=r"took params_ema of w\.pth .*--prefer raw takes params of",
    ),
    "params_ema, raw": Case(
        saves(lambda n: {"params": n.G, "params_ema": n.G2}), said=r"took params of w\.pth.*--prefer ema", prefer="raw"
    ),
    "params_ema, ema": Case(
        saves(lambda n: {"params": n.G, "params_ema": n.G2}), loads=("G2",), said="took params_ema", prefer="ema"
    ),
    "g_ema beside g": Case(
        saves(lambda n: {"g": n.G, "d": n.D, "g_ema": n.G2, "latent_avg": torch.zeros(8)}),
        loads=("G2",),
        said="took g_ema",
    ),
    "g_ema, raw": Case(saves(lambda n: {"g": n.G, "d": n.D, "g_ema": n.G2}), said="took g of", prefer="raw"),
    "G_ema beside G, equal": Case(saves(lambda n: {"G": n.G, "G_ema": n.G})),
    "Lightning with an average": Case(
        saves(lambda n: {"state_dict": {**before("model.", n.G), **before("ema_model.", n.G2)}}),
        loads=("G2",),
        said="took state_dict.ema_model",
    ),
    "state_dict_ema": Case(saves(lambda n: {"state_dict": n.G, "state_dict_ema": n.G2}), loads=("G2",)),
    "an average alone": Case(saves(lambda n: {"params_ema": n.G}), said="took params_ema"),
    "raw alone, the average preferred": Case(saves(lambda n: {"params": n.G}), prefer="ema"),
    "AveragedModel alone": Case(saves(averaged_model)),
    "AveragedModel beside the model": Case(
        saves(lambda n: {"model": n.G2, "swa_model": averaged_model(n)}), said="took swa_model"
    ),
    "AveragedModel under a plain name, raw": Case(
        saves(lambda n: {"one": n.G2, "two": averaged_model(n)}), loads=("G2",), prefer="raw"
    ),
    "an average without the buffers": Case(saves(lambda n: {"params": n.G, "params_ema": parameters(n.G2)})),
    "an average without the buffers, asked for": Case(
        saves(lambda n: {"params": n.G, "params_ema": parameters(n.G2)}),
        refused="under params_ema.*missing",
        prefer="ema",
    ),
    "two that are not averages": Case(
        saves(lambda n: {"netG_A": n.G, "netG_B": n.G2}), refused=r"holds the generator 2 times, under netG_A, netG_B"
    ),
    "two averages": Case(
        saves(lambda n: {"g": n.G, "ema_a": doubled(n.G), "ema_b": n.G2}),
        refused="holds the generator 2 times, under ema_a, ema_b",
    ),
    "an average in a file of its own": Case(
        folder(**{"042_G__pth": lambda n: n.G, "042_G_ema__pth": lambda n: n.G2}),
        loads=("G2",),
        said=r"took 042_G_ema\.pth",
    ),
}
FOLDERS = {
    "G and E": Case(folder(G__pth=lambda n: n.G, E__pth=lambda n: n.E), loads=("G", "E")),
    "G and D": Case(folder(**{"042_G__pth": lambda n: n.G, "042_D__pth": lambda n: n.D})),
    "G, D and optimizers": Case(
        folder(
            **{
                "042_G__pth": lambda n: n.G,
                "042_D__pth": lambda n: n.D,
                "042_optG__pth": optimizer,
                "042_optD__pth": optimizer,
            }
        )
    ),
    "several epochs": Case(
        folder(**{"9_G__pth": lambda n: n.G2, "10_G__pth": lambda n: n.G, "8_G__pth": lambda n: n.G2}),
        said=r"took 10_G\.pth as the generator; the newest of 3 by number",
    ),
    "several epochs of G and D": Case(
        folder(
            **{
                "041_G__pth": lambda n: n.G2,
                "042_G__pth": lambda n: n.G,
                "041_D__pth": lambda n: n.D,
                "042_D__pth": lambda n: n.D,
            }
        ),
        said="042_G",
    ),
    "epochs and an embedder": Case(
        folder(**{"1_G__pth": lambda n: n.G2, "2_G__pth": lambda n: n.G, "face__pth": lambda n: n.E}), loads=("G", "E")
    ),
    "Lightning's names": Case(
        folder(
            **{
                "epoch=9-step=900__ckpt": lambda n: {"state_dict": n.G2},
                "epoch=10-step=1000__ckpt": lambda n: {"state_dict": n.G},
            }
        )
    ),
    "Lightning's names with a loss": Case(
        folder(**{"epoch=9-val=0.11__ckpt": lambda n: n.G2, "epoch=10-val=0.12__ckpt": lambda n: n.G})
    ),
    "latest": Case(folder(G_1__pth=lambda n: n.G2, G_latest__pth=lambda n: n.G), said="G_latest"),
    "the same epoch twice": Case(folder(a__pth=lambda n: n.G, b__pth=lambda n: n.G)),
    "two runs": Case(
        folder(run1_20__pth=lambda n: n.G, run2_5__pth=lambda n: n.G2), refused="both hold the generator; give one"
    ),
    "two names": Case(
        folder(best__pth=lambda n: n.G, other__pth=lambda n: n.G2), refused="both hold the generator; give one"
    ),
    "logs and pictures beside it": Case(
        folder(
            G__pth=lambda n: n.G,
            log__txt=lambda n: b"epoch 1\n" * 99,
            sample__png=lambda n: b"\x89PNG" + bytes(99),
            args__json=lambda n: b"{}",
        )
    ),
    "settings and a scheduler of a class of their own": Case(
        folder(G__pth=lambda n: n.G, training_args__bin=lambda n: zipped(Settings()))
    ),
    "a TorchScript file beside it": Case(scripted_beside),
    "no suffix": Case(folder(G=lambda n: n.G)),
    "safetensors under another suffix": Case(folder(G__weights=lambda n: save(n.G))),
    "capital suffix": Case(folder(G__PTH=lambda n: n.G)),
    "nothing of ours": Case(folder(D__pth=lambda n: n.D), refused="expected a mobilefsgan generator or embedder"),
    "one cut short": Case(
        folder(**{"1_G__pth": lambda n: n.G, "2_G__pth": lambda n: zipped(n.G)[:5000]}), refused="2_G.pth: .*cut short"
    ),
}
BESIDE = {
    "argparse.Namespace": argparse.Namespace(lr=0.1, path=pathlib.Path("/data"), names=["a"]),
    "types.SimpleNamespace": types.SimpleNamespace(lr=0.1),
    "pathlib": pathlib.PurePosixPath("/data/x"),
    "a Windows path": pathlib.PureWindowsPath("c:/data"),
    "numpy scalars": {"loss": np.float64(0.5), "step": np.int64(3), "f": np.float32(1), "b": np.bool_(True)},
    "numpy arrays": {"loss": np.ones(5), "names": np.array(["a", "b"]), "objects": np.array([None, 1], dtype=object)},
    "numpy's random state": np.random.RandomState(0).get_state(),
    "OrderedDict": collections.OrderedDict(a=1),
    "defaultdict": collections.defaultdict(list, a=[1]),
    "Counter": collections.Counter("abca"),
    "deque": collections.deque([0.1, 0.2], maxlen=10),
    "datetime": {
        "at": dt.datetime(2024, 1, 2),
        "took": dt.timedelta(3),
        "d": dt.date(2024, 1, 1),
        "tz": dt.UTC,
    },
    "Decimal, Fraction, UUID": [decimal.Decimal("0.1"), fractions.Fraction(1, 3), uuid.UUID(int=3)],
    "sets and complex numbers": {
        "a": {1, 2},
        "b": frozenset([3]),
        "c": 1 + 2j,
        "d": range(3),
        "e": bytearray(b"abc"),
        "f": b"abc",
        "g": slice(1, 2),
    },
    "torch's small types": {
        "size": torch.Size([1, 2]),
        "device": torch.device("cuda:0"),
        "dtype": torch.float16,
        "version": torch.__version__,
    },
    "a class that is only named": {"optimizer": torch.optim.Adam, "loss": torch.nn.functional.l1_loss},
    "a random generator's state": torch.random.get_rng_state(),
    "large numbers, None and text": {"big": 10**400, "none": None, "nan": float("nan"), "text": "ä" * 300},
    "a list of many numbers": list(range(100_000)),
    "optimizer, scheduler and scaler": {
        "scheduler": {"last_epoch": 3, "_last_lr": [0.1]},
        "scaler": {"scale": 65536.0},
    },
}
EXTRAS = {
    **{
        f"beside it: {name}": Case(saves(lambda n, v=value: {"state_dict": n.G, "extra": v}))
        for name, value in BESIDE.items()
    },
    "beside it, older container": Case(
        old(lambda n: {"state_dict": n.G, "args": BESIDE["argparse.Namespace"], "lr": np.float64(1)})
    ),
    "a profiler's counters": Case(saves(lambda n: profiled(n.G)), said="counters of a profiler"),
    "a profiler's counters behind a prefix": Case(saves(lambda n: before("module.", profiled(n.G)))),
    "no num_batches_tracked": Case(
        saves(lambda n: {k: v for k, v in n.G.items() if "num_batches" not in k}),
        loads=("G without counters",),
        said="num_batches_tracked were not saved",
    ),
    "a head of classes": Case(
        saves(lambda n: {**n.E, "head.weight": torch.zeros(100, 8)}), loads=("E",), said="left out its training head"
    ),
    "a head with a bias": Case(
        saves(lambda n: {**n.E, "fc.weight": torch.zeros(100, 8), "fc.bias": torch.zeros(100)}), loads=("E",)
    ),
    "a head the other way round": Case(
        saves(lambda n: {**before("module.", n.E), "module.arcface.kernel": torch.zeros(8, 100)}), loads=("E",)
    ),
    "a head beside the backbone": Case(
        saves(lambda n: {"backbone": n.E, "head": {"kernel": torch.zeros(8, 100)}}), loads=("E",)
    ),
    "one storage under two keys": Case(saves(lambda n: {**n.G, "ema": n.G})),
}
NUMPY = {
    "npz": Case(lambda path, n: np.savez(path, **arrays(n.G)), name="w.npz"),
    "npz, compressed": Case(lambda path, n: np.savez_compressed(path, **arrays(n.G)), name="w.npz"),
    "npz, big-endian": Case(
        lambda path, n: np.savez(path, **{k: v.astype(v.dtype.newbyteorder(">")) for k, v in arrays(n.G).items()}),
        name="w.npz",
    ),
    "npz, Fortran's order": Case(
        lambda path, n: np.savez(path, **{k: np.array(v, order="F") for k, v in arrays(n.G).items()}), name="w.npz"
    ),
    "npz with a prefix": Case(lambda path, n: np.savez(path, **arrays(before("module.", n.G))), name="w.npz"),
    "npz, capital suffix": Case(npz_of_any_name, name="w.NPZ"),
    "a dict in .npy": Case(lambda path, n: np.save(path, arrays(n.G)), name="w.npy"),
    **{f"a pickle of arrays, protocol {p}": Case(dumped(lambda n: arrays(n.G), p), name="w.pkl") for p in (2, 3, 4, 5)},
    "a pickle of tensors": Case(dumped(lambda n: n.G, 4), name="w.pkl"),
    "arrays inside torch.save": Case(saves(lambda n: arrays(n.G))),
}
SUFFIXES = {
    **{
        f"suffix {suffix or 'none'}": Case(saves(lambda n: n.G), name=f"w{suffix}")
        for suffix in ("", ".PTH", ".Pt", ".ckpt", ".bin", ".pth.tar", ".model", ".pkl")
    },
    **{
        f"safetensors as {suffix}": Case(writes(lambda n: save(n.G)), name=f"w{suffix}")
        for suffix in (".SAFETENSORS", ".pth", ".bin", "")
    },
    "torch.save as .safetensors": Case(saves(lambda n: n.G), name="w.safetensors"),
    "npz as .pth": Case(npz_of_any_name),
}
SIGNS = ("encoder_head.conv_image.weight", "identity_encoder.b256_down.conv1x1.weight")
KINDS = {
    "LFS pointer": Case(
        writes(lambda n: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"),
        refused="pointer of Git LFS; .*git lfs pull",
    ),
    "LFS pointer as .safetensors": Case(
        writes(lambda n: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"),
        refused="pointer of Git LFS",
        name="w.safetensors",
    ),
    "HTML page": Case(writes(lambda n: b"\n<!DOCTYPE html><html><body>Sign in</body></html>"), refused="an HTML page"),
    "XML page": Case(writes(lambda n: b'<?xml version="1.0"?><Error>AccessDenied</Error>'), refused="an XML page"),
    "gzip": Case(writes(lambda n: gzip.compress(zipped(n.G))), refused="gzip-compressed; unpack it"),
    "tar": Case(tarred, refused="a tar archive; unpack it", name="w.pth.tar"),
    "TorchScript": Case(scripted, refused="a TorchScript archive.*save model.state_dict", name="w.pt"),
    "ONNX": Case(writes(lambda n: b"\x08\x0a\x12\x07pytorch\x1a\x05" + bytes(200)), refused="an ONNX model"),
    "HDF5": Case(writes(lambda n: b"\x89HDF\r\n\x1a\n" + bytes(200)), refused="an HDF5 file"),
    "JSON": Case(writes(lambda n: b'{"epoch": 3, "lr": 0.1, "note": "hello"}'), refused="JSON"),
    "picture": Case(writes(lambda n: b"\x89PNG\r\n\x1a\n" + bytes(200)), refused="a picture"),
    "text": Case(writes(lambda n: b"these are not the weights\n" * 9), refused="it is text"),
    "zeros": Case(writes(lambda n: bytes(4096)), refused="filled with zeros"),
    "zip of something else": Case(
        lambda path, n: zipfile.ZipFile(path, "w").writestr("notes.txt", "hi"),
        refused="a zip archive of something else \\(notes.txt\\)",
    ),
    "a whole pickled network": Case(
        saves(lambda n: torch.nn.Linear(2, 2)), refused="torch.nn.modules.linear.Linear.*nothing was run"
    ),
    "duplicate key in safetensors": Case(
        writes(twice_in_safetensors), refused="a.b is in it twice", name="w.safetensors"
    ),
    "safetensors with a hole": Case(
        writes(lambda n: renamed_safetensors(n, {"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}})),
        refused="begins at 4",
        name="w.safetensors",
    ),
    "safetensors that lies on a shape": Case(
        writes(lambda n: renamed_safetensors(n, {"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 8]}})),
        refused=r"a tensor of \(9,\) in 8 bytes",
        name="w.safetensors",
    ),
    "safetensors with overlap": Case(
        writes(
            lambda n: renamed_safetensors(
                n,
                {
                    "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
                    "b": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
                },
            )
        ),
        refused="not a whole .safetensors",
        name="w.safetensors",
    ),
    "another network": Case(
        saves(lambda n: {"first_layer.1.weight": torch.zeros(1), "BottleNeck.0.conv1.1.weight": torch.zeros(1)}),
        refused="looks like a SimSwap generator",
    ),
    "two tensors of a generator": Case(
        saves(lambda n: {key: n.G[key] for key in SIGNS}), refused=r"this holds 2 of the \d+ tensors of the generator"
    ),
    "half of a generator": Case(
        saves(lambda n: dict(list(n.G.items())[:100])),
        refused=r"holds \d+ of the \d+ tensors of the generator; give the whole",
    ),
    "a generator with a layer missing": Case(
        saves(lambda n: {k: v for k, v in n.G.items() if "b64_1" not in k}), refused=r"missing \("
    ),
    "a generator with a layer too many": Case(
        saves(lambda n: {**n.G, "decoder.b64_9.conv.weight": torch.zeros(3)}),
        refused=r"1 extra \(decoder.b64_9.conv.weight\)",
    ),
    "a discriminator alone": Case(saves(lambda n: n.D), refused="no network known here"),
    "a very long name": Case(saves(lambda n: {"x" * 100_000: torch.zeros(1)}), refused=r"^.{0,600}$"),
    "escape bytes in a name": Case(saves(lambda n: {"a\x1b[31mb\n": torch.zeros(1)}), refused=r"^[^\x1b\n]*$"),
    "without values": Case(saves(lambda n: {k: v.to("meta") for k, v in n.G.items()}), refused="without values"),
    "quantised to int8": Case(
        saves(lambda n: {k: v.to(torch.int8) for k, v in n.G.items()}), refused="int8, expected floats"
    ),
    "a NaN": Case(
        saves(lambda n: {k: v * torch.nan if v.is_floating_point() else v for k, v in n.G.items()}), refused="NaN"
    ),
}
TABLES = {
    "plain": PLAIN, "prefixed": PREFIXED, "nested": NESTED, "averages": AVERAGES, "folder": FOLDERS, "extras": EXTRAS,
    "numpy": NUMPY, "suffix": SUFFIXES, "kind": KINDS,
}  # fmt: skip
CASES = {f"{table}: {name}": case for table, cases in TABLES.items() for name, case in cases.items()}


@pytest.fixture(scope="module")
def parts(tiny):
    return (tiny["generator"], tiny["embedder"])


@pytest.fixture(scope="module")
def networks(tiny, seeded):
    first = seeded(tiny["generator"])
    return Networks(
        first, {k: v * 1.5 if v.is_floating_point() else v for k, v in first.items()}, seeded(tiny["embedder"])
    )


def expected(name, networks):
    """``half G`` is G as it comes back from halves."""
    *how, which = name.split()
    if name == "G without counters":
        which, how = "G", []
    state = getattr(networks, which)
    if how:
        state = {k: v.to(getattr(torch, how[0])).float() if v.is_floating_point() else v for k, v in state.items()}
    return state_hash({key: value.numpy() for key, value in state.items()})


@pytest.mark.parametrize("name", CASES)
def test_a_checkpoint_as_met(parts, networks, tmp_path, name):
    case, path = CASES[name], tmp_path / (CASES[name].name if ":" not in CASES[name].name else "w")
    case.make(path, networks)
    source = f"{case.prefer}={path}" if case.prefer else str(path)
    if case.refused:
        with pytest.raises(BadInput) as caught:
            load((source,), parts)
        text = str(caught.value)
        assert "\n" not in text
        assert len(text) < 900
        assert re.search(case.refused, text), text
        return
    loaded = load((source,), parts)
    assert {entry.record.sha256 for entry in loaded.values()} == {expected(which, networks) for which in case.loads}
    said = " | ".join(entry.taken for entry in loaded.values())
    assert re.search(case.said, said), said


def test_the_table_is_as_long_as_what_was_tried_before():
    assert len(CASES) >= 127
