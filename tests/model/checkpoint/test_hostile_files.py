"""Files made to run code, or to take memory or time: none of it happens, and each is answered in one line."""

import contextlib
import io
import os
import pickle
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from mobileswap.contracts.errors import BadInput
from mobileswap.model.checkpoint.container import opened
from mobileswap.model.checkpoint.names import tensors_in

MEMORY = 700 << 20  # bytes of address space; the interpreter with numpy takes 200 MiB of them
SECONDS = 100  # of which a limit on steps leaves a few


class Calls:
    """Unpickled, it calls something."""

    def __init__(self, function, *arguments):
        self.reduced = (function, arguments)

    def __reduce__(self):
        return self.reduced


def text(*parts):
    return b"".join(part if isinstance(part, bytes) else str(part).encode() for part in parts)


def reduce_of(folder):
    return pickle.dumps({"a": Calls(os.mkdir, str(folder))})


def unpickling(content):
    return pickle.dumps(Calls(pickle.loads, content))


def nested_storage(folder):
    return b"\x80\x02ctorch.storage\n_load_from_bytes\n" + _bytes(reduce_of(folder)) + b"\x85R."


def _bytes(content):
    return b"B" + struct.pack("<I", len(content)) + content


MKDIR = b"cos\nmkdir\n"
# Every one of them makes the folder where Python's own unpickler reads it; the test holds that first.
RUNS = {
    "reduce": reduce_of,
    "reduce, protocol 0": lambda folder: pickle.dumps(Calls(os.mkdir, str(folder)), 0),
    "reduce, protocol 5": lambda folder: pickle.dumps(Calls(os.mkdir, str(folder)), 5),
    "inst": lambda folder: text("(S'", folder, "'\nios\nmkdir\n."),
    "obj": lambda folder: text(b"(", MKDIR, "S'", folder, "'\no."),
    "stack global": lambda folder: text(
        b"\x80\x04\x8c\x02os\x8c\x05mkdir\x93\x8c", bytes([len(str(folder))]), folder, b"\x85R."
    ),
    "eval": lambda folder: pickle.dumps(Calls(eval, f"__import__('os').mkdir({str(folder)!r})")),
    "a pickle in a pickle": lambda folder: unpickling(reduce_of(folder)),
    "behind a harmless value": lambda folder: text(
        b"(", pickle.dumps(3, 0)[:-1], b"0", MKDIR, "(S'", folder, "'\ntR0I1\n."
    ),
    "as the key of a dict": lambda folder: text(b"}", MKDIR, "(S'", folder, "'\ntRI1\ns."),
    "as what fills an object": lambda folder: text(b"ccollections\nOrderedDict\n)R", MKDIR, "(S'", folder, "'\ntRb."),
    "after the tensors": lambda folder: text(b"(", pickle.dumps({"a": 1}, 2)[2:-1], MKDIR, "(S'", folder, "'\ntRt."),
    "through functools": lambda folder: pickle.dumps(Calls(__import__("functools").partial(os.mkdir), str(folder))),
    "through getattr": lambda folder: text(
        b"cbuiltins\ngetattr\n(cos\npath\nS'os'\ntR0", MKDIR, "(S'", folder, "'\ntR."
    ),
    "in a numpy object array": lambda folder: pickle.dumps(np.array([Calls(os.mkdir, str(folder))], dtype=object)),
    "through apply of a codec": lambda folder: text(
        b"c_codecs\nencode\n(S'x'\nS'latin1'\ntR0", MKDIR, "(S'", folder, "'\ntR."
    ),
    "as a tensor's own class": lambda folder: text(
        b"ctorch._tensor\n_rebuild_from_type_v2\n(", MKDIR, "cbuiltins\nstr\n(S'", folder, "'\nt}tR."
    ),
}


def plain(content):
    return content


