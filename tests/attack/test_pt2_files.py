"""A .pt2 file that would run code when torch.export.load opens it, by each of the ways that it has."""

import io
import json
import os
import pickle
import zipfile

import pytest
import torch
from judged import judge

from mobileswap.contracts.errors import BadInput
from mobileswap.formats.pt2 import harmless

MODEL = "models/model.json"
WEIGHTS = "data/weights/model_weights_config.json"
CONSTANTS = "data/constants/model_constants_config.json"
SAMPLES = "data/sample_inputs/model.pt"


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


@pytest.fixture
def ran(tmp_path):
    """The folder that code of a file would make."""
    return tmp_path / "ran"


@pytest.fixture
def rewritten(copy):
    """``rewritten(change)``: the sound file, its records as ``change`` leaves them."""

    def make(change):
        path = copy("pytorch")
        with zipfile.ZipFile(path) as archive:
            root = archive.namelist()[0].partition("/")[0]
            records = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
        change(records)
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in records.items():
                archive.writestr(f"{root}/{name}", content)
        return path

    return make


def in_json(name, change):
    def apply(records):
        content = json.loads(records[name])
        change(content)
        records[name] = json.dumps(content).encode()

    return apply


def payload(ran):
    buffer = io.BytesIO()
    torch.save(Evil(ran), buffer)
    return buffer.getvalue()


def test_a_sound_file_passes(copy):
    assert judge(copy("pytorch"), "pytorch").passed


def test_sample_inputs_are_not_unpickled(rewritten, ran):
    path = rewritten(lambda records: records.update({SAMPLES: payload(ran)}))
    assert judge(path, "pytorch").passed  # they are left out, and nothing needs them
    assert not ran.exists()


@pytest.mark.parametrize("config", [WEIGHTS, CONSTANTS])
def test_weights_that_say_use_pickle_are_refused(rewritten, ran, config):
    folder = config.rpartition("/")[0]
    record = "weight_0" if "weights" in config else "tensor_0"

    def change(records):
        records[f"{folder}/{record}"] = payload(ran)
        entry = {"path_name": record, "is_param": False, "use_pickle": True, "tensor_meta": None}
        records[config] = json.dumps({"config": {"w": entry}}).encode()

    found = judge(rewritten(change), "pytorch")
    assert "a pickle, which can run anything" in found.words
    assert not ran.exists()


def test_a_size_that_is_an_expression_is_refused(rewritten, ran):
    code = f"__import__('os').mkdir({str(ran)!r})"

    def change(model):
        values = model["graph_module"]["graph"]["tensor_values"]
        values["target"]["sizes"][0] = {"as_expr": {"expr_str": code, "hint": {"as_int": 1}}}

    found = judge(rewritten(in_json(MODEL, change)), "pytorch")
    assert "'as_expr', which may be more than a number" in found.words
    assert not ran.exists()


def test_torch_itself_would_run_all_three(rewritten, ran):
    """Else the tests above show nothing; drop them when it does not."""
    path = rewritten(lambda records: records.update({SAMPLES: payload(ran)}))
    with pytest.raises(Exception):  # noqa: B017, PT011  whatever comes of it afterwards
        torch.export.load(path)
    assert ran.exists()


def in_node(change):
    return in_json(MODEL, lambda model: change(model["graph_module"]["graph"]["nodes"][0]))


def in_module(key, value):
    return in_json(MODEL, lambda model: model["graph_module"].__setitem__(key, value))


def in_signature(change):
    return in_json(MODEL, lambda model: change(model["graph_module"]["module_call_graph"][0]["signature"]))


def named(name):
    def change(model):
        graph = model["graph_module"]["graph"]
        graph["inputs"][0]["as_tensor"]["name"] = name

    return in_json(MODEL, change)


OTHER_WAYS = {
    "a guard": in_json(MODEL, lambda model: model.__setitem__("guards_code", ["__import__('os')"])),
    "a range": in_json(MODEL, lambda model: model.__setitem__("range_constraints", {"s0": {}})),
    "an operator of torch": in_node(lambda node: node.__setitem__("target", "torch.hub.load")),
    "an operator of operator": in_node(lambda node: node.__setitem__("target", "_operator.attrgetter")),
    "an extension": in_node(lambda node: node.__setitem__("target", "#example:op")),
    "another library": in_node(lambda node: node.__setitem__("target", "torch.ops.example.run.default")),
    "a graph": in_node(lambda node: node["inputs"][0].__setitem__("arg", {"as_graph": {"name": "g", "graph": {}}})),
    "an object": in_node(lambda node: node["inputs"][0].__setitem__("arg", {"as_custom_obj": {"name": "o"}})),
    "an operator to call": in_node(lambda node: node["inputs"][0].__setitem__("arg", {"as_operator": "torch.load"})),
    "a type of its own": in_module("treespec_namedtuple_fields", {"T": {"fields": ["a"]}}),
    "a name that is code": in_signature(lambda one: one.__setitem__("forward_arg_names", ["a=print(1)", "b"])),
    "a tensor whose name is code": named("x); print(1"),
    "a tree of another type": in_signature(
        lambda one: one.__setitem__("in_spec", '[1, {"type": "os.system", "context": "null", "children_spec": []}]')
    ),
    "a record of the old kind": lambda records: records.update({"data/weights/model.pt": b""}),
    "compiled code": lambda records: records.update({"data/aotinductor/model/x.so": b""}),
    "an object among the constants": lambda records: records.update({"data/constants/custom_obj_0": b""}),
    "no program": lambda records: records.pop(MODEL),
    "no weights": lambda records: records.pop(WEIGHTS),
    "no JSON": lambda records: records.update({MODEL: b"{"}),
    "nested deep": lambda records: records.update({MODEL: b"[" * 99999}),
    "a list": lambda records: records.update({MODEL: b"[]"}),
    "two names for one output": lambda records: records.update({"extra/output_names.json": b'["swapped", "mask"]'}),
    "no names": lambda records: records.pop("extra/output_names.json"),
}


@pytest.mark.parametrize("name", OTHER_WAYS)
def test_what_is_more_than_tensors_is_refused(rewritten, name):
    found = judge(rewritten(OTHER_WAYS[name]), "pytorch")
    assert not found.passed
    assert not found.words.startswith("CRASH"), found.words


def test_compressed_records_are_refused(copy):
    path = copy("pytorch")
    with zipfile.ZipFile(path) as archive:
        records = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in records.items():
            archive.writestr(name, content)
    with pytest.raises(BadInput, match="is compressed"):
        harmless(path)


def test_no_archive(tmp_path):
    path = tmp_path / "x.pt2"
    path.write_bytes(pickle.dumps(Evil(tmp_path / "ran")))
    with pytest.raises(BadInput, match="it is no archive"):
        harmless(path)
    assert not (tmp_path / "ran").exists()