def in_zip(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", content)
        archive.writestr("archive/version", "3\n")
    return buffer.getvalue()


def in_old_container(content):
    whole = io.BytesIO()
    torch.save({}, whole, _use_new_zipfile_serialization=False)
    head = whole.getvalue()
    at = head.rindex(b"\x80\x02}")  # the empty dict
    return head[:at] + content + head[at + len(pickle.dumps({}, 2)) :]


def in_npy(content):
    buffer = io.BytesIO()
    np.save(buffer, np.array([None], dtype=object))
    whole = buffer.getvalue()
    return whole[: whole.index(b"\n", 80) + 1] + content


@pytest.mark.parametrize("container", [plain, in_zip, in_old_container, in_npy])
@pytest.mark.parametrize("name", RUNS)
def test_no_pickle_runs_code(tmp_path, name, container):
    trace, path = tmp_path / "it-ran", tmp_path / "w.pth"
    path.write_bytes(container(RUNS[name](trace)))
    with pytest.raises(BadInput) as caught, opened(path):
        pass
    assert str(caught.value).startswith(f"{path}: ")
    assert not trace.exists()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", RUNS)
def test_each_of_them_is_real(tmp_path, name):
    with contextlib.suppress(Exception):  # what comes after the call does not matter
        pickle.loads(RUNS[name](tmp_path / "it-ran"))
    assert (tmp_path / "it-ran").exists()


def bytes_of_20_gb(path):
    path.write_bytes(b"\x80\x04\x8e" + struct.pack("<Q", 20 << 30) + bytes(10 << 20))


def text_of_20_gb(path):
    path.write_bytes(b"\x80\x04\x8d" + struct.pack("<Q", 20 << 30) + bytes(10 << 20))


def memo_of_two_billion(path):
    path.write_bytes(b"\x80\x02}r" + struct.pack("<I", 2**31) + b".")


def many_dicts(path):
    path.write_bytes(b"\x80\x02(" + b"}" * (6 << 20) + b"t.")


def many_marks(path):
    path.write_bytes(b"\x80\x02" + b"(" * (6 << 20) + b".")


def a_tower_of_tuples(path):
    path.write_bytes(b"\x80\x02)" + b"\x85" * 1_000_000 + b".")


def a_tower_of_dicts(path):
    path.write_bytes(b"\x80\x02" + b"}K\x01" * 200_000 + b"N" + b"s" * 200_000 + b".")


def a_key_that_takes_for_ever_to_hash(path):
    path.write_bytes(b"\x80\x02}" + b")" + b"2\x86" * 60 + b"K\x01s.")


def a_list_that_holds_itself(path):
    path.write_bytes(b"\x80\x02]q\x00h\x00a.")


def a_list_that_doubles(path):
    path.write_bytes(b"\x80\x02]" + b"q\x00(h\x00h\x00l" * 60 + b".")


def copies_of_a_long_text(path):
    long = b"X" + struct.pack("<I", 5 << 20) + b"a" * (5 << 20)
    path.write_bytes(b"\x80\x02" + long + b"q\x000" + b"c_codecs\nencode\nh\x00\x85R0" * 3000 + b"N.")


def copies_of_a_long_list(path):
    path.write_bytes(
        b"\x80\x02](" + b"K\x01" * 200_000 + b"eq\x000" + b"ccollections\ndeque\nh\x00\x85R0" * 20_000 + b"N."
    )


def a_bytearray_of_100_gb(path):
    path.write_bytes(b"\x80\x02cbuiltins\nbytearray\n\x8a\x05" + (100 << 30).to_bytes(5, "little") + b"\x85R.")


def a_long_number(path):
    path.write_bytes(b"\x80\x02L" + b"9" * (5 << 20) + b"L\n.")


def deflated(path, name, size):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
        for _ in range(size >> 20):
            member.write(bytes(1 << 20))


def zip_bomb_of_names(path):
    deflated(path, "archive/data.pkl", 300 << 20)


def many_members(path):
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(250_000):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"")


def names_of_20_gb(path):
    path.write_bytes(struct.pack("<Q", 20 << 30) + b"{" + bytes(1 << 20))


def a_tower_of_json(path):
    head = b"{" + b'"a":{' * 200_000
    path.write_bytes(struct.pack("<Q", len(head)) + head)


def an_array_of_a_petabyte(path):
    head = b"{'descr': '<f4', 'fortran_order': False, 'shape': (281474976710655,), }".ljust(117) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head)


BOMBS = (
    bytes_of_20_gb, text_of_20_gb, memo_of_two_billion, many_dicts, many_marks, a_tower_of_tuples, a_tower_of_dicts,
    a_key_that_takes_for_ever_to_hash, a_list_that_holds_itself, a_list_that_doubles, copies_of_a_long_text,
    copies_of_a_long_list, a_bytearray_of_100_gb, a_long_number, zip_bomb_of_names, names_of_20_gb, a_tower_of_json,
    an_array_of_a_petabyte,
)  # fmt: skip
READ = """
import resource, sys
from pathlib import Path
from mobileswap.contracts.errors import BadInput
from mobileswap.model.checkpoint.container import opened
from mobileswap.model.checkpoint.names import tensors_in
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
assert "torch" not in sys.modules
for path in sys.argv[1:]:
    try:
        with opened(Path(path)) as content:
            print("read", len(tensors_in(content)))
    except BadInput as error:
        print("refused", str(error).partition(": ")[2])
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What a reader with little memory says of each file; one process for all of them, which each has to leave well."""
    folder = tmp_path_factory.mktemp("bombs")
    for make in BOMBS:
        make(folder / f"{make.__name__}.pth")
    code = READ.format(memory=MEMORY, seconds=SECONDS)
    paths = [str(folder / f"{make.__name__}.pth") for make in BOMBS]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code, *paths], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(zip((make.__name__ for make in BOMBS), done.stdout.splitlines(), strict=True))


@pytest.mark.timeout(600)  # on a machine that does much else; alone it takes 10 s
@pytest.mark.parametrize("make", BOMBS, ids=lambda make: make.__name__)
def test_no_file_takes_more_than_it_holds(answers, make):
    answer = answers[make.__name__]
    assert answer.startswith(("refused", "read 0")), answer
    assert "Memory" not in answer


def test_a_storage_that_grows_is_not_read_beyond_what_its_tensor_needs(tmp_path):
    path, small = tmp_path / "w.pth", io.BytesIO()
    torch.save({"a": torch.arange(4.0)}, small)
    with zipfile.ZipFile(small) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            if not info.filename.endswith("data/0"):
                target.writestr(info.filename, source.read(info))
        with target.open("archive/data/0" if "archive/data/0" in source.namelist() else "data/0", "w") as member:
            for _ in range(300):
                member.write(bytes(1 << 20))
    with opened(path) as content:
        assert tensors_in(content)["a"].tensor.values().tolist() == [0, 0, 0, 0]


def test_values_that_are_spread_over_a_large_file_are_refused(tmp_path):
    wide = torch.zeros(20 << 20)
    torch.save({"a": wide.as_strided((2, 2), (19 << 20, 1))}, tmp_path / "w.pth")
    with pytest.raises(BadInput, match="cut short"), opened(tmp_path / "w.pth") as content:
        tensors_in(content)["a"].tensor.values()


@pytest.mark.parametrize("shape", [(-1, 2), (1 << 60,), (3,) * 100])
def test_a_shape_that_no_tensor_has_is_refused(tmp_path, shape):
    whole = io.BytesIO()
    torch.save({"a": torch.zeros(2, 2)}, whole, _use_new_zipfile_serialization=False)
    path = tmp_path / "w.pth"
    told, lie = pickle.dumps((2, 2), 2)[2:-1].rstrip(b"q\x00"), pickle.dumps(shape, 2)[2:-1]
    path.write_bytes(whole.getvalue().replace(told, lie.partition(b"q\x00")[0], 1))
    with pytest.raises(BadInput), opened(path) as content:
        tensors_in(content)["a"].tensor.values()


def test_reading_imports_no_torch():
    code = "import sys; import mobileswap.model.checkpoint.container; sys.exit('torch' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


@pytest.mark.parametrize("old", [False, True])
def test_read_as_torch_reads_it(tmp_path, old):
    """Types, views, orders and shapes, held against PyTorch's own reader."""
    base = torch.arange(24.0).reshape(2, 3, 4)
    content = {
        "view": base[1, :, 1:3], "permuted": base.permute(2, 0, 1), "expanded": base[:1, :1].expand(5, 3, 4),
        "empty": torch.zeros(0, 3), "scalar": torch.tensor(3.5), "half": base.half(), "brain": base.bfloat16(),
        "long": torch.arange(5), "bool": base > 3, "complex": torch.complex(base, base), "byte": base.to(torch.uint8),
        "parameter": torch.nn.Parameter(base), "tied": base,
    }  # fmt: skip
    path = tmp_path / "w.pth"
    torch.save(content, path, _use_new_zipfile_serialization=not old)
    wanted = torch.load(path, weights_only=True)
    with opened(Path(path)) as read:
        found = {name: entry.tensor.values() for name, entry in tensors_in(read).items()}
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert found[name].dtype == value.dtype
        assert torch.equal(found[name], value), name


def test_both_byte_orders_as_torch_reads_them(tmp_path):
    import warnings

    content = {"a": torch.arange(6.0), "b": torch.arange(6).to(torch.int16), "c": torch.arange(4).bfloat16()}
    whole, path = io.BytesIO(), tmp_path / "w.pth"
    torch.save(content, whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as target:
        for info in source.infolist():
            order = info.filename.endswith("byteorder")
            target.writestr(info.filename, b"big" if order else source.read(info))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = torch.load(path, weights_only=True)
    with opened(path) as read:
        for name, entry in tensors_in(read).items():
            assert entry.tensor.values().view(torch.uint8).tolist() == wanted[name].view(torch.uint8).tolist()
